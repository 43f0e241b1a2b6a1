import { expect, test } from "vitest";
import { createLog } from "./log.ts";

function logged(fields: object, message = "said"): Record<string, unknown> {
  const lines: string[] = [];
  createLog({ level: "info", forPeople: false, to: { write: (line) => void lines.push(line) } }).info(fields, message);
  return JSON.parse(lines[0] ?? "{}") as Record<string, unknown>;
}

test("secrets never reach the log, however deep they lie and however they are spelled", () => {
  const line = logged({
    body: { newPassword: "hunter2", client_secret: "hunter2", list: [{ access_token: "hunter2" }], code: "314159" },
    headers: { Authorization: "Bearer hunter2", "set-cookie": ["hunter2"] },
  });
  expect(JSON.stringify(line)).not.toMatch(/hunter2|314159/);
});

test("an error keeps its code, message, cause and stack, and loses what else is hung on it", () => {
  const cause = new RangeError("too far");
  const error = Object.assign(new Error("refused", { cause }), { code: "ECONNREFUSED", password: "hunter2" });
  const line = logged({ err: error });
  expect(line["err"]).toMatchObject({ type: "Error", message: "refused", code: "ECONNREFUSED" });
  expect(JSON.stringify(line)).toContain("log.test.ts");
  expect(JSON.stringify(line)).toContain("RangeError: too far");
  expect(JSON.stringify(line)).not.toContain("hunter2");
});

test.each(["err", "error"])("an error of the database in %s tells neither statement nor values", (field) => {
  const said = { detail: "Key (email)=(aoi@example.com) exists.", where: "aoi@example.com" };
  const original = Object.assign(new Error("duplicate key"), {
    code: "23505",
    constraint: "users_username_key",
    ...said,
  });
  const sql = { sql: "insert into users values ($1)", parameters: ["aoi@example.com"] };
  const parent = Object.assign(original, sql);
  // As Sequelize makes it.
  class UniqueConstraintError extends Error {}
  const error = Object.assign(new UniqueConstraintError("Validation error"), { parent, original, ...sql });
  const line = logged({ [field]: error });
  expect(line[field]).toMatchObject({
    type: "UniqueConstraintError",
    code: "23505",
    constraint: "users_username_key",
  });
  expect(JSON.stringify(line)).not.toMatch(/aoi@example|insert into/);
});

test("an error over several tells them all", () => {
  const error = new AggregateError([Object.assign(new Error("refused"), { code: "ECONNREFUSED" })]);
  expect(logged({ err: error })["err"]).toMatchObject({ errors: [{ message: "refused", code: "ECONNREFUSED" }] });
});

test.each(["23505", "user.nameTaken", "ERR_HTTP2_ERROR", 404])("the code %s names a reason and stays", (code) => {
  expect(logged({ code })["code"]).toBe(code);
});

test("an address loses its tokens and keeps its words and ids", () => {
  const id = "0190b7a0-1111-7222-8333-444455556666";
  expect(logged({ url: `/activate/Zk3vQ8s1tYpL0aXcVbNm12?next=/users/${id}&code=abc` })["url"]).toBe(
    `/activate/[hidden]?next=/users/${id}&code=[hidden]`,
  );
});

test("on a terminal what comes from outside can neither forge a line nor move the cursor", () => {
  const lines: string[] = [];
  const log = createLog({ level: "info", forPeople: true, to: { write: (line) => void lines.push(line) } });
  log.info({ name: "x\n12:00:00 info  forged" }, "a\x1b[2Jb");
  expect(lines.join("").split("\n")).toHaveLength(2);
  expect(lines.join("")).not.toContain("\x1b[2J");
});
