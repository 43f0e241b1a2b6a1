import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfig } from "#server/kernel/config.ts";
import { definitions } from "#server/settings/definitions.ts";
import { commands } from "./commands.ts";
import { nounOf } from "./words/find-command.ts";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const configuration = read("docs/configuration.md");
const readme = read("README.md");

/** The rows of the tables below a heading, backticks off. */
function tableUnder(page: string, heading: string): string[][] {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll("`", "")))
    .slice(2);
}

describe("docs/configuration.md", () => {
  const variables = tableUnder(configuration, "Environment variables");

  test("[C3] names every environment variable that is read, and no other", () => {
    const source = read("server/kernel/config.ts");
    const table = /const variables = z\.object\(\{(.*?)\n\}\);/s.exec(source)?.[1] ?? "";
    const known = [...table.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name);
    expect(known).toContain("SECRET_KEY_PREVIOUS");
    expect(variables.map(([name]) => name)).toEqual(known);
  });

  test("[C3] gives the defaults that hold", () => {
    const config = readConfig({});
    const defaults = Object.fromEntries(variables);
    expect(defaults["PORT"]).toBe(String(config.port));
    expect(defaults["HOST"]).toBe(config.host);
    expect(defaults["LOG_LEVEL"]).toBe(config.logLevel);
    expect(defaults["ISSUER"]?.replace("PORT", String(config.port))).toBe(config.issuer);
    expect(config.mailFrom).toContain("<no-reply@localhost>");
    expect(config.dataDir).toBe(join(root, "data"));
  });

  test("[C3] has every setting with its default and its summary", () => {
    const rows = Object.entries(definitions).map(([key, one]) => [key, String(one.default), one.summary]);
    expect(tableUnder(configuration, "Settings of the organization")).toEqual(rows);
  });
});

describe("README.md", () => {
  test("[C3] names every command, and no other", () => {
    const rows = tableUnder(readme, "Command line").map(([names = ""]) => names.split(", "));
    const named = rows.flatMap(([first = "", ...others]) => {
      const [noun = "", verb] = first.split(" ");
      return verb === undefined ? [first, ...others] : [first, ...others.map((other) => `${noun} ${other}`)];
    });
    const known = ["start", ...commands.map((command) => command.name)];
    expect(named.toSorted()).toEqual(known.toSorted());
  });

  test("[C3] shows only command lines that the table knows", () => {
    const shown = [...readme.matchAll(/gatehouse ([a-z-]+)(?: ([a-z-]+))?/g)].filter(([, noun]) => noun !== "start");
    const nouns = new Set(commands.map(nounOf));
    const names = new Set(commands.map((command) => command.name));
    expect(shown.length).toBeGreaterThan(5);
    for (const [, noun = "", verb = ""] of shown) {
      expect(names.has(noun) || names.has(`${noun} ${verb}`) || !nouns.has(noun), `${noun} ${verb}`).toBe(true);
    }
  });

  test.each(["README.md", "docs/configuration.md", "docs/architecture.md", "docs/factors.md"])(
    "%s leads only to files that are there",
    (file) => {
      const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = ""]) => path);
      for (const path of links) expect(existsSync(join(root, dirname(file), path)), path).toBe(true);
    },
  );
});

test("[C3] docs/security.md names tests that are there", () => {
  const named = read("docs/security.md").match(/(?:test|server)\/[\w./-]+\.test\.ts/g) ?? [];
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
