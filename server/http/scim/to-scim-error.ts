import { errorBody, ScimError } from "#scim/messages/scim-error.ts";
import type { ErrorBody, ScimType } from "#scim/messages/scim-error.ts";
import { gatehouseUserUrn } from "#scim/schema/resource-type.ts";
import { Failure, failure } from "../../contract/failure.ts";
import { NotAuthenticated, WrongMethod } from "./refusals.ts";

/** An error as it goes out. */
export interface Refusal {
  status: number;
  scimType: ScimType | undefined;
  detail: string;
  retryAfterSeconds?: number | undefined;
  headers?: Readonly<Record<string, string>>;
  /** False for what nobody expected: then the cause belongs into the log. */
  isExpected: boolean;
}

/** What fields of the house are called in SCIM (RFC 7643 §4.1, §4.2). */
const scimWords: Readonly<Record<string, string>> = {
  username: "userName",
  email: "emails",
  timeZone: "timezone",
};

const scimTypes: ReadonlySet<string> = new Set<ScimType>([
  "invalidFilter",
  "tooMany",
  "uniqueness",
  "mutability",
  "invalidSyntax",
  "invalidPath",
  "noTarget",
  "invalidValue",
  "invalidVers",
  "sensitive",
  "invalidCursor",
  "expiredCursor",
  "invalidCount",
]);

/** Translates whatever a handler threw (RFC 7644 §3.12). Causes stay inside. */
export function toRefusal(error: unknown, requestId: string): Refusal {
  if (error instanceof ScimError) {
    const { status, scimType, detail } = error;
    return { status, scimType, detail, isExpected: true, headers: headersOf(error) };
  }
  if (error instanceof Failure) {
    const { scimStatus: status, field, message, retryAfterSeconds } = error;
    const word = field === undefined ? "" : `${wordOf(field)}: `;
    const detail = message.startsWith(word) ? message : `${word}${message}`;
    return { status, scimType: scimTypeOf(error), detail, retryAfterSeconds, isExpected: true };
  }
  if (codeOf(error) === queryCanceled) {
    const detail =
      "this takes too long to find out: ask for the whole value of an id, userName, externalId, email, manager, " +
      "displayName of a group or member, or leave the filter and the sorting to the client";
    return { status: 400, scimType: "tooMany", detail, isExpected: true };
  }
  if (isAway(error)) {
    const { message } = failure("server.busy");
    return { status: 503, scimType: undefined, detail: message, retryAfterSeconds: 5, isExpected: false };
  }
  return {
    status: 500,
    scimType: undefined,
    detail: `Something went wrong on our side. Request ${requestId} is in the log with its cause.`,
    isExpected: false,
  };
}

/** What a field is called in SCIM. */
function wordOf(field: string): string {
  const own = /^attributes\.(.+)$/.exec(field)?.[1];
  return own === undefined ? (scimWords[field] ?? field) : `${gatehouseUserUrn}:${own}`;
}

/** What PostgreSQL says of a statement that took longer than it may (PostgreSQL appendix A). */
const queryCanceled = "57014";

/** PostgreSQL, or the way to it, is gone for now (PostgreSQL appendix A). */
function isAway(error: unknown): boolean {
  return /^(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOENT|EPIPE|57P0[123]|08\w{3}|53300)$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error && "original" in error ? error.original : error;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}

function headersOf(error: ScimError): Record<string, string> {
  if (error instanceof NotAuthenticated) return { "WWW-Authenticate": error.challenge };
  return error instanceof WrongMethod ? { Allow: error.allow } : {};
}

/** The body of a refusal. */
export function refusalBody({ status, scimType, detail }: Refusal): ErrorBody {
  return errorBody({ status, scimType, detail });
}

function scimTypeOf({ scimType }: Failure): ScimType | undefined {
  return isScimType(scimType) ? scimType : undefined;
}

function isScimType(word: string | undefined): word is ScimType {
  return word !== undefined && scimTypes.has(word);
}
