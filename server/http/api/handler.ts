import type { z } from "zod";
import type { Endpoint } from "../../contract/endpoint.ts";
import type { By } from "../../db/work.ts";
import type { KeptBytes } from "../../exports/download-export.ts";
import type { House } from "../../house.ts";
import type { Locale } from "../../kernel/words/locale.ts";

/** One call of the admin API after its parts were checked against the contract. */
export interface Call<Of extends Endpoint> {
  house: House;
  by: By;
  /** Refuses with request.stale when the client changes a version that is no longer the present one (If-Match). */
  requireVersion(present: { version: string }): void;
  params: z.output<Of["params"]>;
  query: z.output<Of["query"]>;
  body: z.output<Of["body"]>;
  /** The file that was sent, where the endpoint takes one. It comes as it is read, up to the size that is allowed. */
  file: AsyncIterable<Buffer>;
  /** The language of the caller. */
  locale: Locale;
  /** Ends the console session of this browser; nothing for an API token. */
  endConsoleSession(): Promise<void>;
}

/** A file as the answer of an endpoint that gives one. */
export class GivenFile {
  readonly name: string;
  readonly type: string;
  readonly parts: AsyncIterable<Buffer>;

  constructor(name: string, type: string, parts: AsyncIterable<Buffer>) {
    this.name = name;
    this.type = type;
    this.parts = parts;
  }
}

/** A file that is kept as it is, so that a part of it can be asked for. */
export class KeptFile {
  readonly file: KeptBytes;

  constructor(file: KeptBytes) {
    this.file = file;
  }
}

/** Answers a call in the words of the contract; the reply is checked on the way out. */
export type Handler<Of extends Endpoint> = (call: Call<Of>) => Promise<z.input<Of["reply"]> | GivenFile | KeptFile>;

/** Handlers for some of the operations. */
export type Handlers<Some extends Record<string, Endpoint>> = { [Name in keyof Some]: Handler<Some[Name]> };

/** A copy without the fields that are undefined: a command reads a missing field as "leave it". */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]: Exclude<Fields[Key], undefined>;
  };
}
