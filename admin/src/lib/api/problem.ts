import type { z } from "zod";
import type { FailureCode } from "#contract/failure.ts";
import type { problem as problemShape } from "#contract/shapes.ts";

type Wire = z.infer<typeof problemShape>;

/** What can go wrong before a reply of the server is there, or when the reply is not one of ours. */
type OwnCode = "console.unreachable" | "console.timeout" | "console.garbled" | "console.broken";

/** A refusal of the API, or the lack of an answer. Pages show it; they never invent one. */
export class Problem extends Error {
  readonly code: FailureCode | OwnCode | (string & {});
  /** 0 when no answer came. */
  readonly status: number;
  readonly requestId: string | undefined;
  /** What is wrong by field of the request, in the words of the contract. */
  readonly fields: readonly FieldProblem[];

  constructor(wire: Partial<Wire> & { code: string }) {
    super(wire.title ?? wire.code);
    this.name = "Problem";
    this.code = wire.code;
    this.status = wire.status ?? 0;
    this.requestId = wire.requestId === "" ? undefined : wire.requestId;
    this.fields =
      wire.fields ?? (wire.field === undefined ? [] : [{ field: wire.field, code: wire.code, message: this.message }]);
  }
}

/** One wrong field: `message` is the server's English sentence, `code` the key of a translated one. */
export interface FieldProblem {
  field: string;
  code: string;
  message: string;
}
