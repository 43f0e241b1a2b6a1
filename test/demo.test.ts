import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readRoster } from "#server/cli/demo/roster/read-roster.ts";
import { openCommandLine } from "./support/command-line.ts";
import type { CommandLine } from "./support/command-line.ts";

// A browser, a server, a worker and a database share the machine with other tests.
vi.setConfig({ testTimeout: 90_000 });

const folder = join(import.meta.dirname, "../server/cli/demo/roster");
const files = { roster: join(folder, "roster.csv"), groups: join(folder, "groups.csv") };
const small = ["--roster", files.roster, "--groups", files.groups];

interface Demo {
  people: number;
  memberships: number;
  errors: string[];
  phases: { name: string; count: number; changed: number; errors: string[] }[];
  walk: { username: string; password: string; claims: Record<string, unknown>; screenshots: string[] } | null;
}

let line: CommandLine;
let server: Awaited<ReturnType<CommandLine["start"]>>;

beforeAll(async () => {
  line = await openCommandLine();
  server = await line.start();
});
afterAll(async () => {
  await server.stop();
  await line.close();
});

/** Runs the demo to its end; what broke is in the message. */
async function demo(...words: string[]): Promise<Demo> {
  const ended = await line.run(["demo", ...small, ...words, "--json"]);
  expect(ended.code, ended.stderr + ended.stdout).toBe(0);
  return ended.json as unknown as Demo;
}

describe("the whole main job, as processes", () => {
  test("[P1][P3] a directory pushes a company in, names in many scripts and names that attack among them", async () => {
    const { people, phases, errors, memberships } = await demo("--scim-only");
    const roster = await readRoster(files);
    expect(errors).toEqual([]);
    expect(people).toBe(roster.people.length);
    const changed = Object.fromEntries(phases.map((phase) => [phase.name, phase.changed]));
    expect(changed).toMatchObject({
      people: roster.people.length,
      managers: roster.people.filter((person) => person.manager !== "").length,
      groups: roster.teams.length,
      "members taken out": 1,
    });
    expect(memberships).toBe(roster.teams.flatMap((team) => team.members).length);
    // Everybody was read back and compared to the letter.
    expect(phases.find((phase) => phase.name === "read back")).toMatchObject({
      count: roster.people.length,
      errors: [],
    });
  });

  test("[P1][P3] the same push again finds everybody and changes nothing", async () => {
    const { phases, errors } = await demo("--scim-only");
    expect(errors).toEqual([]);
    expect(phases.filter((phase) => phase.changed > 0)).toEqual([]);
  });

  test("[O3][S1][S2][S8] somebody activates from the mail, signs in to an app that learns the groups, and signs out", async () => {
    const shots = join(line.env["DATA_DIR"] ?? "", "shots");
    const { walk } = await demo("--person", "kenji.sato@example.com", "--screenshots", shots);
    expect(walk?.claims).toMatchObject({
      iss: server.issuer,
      name: "佐藤 健二",
      given_name: "健二",
      family_name: "佐藤",
      preferred_username: "kenji.sato@example.com",
      email: "kenji.sato@example.com",
      email_verified: true,
      locale: "ja-JP",
      zoneinfo: "Asia/Tokyo",
    });
    // The group of the important ones was left later that day.
    expect(walk?.claims["groups"]).toEqual(["All Staff", "Engineering", "Site: 東京"]);
    expect((await readdir(shots)).sort()).toEqual(["activation.png", "application.png", "sign-in.png"]);
    for (const file of walk?.screenshots ?? []) expect((await stat(file)).size).toBeGreaterThan(10_000);
  });

  const attackers = ["script.kid", "robert.tables", "template.tess", "hyper.link"];
  test.each(attackers)("[O3][S1] %s walks the same way, and the name arrives to the letter", async (username) => {
    const { walk } = await demo("--person", username);
    const person = (await readRoster(files)).people.find((one) => one.userName === username);
    expect(walk?.claims["name"]).toBe(person?.displayName);
    expect(walk?.claims["groups"]).toContain('Admins "tier 1"');
  });

  test("[S7][P5] who left the company cannot sign in, although the account is still there", async () => {
    const { json } = await line.run(["user", "show", "path.pat", "--json"]);
    expect(json).toMatchObject({ status: "disabled", displayName: "../../etc/passwd %2e%2e%2f" });
    const { walk } = await demo("--person", "path.pat");
    expect(walk).toBeNull();
  });
});

describe("what the demo refuses", () => {
  test("[C3] a file that is not there, or lacks a column", async () => {
    const none = await line.run(["demo", "--roster", "/nowhere.csv"]);
    expect(none).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "`--roster` names /nowhere.csv, which cannot be read (ENOENT).\n",
    });
    const wrong = await line.run(["demo", "--roster", files.groups]);
    expect(wrong.stderr).toBe(`\`--roster\` names ${files.groups}, which has no column userName.\n`);
  });

  test("[C3] a server that does not run, and a mail server that would write to made-up people", async () => {
    const alone = await line.run(["demo", ...small, "--scim-only"], { env: { PORT: "1" } });
    expect(alone.stderr).toBe("No server is ready at http://localhost:1; `npm start` in another terminal runs one.\n");
    const mailing = await line.run(["demo", ...small, "--scim-only"], { env: { SMTP_URL: "smtp://127.0.0.1:1" } });
    expect(mailing.stderr).toMatch(/^A mail server is set up/);
  });

  test("[P4] a token that no directory has", async () => {
    const ended = await line.run(["demo", ...small, "--scim-only", "--token", "ghd_no", "--json"]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/The server does not take this directory's requests\. GET \/Users.*: 401/);
  });
});
