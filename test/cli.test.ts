import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { commands } from "#server/cli/commands.ts";
import { definitions } from "#server/settings/definitions.ts";
import { openCommandLine } from "./support/command-line.ts";
import type { CommandLine, Ended } from "./support/command-line.ts";

// A test starts up to a dozen processes one after the other.
vi.setConfig({ testTimeout: 60_000 });

let line: CommandLine;

beforeAll(async () => {
  line = await openCommandLine();
});
afterAll(async () => await line.close());

/** Runs a command that has to work and answers its JSON; standard error stays empty. */
async function succeed(words: string[], input?: string): Promise<Record<string, unknown>> {
  const ended = await line.run([...words, "--json"], input === undefined ? {} : { input });
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout.trimEnd()).not.toContain("\n");
  return ended.json;
}

/** Runs a command that has to fail: one sentence, nothing on standard output. */
async function refuse(words: string[], input?: string): Promise<string> {
  const ended = await line.run(words, input === undefined ? {} : { input });
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  expect(ended.stderr.trimEnd()).not.toContain("\n");
  return ended.stderr.trimEnd();
}

async function rows(statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: line.env["DATABASE_URL"] });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe("users", () => {
  test("[U10] [U12] takes over a hash, says when the password expires, and removes the identity", async () => {
    const hash = "pbkdf2_sha256$1000$salty$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const create = ["user", "create", "--username", "moved", "--password-stdin", "--hashed"];
    expect(await refuse(create, "no hash")).toContain("bcrypt, scrypt, PBKDF2 or argon2");
    expect(await succeed(create, `${hash}\n`)).toMatchObject({ hasPassword: true, status: "active" });
    const expires = ["user", "set", "moved", "--password-expires"];
    expect(await refuse([...expires, "tomorrow"])).toContain("--password-expires");
    expect(await succeed([...expires, "2031-01-31T17:00:00+09:00"])).toMatchObject({
      passwordExpiresAt: "2031-01-31T08:00:00.000Z",
    });
    expect(await succeed([...expires, "never"])).toMatchObject({ passwordExpiresAt: null });
    expect(await succeed(["user", "remove-identity", "moved"])).toMatchObject({
      hasPassword: false,
      status: "pending",
    });
  });

  test("[C3] user create answers the user, pending and without a mail when no password is given", async () => {
    const user = await succeed(["user", "create", "--username", "ada", "--email", "ada@example.com"]);
    expect(user).toMatchObject({
      username: "ada",
      displayName: "ada",
      email: "ada@example.com",
      status: "pending",
      role: { name: "regular" },
      hasPassword: false,
    });
    expect(await rows("select 1 from graphile_worker.jobs where task_identifier = 'activation.send'")).toEqual([]);
  });

  test("[C3] a password comes over standard input, its one newline at the end taken off", async () => {
    const words = ["user", "create", "--username=bo", "--email=bo@example.com", "--password-stdin", "--role", "admin"];
    const user = await succeed(words, "quiet harbour lantern\n");
    expect(user).toMatchObject({ status: "active", hasPassword: true, passwordIsTemporary: false });
    expect(user["role"]).toMatchObject({ name: "admin" });
  });

  test("[C3] a temporary password leaves the account to its owner", async () => {
    const words = [
      "user",
      "create",
      "--username",
      "cy",
      "--email",
      "cy@example.com",
      "--password-stdin",
      "--temporary",
    ];
    expect(await succeed(words, "quiet harbour lantern")).toMatchObject({
      isOnboarded: false,
      passwordIsTemporary: true,
    });
  });

  test("[C3] user set changes what is given, clears what is empty, and finds users by name in any case and by id", async () => {
    const { id } = await succeed([
      "user",
      "create",
      "--username",
      "dee",
      "--locale",
      "ja",
      "--time-zone",
      "Asia/Tokyo",
    ]);
    const words = ["user", "set", "DEE", "--display-name", "Dée =1+1", "--locale=", "--email", "dee@example.com"];
    expect(await succeed(words)).toMatchObject({
      id,
      displayName: "Dée =1+1",
      locale: null,
      timeZone: "Asia/Tokyo",
      email: "dee@example.com",
    });
    expect(await succeed(["user", "set", "--username", "delia", String(id)])).toMatchObject({ username: "delia" });
    expect(await succeed(["user", "show", "delia"])).toMatchObject({ id, displayName: "Dée =1+1" });
  });

  test("[C3][S3][U13][U14] user set switches account protection; sessions and devices are listed and ended", async () => {
    const { id } = await succeed(["user", "create", "--username", "flo", "--email", "flo@example.com"]);
    expect(await succeed(["user", "set", "flo", "--protection", "on"])).toMatchObject({ protection: "on" });
    const device = "01900000-0000-7000-8000-000000000001";
    await rows(`insert into devices (id, user_id, hash, name, first_seen_at, last_seen_at, address)
      values ('${device}', '${String(id)}', 'x', 'Firefox on Windows', now(), now(), '203.0.113.9')`);
    await rows(`insert into sessions (id, user_id, started_at, last_active_at, expires_at, device_id)
      select name, '${String(id)}', now(), now(), now() + interval '1 day', '${device}'
      from unnest(array['one', 'two', 'three']) name`);
    expect(await succeed(["user", "devices", "flo"])).toMatchObject({
      limit: 0,
      items: [{ id: device, name: "Firefox on Windows", address: "203.0.113.9", sessionCount: 3, place: null }],
    });
    expect(await succeed(["user", "end-sessions", "flo", "one"])).toEqual({ ended: 1 });
    expect((await succeed(["user", "sessions", "flo"]))["items"]).toHaveLength(2);
    expect(await succeed(["user", "end-sessions", "flo"])).toEqual({ ended: 2 });
    await succeed(["user", "remove-device", "flo", device]);
    expect(await refuse(["user", "remove-device", "flo", device])).toContain("no such device");
  });

  test("[C3][U9] disable, enable, block, unblock and delete answer the user as it is afterwards", async () => {
    await succeed(
      ["user", "create", "--username", "eve", "--email", "e@example.com", "--password-stdin"],
      "lantern-harbour-3",
    );
    const statuses = [];
    for (const verb of ["disable", "enable", "block", "block", "unblock", "delete"]) {
      statuses.push((await succeed(["user", verb, "eve"]))["status"]);
    }
    expect(statuses).toEqual(["disabled", "active", "blocked", "blocked", "active", "deleted"]);
    expect(await refuse(["user", "show", "eve"])).toBe('There is no account named "eve".');
  });

  test("[C3][U17] attributes are defined, given to users with a flag, listed and deleted", async () => {
    const create = "attribute create --name costCode --label Cost --unique --claim cost_code --users see".split(" ");
    expect(await succeed(create)).toMatchObject({ labels: { en: "Cost" }, isUnique: true, isVisible: true });
    await succeed("attribute create --name rooms --type integer --several --scim none".split(" "));
    const { stdout } = await line.run(["attribute", "list"]);
    expect(stdout).toMatch(/costCode +Cost +string +unique +readWrite +cost_code/);
    const values = ["--attribute", "costCode=A=1", "rooms=7", "--attribute", "rooms=11"];
    const made = await succeed(["user", "create", "--username", "with.own", ...values]);
    expect(made["attributes"]).toEqual({ costCode: "A=1", rooms: [7, 11] });
    const set = await succeed(["user", "set", "with.own", "--attribute", "COSTCODE="]);
    expect(set["attributes"]).toEqual({ rooms: [7, 11] });
    expect((await line.run(["user", "show", "with.own"])).stdout).toMatch(/rooms: +7, 11/);
    const wrong = ["user", "set", "with.own", "--attribute"];
    expect(await refuse([...wrong, "rooms=x"])).toContain("ust be an integer");
    expect(await refuse([...wrong, "nobody=1"])).toContain("There is no attribute of this name.");
    expect(await refuse([...wrong, "costCode"])).toContain("takes NAME=VALUE");
    await succeed(["attribute", "delete", "rooms"]);
    expect((await succeed(["user", "show", "with.own"]))["attributes"]).toEqual({});
    await succeed(["attribute", "delete", "costCode"]);
  }, 60_000);

  test("[C3][O3] user invite and user create --invite put the activation mail into the queue", async () => {
    await succeed(["user", "create", "--username", "fay", "--email", "fay@example.com", "--invite"]);
    await succeed(["user", "create", "--username", "gus", "--email", "gus@example.com"]);
    await succeed(["user", "invite", "gus"]);
    const jobs = await rows("select 1 from graphile_worker.jobs where task_identifier = 'activation.send'");
    expect(jobs).toHaveLength(2);
    expect(await refuse(["user", "invite", "bo"])).toBe("This account is activated already.");
  });

  test("[C3] user list is searched, narrowed and cut, newest first", async () => {
    const all = await succeed(["user", "list"]);
    const items = all["items"] as { username: string }[];
    expect(items[0]?.username).toBe("gus");
    expect(all["total"]).toBe(items.length);
    const found = await succeed(["user", "list", "--search", "FAY"]);
    expect((found["items"] as { username: string }[]).map((one) => one.username)).toEqual(["fay"]);
    const cut = await succeed(["user", "list", "--limit", "2", "--status", "pending", "active"]);
    expect(cut["items"]).toHaveLength(2);
  });

  test("[C3] every change is an event by the operator", async () => {
    const events = await rows("select type, actor_kind, actor_name from events where type = 'user.created'");
    expect(events.length).toBeGreaterThan(5);
    expect(new Set(events.map((event) => event["actor_kind"]))).toEqual(new Set(["operator"]));
    expect(String(events[0]?.["actor_name"])).not.toBe("");
  });

  test("[C3] names from outside cannot move the cursor or forge a line of a list", async () => {
    await succeed(["user", "create", "--username", "zed", "--display-name", "a\u001b[2Jb\u202ec\u2028d"]);
    const ended = await line.run(["user", "list", "--search", "zed"]);
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(ended.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u2028\u202e]/);
    expect(ended.stdout.trimEnd().split("\n")).toHaveLength(2);
  });
});

test("[U11] [U13] user set asks one user for a factor and limits the devices, default takes it back; reset-factors", async () => {
  await succeed(["user", "create", "--username", "fia"]);
  expect(await succeed(["user", "set", "fia", "--factor", "require", "--device-limit", "3"])).toMatchObject({
    factorRule: "require",
    factorLevel: "required",
    deviceLimit: 3,
  });
  const back = [
    "user",
    "set",
    "fia",
    "--factor",
    "default",
    "--device-limit",
    "default",
    "--default-factor",
    "default",
  ];
  expect(await succeed(back)).toMatchObject({ factorRule: null, deviceLimit: null, defaultFactor: null });
  expect(await refuse(["user", "set", "fia", "--default-factor", "totp"])).toBe(
    "--default-factor: There is no such second factor.",
  );
  expect(await refuse(["user", "set", "fia", "--device-limit", "1001"])).toContain("up to 1000");
  expect(await succeed(["user", "reset-factors", "fia"])).toMatchObject({ factors: [], recoveryCodesLeft: 0 });
});

test("[U11] role set asks the people of a role for a second factor, and lets go of it again", async () => {
  expect(await succeed(["role", "set", "admin", "--factor", "required"])).toMatchObject({ factorPolicy: "required" });
  expect(await succeed(["role", "list"])).toMatchObject({ items: [{ name: "admin", factorPolicy: "required" }, {}] });
  expect(await succeed(["role", "set", "admin", "--factor", "default"])).toMatchObject({ factorPolicy: null });
});

describe("directories, apps, tokens, settings, keys", () => {
  test("[C3][P4] directory create answers id, base URL and token; the token is nowhere in the database", async () => {
    const made = await succeed(["directory", "create", "--name", "Okta", "--rate-limit", "off", "--adopt", "email"]);
    expect(Object.keys(made)).toEqual(["id", "baseUrl", "token"]);
    expect(made["baseUrl"]).toBe(`http://localhost:${line.env["PORT"]}/scim/v2`);
    expect(made["token"]).toMatch(/^ghd_[\w-]{43}$/);
    expect(await rows("select rate_limit, adopt, own_passwords from directories")).toEqual([
      { rate_limit: null, adopt: "email", own_passwords: false },
    ]);
    const kept = await rows("select t::text as text from directory_tokens t union all select e::text from events e");
    expect(kept.filter((row) => String(row["text"]).includes(String(made["token"])))).toEqual([]);
  });

  test("[C3][P4] a directory is paused, resumed, given another token and listed by its name", async () => {
    expect(await succeed(["directory", "pause", "okta"])).toMatchObject({ isPaused: true });
    expect(await succeed(["directory", "resume", "okta"])).toMatchObject({ isPaused: false });
    expect((await succeed(["directory", "rotate-token", "okta"]))["token"]).toMatch(/^ghd_/);
    const { items } = await succeed(["directory", "list"]);
    expect(items).toMatchObject([{ name: "Okta", rateLimit: null }]);
  });

  test("[C3][P4] a directory gets an OAuth client, another secret for it, and loses it", async () => {
    const made = await succeed(["directory", "add-client", "okta", "--days", "90"]);
    expect(made).toEqual({
      baseUrl: expect.stringMatching(/\/scim\/v2$/),
      tokenUrl: expect.stringMatching(/\/oauth\/token$/),
      scope: "scim",
      clientId: expect.stringMatching(/^directory-/),
      clientSecret: expect.stringMatching(/^ghc_/),
    });
    expect(await refuse(["directory", "add-client", "okta"])).toContain("already");
    const rotated = await succeed(["directory", "rotate-secret", "okta", "--overlap-hours", "1"]);
    expect(rotated).toMatchObject({ clientId: made["clientId"], overlapHours: 1 });
    expect(rotated["clientSecret"]).not.toBe(made["clientSecret"]);
    expect(
      await rows("select 1 from directory_client_credentials where expires_at < now() + interval '61 min'"),
    ).toHaveLength(1);
    expect(await succeed(["directory", "remove-client", "okta"])).toMatchObject({ removed: true });
    expect(await refuse(["directory", "rotate-secret", "okta"])).toContain("no OAuth client");
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-key-"));
    const [file, missing] = [join(folder, "key.pem"), join(folder, "none.pem")];
    const { publicKey } = generateKeyPairSync("ed25519");
    await writeFile(file, publicKey.export({ type: "spki", format: "pem" }));
    expect(await refuse(["directory", "add-client", "okta", "--public-key", missing])).toContain("cannot be read");
    const signs = await succeed(["directory", "add-client", "okta", "--public-key", file]);
    expect(signs).toMatchObject({ clientSecret: null });
    expect(await refuse(["directory", "rotate-secret", "okta"])).toContain("in another way");
    await succeed(["directory", "remove-client", "okta"]);
    await rm(folder, { recursive: true });
  });

  test("[C3][P4] a directory is tested as a product, and the test fails with a sentence where a switch is off", async () => {
    const passed = await succeed(["directory", "test", "okta", "--as", "entra"]);
    expect(passed).toMatchObject({ product: "entra", isPassed: true });
    expect(await succeed(["directory", "set", "okta", "--product", "entra", "--refuse", "shapes"])).toMatchObject({
      product: "entra",
      switches: { shapes: false, flatNames: true },
    });
    const failed = await line.run(["directory", "test", "okta"]);
    expect(failed).toMatchObject({ code: 1, stderr: "" });
    expect(failed.stdout).toContain("switched off what Entra ID needs here: “Values in another shape”");
    expect(await rows("select 1 from users where username like 'gatehouse-test%'")).toEqual([]);
    expect(await refuse(["directory", "set", "okta", "--accept", "shapes", "--refuse", "shapes"])).toContain("at once");
  });

  test("[C3][P4] a token is revoked by its last characters, and a directory deleted by its name", async () => {
    const made = await succeed(["directory", "create", "--name", "Script", "--token-days", "30"]);
    const hint = String(made["token"]).slice(-4);
    expect(await succeed(["directory", "revoke-token", "script", hint])).toMatchObject({ hint });
    expect(await refuse(["directory", "revoke-token", "script", hint])).toContain("no token");
    expect((await succeed(["directory", "show", "script"]))["tokens"]).toMatchObject([{ hint, isOver: true }]);
    expect(await succeed(["directory", "requests", "script", "--status", "4xx"])).toEqual({ items: [] });
    expect(await succeed(["directory", "delete", "script"])).toEqual({ isGone: true, userCount: 0, groupCount: 0 });
    expect(await refuse(["directory", "show", "script"])).toContain("no directory named");
  });

  test("[C3] app create takes several redirect addresses, after one flag or several", async () => {
    const words = ["app", "create", "--redirect-uri", "https://a.example.com/cb", "https://b.example.com/cb"];
    const made = await succeed([...words, "--name", "Wiki", "--redirect-uri=http://localhost:4000/cb"]);
    expect(Object.keys(made)).toEqual(["clientId", "clientSecret"]);
    expect(made["clientSecret"]).toMatch(/^ghs_/);
    expect(await rows("select redirect_uris from apps where name = 'Wiki'")).toEqual([
      { redirect_uris: ["https://a.example.com/cb", "https://b.example.com/cb", "http://localhost:4000/cb"] },
    ]);
  });

  test("[C3] a public app has no secret, and a machine needs no address", async () => {
    const spa = ["app", "create", "--name", "Phone", "--public", "--redirect-uri", "com.example.phone:/cb"];
    expect(await succeed(spa)).toMatchObject({ clientSecret: null });
    const robot = await succeed(["app", "create", "--name", "Robot", "--machine", "--grant", "client_credentials"]);
    expect(robot["clientSecret"]).toMatch(/^ghs_/);
  });

  test("[C3] app set finds the app behind a list of addresses, and app list shows it", async () => {
    const words = ["app", "set", "--redirect-uri", "https://a.example.com/x", "https://a.example.com/y", "Wiki"];
    expect(await succeed(words)).toMatchObject({
      name: "Wiki",
      redirectUris: ["https://a.example.com/x", "https://a.example.com/y"],
    });
    expect(await succeed(["app", "set", "Wiki", "--require-factor", "yes"])).toMatchObject({ requireFactor: true });
    expect(await succeed(["app", "set", "Wiki", "--require-factor", "no"])).toMatchObject({ requireFactor: false });
    const { items } = await succeed(["app", "list"]);
    expect((items as { name: string }[]).map((app) => app.name)).toEqual(
      expect.arrayContaining(["Phone", "Robot", "Wiki"]),
    );
  });

  test("[C3][C2] token create answers the token, for all permissions or the ones that are named", async () => {
    const made = await succeed(["token", "create", "--name", "ci", "--permissions", "accounts groups"]);
    expect(Object.keys(made)).toEqual(["token"]);
    expect(made["token"]).toMatch(/^gha_/);
    await succeed(["token", "create", "--name", "all", "--days", "30"]);
    const kept = await rows("select name, permissions, expires_at is not null as ends from api_tokens order by name");
    expect(kept[1]).toEqual({ name: "ci", permissions: ["accounts", "groups"], ends: false });
    expect(kept[0]).toMatchObject({ name: "all", ends: true });
    expect(kept[0]?.["permissions"]).toContain("export");
  });

  test("[C3] settings are set in their own type, and all are listed", async () => {
    expect(await succeed(["settings", "set", "passwords.history", "7"])).toMatchObject({
      key: "passwords.history",
      value: 7,
      default: 3,
    });
    expect(await succeed(["settings", "set", "onboarding.mailOnScim", "false"])).toMatchObject({ value: false });
    expect(await succeed(["settings", "get", "passwords.history"])).toMatchObject({ value: 7 });
    const { items } = await succeed(["settings", "get"]);
    expect((items as { key: string }[]).map((item) => item.key)).toEqual(Object.keys(definitions));
  });

  test("[C3] keys rotate publishes a new key of each kind, and the next time it signs", async () => {
    const states = async () =>
      ((await succeed(["keys", "rotate"]))["items"] as { state: string }[]).map((one) => one.state);
    expect(await states()).toEqual(["next", "next"]);
    expect(await states()).toEqual(["signing", "retired", "signing", "retired"]);
  });
});

describe("what a command line refuses", () => {
  const refusals: [name: string, words: string[], sentence: string][] = [
    ["a command that is none", ["usr"], "There is no command `usr`. Did you mean `user`?"],
    ["a verb that is none", ["user", "crate"], "There is no command `user crate`. Did you mean `user create`?"],
    [
      "a flag that is none",
      ["user", "list", "--serch", "x"],
      "`gatehouse user list` has no `--serch`. Did you mean `--search`?",
    ],
    [
      "a flag without its value",
      ["user", "create", "--username"],
      "`--username` needs a value. See `gatehouse user create --help`.",
    ],
    ["a word too many", ["user", "show", "x", "y"], "`y` is one word too many. See `gatehouse user show --help`."],
    [
      "a flag given twice",
      ["user", "create", "--username", "a", "--username", "b"],
      "`--username` is given twice. See `gatehouse user create --help`.",
    ],
    ["a missing argument", ["user", "show"], "USER is missing. See `gatehouse user show --help`."],
    ["a missing flag", ["app", "create"], "`--name NAME` is missing. See `gatehouse app create --help`."],
    [
      "a choice that is none",
      ["directory", "create", "--name", "x", "--adopt", "phone"],
      "`--adopt` is one of username, email, not `phone`. See `gatehouse directory create --help`.",
    ],
    [
      "a number that is none",
      ["directory", "create", "--name", "x", "--rate-limit", "0"],
      "`--rate-limit` is a whole number from 1 to 100000, or `off`, not `0`.",
    ],
    ["a name that is taken", ["user", "create", "--username", "ADA"], "--username: Another account has this username."],
    [
      "an address for no app",
      ["app", "create", "--name", "x", "--redirect-uri", "ftp://x"],
      "--redirect-uri: ftp://x cannot be used: an address must be complete, use https (http only for localhost), and have no fragment or wildcard.",
    ],
    [
      "a role that is none",
      ["user", "create", "--username", "hal", "--role", "king"],
      "--role: There is no such role.",
    ],
    [
      "a permission that is none",
      ["token", "create", "--name", "x", "--permissions", "account"],
      "There is no permission `account`. Did you mean `accounts`?",
    ],
    [
      "a setting that is none",
      ["settings", "set", "password.history", "1"],
      'There is no setting "password.history". Did you mean passwords.history?',
    ],
    [
      "a value out of bounds",
      ["settings", "set", "passwords.history", "25"],
      "passwords.history: How many earlier passwords may not be used again; 0 to 24.",
    ],
    [
      "the last administrator's end",
      ["user", "delete", "bo"],
      "This is the last administrator. Make another account an administrator first.",
    ],
    ["a second first administrator", ["setup-link"], "The first administrator exists already."],
  ];
  test.each(refusals)("[C3] %s", async (_, words, sentence) => {
    expect(await refuse(words)).toBe(sentence);
  });

  test("[C3][U8] a password that the policy refuses", async () => {
    const words = ["user", "create", "--username", "hal", "--email", "hal@example.com", "--password-stdin"];
    expect(await refuse(words, "password")).toMatch(/^--password-stdin: /);
    expect(await refuse(["user", "show", "hal"])).toBe('There is no account named "hal".');
  });

  test("[C3] a configuration that is wrong, in one sentence for each variable", async () => {
    const ended = await line.run(["user", "list"], { env: { PORT: "x", LOG_LEVEL: "loud" } });
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr.trimEnd().split("\n")).toEqual([
      "PORT must be a whole number from 1 to 65535.",
      expect.stringMatching(/^LOG_LEVEL must be one of /),
    ]);
  });

  test("[C3] a database that does not answer", async () => {
    const ended = await line.run(["user", "list"], { env: { DATABASE_URL: "postgres://u:geheim@127.0.0.1:1/x" } });
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^DATABASE_URL names postgres:\/\/u@127.0.0.1:1\/x, which does not answer/);
  });
});

describe("help and looks", () => {
  test("[C3] the help lists every command, and each has a page of its own", async () => {
    const { code, stdout } = await line.run(["--help"]);
    expect(code).toBe(0);
    for (const { name } of commands) expect(stdout).toContain(`  ${name}`);
    const page = await line.run(["app", "create", "--help"]);
    for (const flag of ["--redirect-uri URI…", "--post-logout-redirect-uri", "--require-factor", "--json"]) {
      expect(page.stdout).toContain(flag);
    }
    expect((await line.run(["user", "--help"])).stdout).toContain("user invite USER");
  });

  test("[C3] doctor says of each thing whether it is well, and what to do", async () => {
    const { checks, ok } = await succeed(["doctor"]);
    const found = Object.fromEntries((checks as { name: string; state: string }[]).map((one) => [one.name, one.state]));
    expect(ok).toBe(true);
    expect(found).toMatchObject({
      configuration: "ok",
      port: "ok",
      database: "ok",
      schema: "ok",
      "signing keys": "ok",
    });
    expect(found["mail server"]).toBe("warn");
    await succeed(["settings", "set", "protection.default", "true"]);
    const { checks: again } = await succeed(["doctor"]);
    await succeed(["settings", "set", "protection.default", "false"]);
    const protection = (again as { name: string; state: string }[]).find((one) => one.name === "account protection");
    expect(protection?.state).toBe("warn");
  });

  test("[C3] doctor fails for a mail server that does not answer and for a lost secret key", async () => {
    const env = { SMTP_URL: "smtp://127.0.0.1:1", SECRET_KEY: "another-secret-key-another-secret-key-another" };
    const ended = await line.run(["doctor", "--json"], { env });
    expect(ended.code).toBe(1);
    const checks = ended.json["checks"] as { name: string; state: string; todo?: string }[];
    const failed = checks.filter((check) => check.state === "fail");
    expect(failed.map((check) => check.name)).toEqual(["mail server", "signing keys"]);
    expect(failed.every((check) => check.todo !== undefined)).toBe(true);
  });

  test("[C3] migrate says what it applied, and nothing the second time", async () => {
    expect(await succeed(["migrate"])).toEqual({ applied: [] });
  });

  test("[C3] a reader that goes away is no failure, and a full disk is one sentence", async () => {
    const head = await shell("settings get | head -n 1");
    expect(head).toEqual({ code: 0, output: expect.stringMatching(/^organization.name .*\n$/) });
    const full = await shell("settings get >/dev/full");
    expect(full).toEqual({ code: 1, output: "The answer cannot be written (ENOSPC).\n" });
  });

  async function shell(words: string): Promise<{ code: number | null; output: string }> {
    const script = `set -o pipefail; "${process.execPath}" bin/gatehouse.mjs 2>&1 ${words}`;
    const child = spawn("bash", ["-c", script], { env: line.env, cwd: join(import.meta.dirname, "..") });
    let output = "";
    child.stdout.on("data", (text: Buffer) => (output += text.toString()));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, output };
  }
});

describe("beside a server", () => {
  test("[C3] commands work while the embedded database belongs to somebody else, and before there is one", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "gatehouse-embedded-"));
    try {
      const env = { DATABASE_URL: "", DATA_DIR: dataDir };
      const create = (username: string): Promise<Ended> =>
        line.run(["user", "create", "--username", username, "--json"], { env });
      // The first makes the database; those at the same time borrow it.
      expect((await create("first")).code).toBe(0);
      const ends = await Promise.all(["one", "two", "three"].map(create));
      // On a slow machine those that come later say that they wait for their turn.
      const waits = /^\S+ warn {2}waiting for another command to be done with the database\n$/;
      expect(ends.map((ended) => [ended.code, ended.stderr.replace(waits, "")])).toEqual([
        [0, ""],
        [0, ""],
        [0, ""],
      ]);
      const listed = await line.run(["user", "list", "--json"], { env });
      expect(listed.json["total"]).toBe(4);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  test("[C3] a secret may come from a file, and setup-link makes the link that the server knows", async () => {
    const fresh = await openCommandLine();
    const file = join(fresh.env["DATA_DIR"] ?? "", "key");
    await writeFile(file, "a-secret-key-of-forty-characters-or-more-00\n");
    try {
      const ended = await fresh.run(["setup-link", "--json"], { env: { SECRET_KEY_FILE: file } });
      expect(ended.json["url"]).toMatch(new RegExp(`^http://localhost:${fresh.env["PORT"]}/setup/[\\w-]{43}$`));
    } finally {
      await fresh.close();
    }
  });
});
