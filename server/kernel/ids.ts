import { randomFillSync } from "node:crypto";

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

export type UserId = Branded<"user">;
export type GroupId = Branded<"group">;
export type RoleId = Branded<"role">;
export type AppId = Branded<"app">;
export type DirectoryId = Branded<"directory">;
export type MailId = Branded<"mail">;
export type EventId = Branded<"event">;
export type DeviceId = Branded<"device">;
export type AttributeId = Branded<"attribute">;
export type ConnectionId = Branded<"connection">;
export type TokenId = Branded<"token">;
export type ImportId = Branded<"import">;
export type ExportId = Branded<"export">;

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

let counter = 0;

/**
 * Makes a time-ordered id (UUID version 7, RFC 9562 §5.7).
 * Its first 48 bits are milliseconds since 1970, so new rows land at the end of their index; the next 12 count on
 * within this process, so that events of one transaction keep their order (§6.2, method 1).
 *
 * @param now the time that the id carries
 */
export function newId<Id extends string>(now: Date): Id {
  const bytes = randomBytes16();
  bytes.writeUIntBE(now.getTime(), 0, 6);
  counter = (counter + 1) & 0xfff;
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-") as Id;
}

/** The smallest id that `newId` may make at a time: what was made since then is behind it, in the order of the index. */
export function firstIdAt(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

// Random bytes are asked for by the page: one call of the generator costs more than the bytes.
const pool = Buffer.alloc(4096);
let used = pool.length;

function randomBytes16(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return Buffer.from(pool.subarray(used - 16, used));
}

/** Says whether a text has the form of an id, so that PostgreSQL can be asked for it. */
export function isId(text: string): boolean {
  return pattern.test(text);
}
