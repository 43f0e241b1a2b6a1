import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

// A check that never complains is no check: each is shown, in a copy of the project, what it is there to find.
const root = join(import.meta.dirname, "..");
let copy: string;
let said: string;

const planted: Record<string, string> = {
  "admin/src/lib/PlantedType.svelte": `<script lang="ts">\n  export const planted: number = "text";\n</script>\n`,
  "admin/src/lib/planted-server.ts": `export { createLog } from "../../../server/kernel/log.ts";\n`,
  "server/kernel/planted-type.ts": `export const planted: number = "text";\n`,
  "server/kernel/planted-room.ts": `export type { House as Planted } from "#server/house.ts";\n`,
  "server/users/planted-koa.ts": `export { default as Planted } from "koa";\n`,
  "server/users/planted-sequelize.ts": `export { Sequelize as Planted } from "sequelize";\n`,
  "server/contract/planted-outside.ts": `export { randomUUID as planted } from "node:crypto";\n`,
  "server/planted.ts": `export { newId as planted } from "./kernel/ids.ts";\n`,
  "scim/planted-one.ts": `import { two } from "./planted-two.ts";\nexport const one: number = two;\n`,
  "scim/planted-two.ts": `import { one } from "./planted-one.ts";\nexport const two: number = one;\n`,
  "server/kernel/planted-promise.ts": `export function planted(): void {\n  Promise.resolve(1);\n}\n`,
  "server/kernel/planted-environment.ts": `export const planted = process.env["HOME"];\n`,
  "server/kernel/planted-format.ts": `export const planted = {a:1}\n`,
};

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), "gatehouse-gates-"));
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  for (const file of list.toString().split("\0")) {
    if (file !== "") cpSync(join(root, file), join(copy, file), { force: true, errorOnExist: false });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const [file, text] of Object.entries(planted)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), text);
  }
  appendFileSync(join(copy, "server/kernel/ids.ts"), "\nexport function plantedUnused(): void {}\n");
  said = await new Promise((resolve) => {
    execFile(process.execPath, ["bin/check.mjs"], { cwd: copy, maxBuffer: 2 ** 26 }, (_, stdout) => resolve(stdout));
  });
}, 180_000);

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** What one check said. */
function words(name: string): string {
  return said.split(/^── (?=\w+ ──$)/m).find((part) => part.startsWith(`${name} ──`)) ?? "";
}

test.each([
  ["console", "a type error in a Svelte file", /PlantedType\.svelte[^]*not assignable/],
  ["types", "a type error in the server", /planted-type\.ts.*TS2322/],
  ["lint", "a promise that nobody waits for", /no-floating-promises[^]*planted-promise\.ts/],
  ["lint", "a look at the environment outside of its doors", /no-process-env[^]*planted-environment\.ts/],
  ["rooms", "an import from a room to the right", /kernel-looks-right: server\/kernel\/planted-room\.ts/],
  ["rooms", "a ring", /no-ring: scim\/planted-/],
  ["rooms", "a room that is not on the map", /no-room: server\/planted\.ts/],
  ["rooms", "Koa away from the doors", /koa-at-the-doors: server\/users\/planted-koa\.ts/],
  ["rooms", "Sequelize away from the database", /sequelize-under-db: server\/users\/planted-sequelize\.ts/],
  ["rooms", "a contract that the console cannot read", /contract-stands-alone: server\/contract\/planted-outside\.ts/],
  ["rooms", "a console that knows the server", /console-sees-the-contract: admin\/src\/lib\/planted-server\.ts/],
  ["unused", "an export that nobody uses", /plantedUnused/],
  ["format", "a file that is not formatted", /planted-format\.ts/],
])("the check %s finds %s", (name, _, finding) => {
  expect(words(name)).toMatch(finding);
});
