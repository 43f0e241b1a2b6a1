import { errorUrn } from "./urns.ts";

/** The words of RFC 7644 §3.12 Table 9, and of RFC 9865 §2.1 for cursors. */
export type ScimType =
  | "invalidFilter"
  | "tooMany"
  | "uniqueness"
  | "mutability"
  | "invalidSyntax"
  | "invalidPath"
  | "noTarget"
  | "invalidValue"
  | "invalidVers"
  | "sensitive"
  | "invalidCursor"
  | "expiredCursor"
  | "invalidCount";

// Table 9 pairs `uniqueness` with 409 (RFC 7644 §3.3) and `sensitive` with 403 (§7.5.2); all others are 400.
const statusOf = new Map<ScimType, number>([
  ["uniqueness", 409],
  ["sensitive", 403],
]);

/**
 * A refusal in the words of RFC 7644 §3.12. It is the only error this library throws at a request.
 * `detail` is written for the administrator of the client; it never holds a secret value.
 */
export class ScimError extends Error {
  readonly status: number;
  readonly scimType: ScimType | undefined;
  readonly detail: string;

  constructor(status: number, detail: string, scimType?: ScimType) {
    super(detail);
    this.name = "ScimError";
    this.status = status;
    this.scimType = scimType;
    this.detail = detail;
  }
}

/**
 * Makes the error of a scimType; the status follows from it.
 *
 * @example throw refuse("invalidValue", "userName is required");
 */
export function refuse(scimType: ScimType, detail: string): ScimError {
  return new ScimError(statusOf.get(scimType) ?? 400, detail, scimType);
}

export interface ErrorBody {
  schemas: [typeof errorUrn];
  status: string;
  scimType?: ScimType;
  detail: string;
}

/**
 * The body of an error response; `status` is a string there (RFC 7644 §3.12).
 */
export function errorBody(
  error: Pick<ScimError, "status" | "detail"> & { scimType?: ScimType | undefined },
): ErrorBody {
  return {
    schemas: [errorUrn],
    status: String(error.status),
    ...(error.scimType === undefined ? {} : { scimType: error.scimType }),
    detail: error.detail,
  };
}

/**
 * Quotes what a client sent, for use inside a detail: one line, at most 80 characters.
 */
export function quote(sent: unknown): string {
  const text =
    typeof sent === "string" ? sent : typeof sent === "object" && sent !== null ? kindOf(sent) : String(sent);
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  return JSON.stringify(short.toWellFormed());
}

/** "an array", "an object", "null"…: names what was sent where something else was expected. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "undefined" ? "nothing" : `a ${typeof value}`;
}
