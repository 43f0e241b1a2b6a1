import { knowAttributes } from "../../attributes/read-attributes.ts";
import { knowSettings } from "../../settings/read-settings.ts";
import { inSqlWork } from "../../db/work.ts";
import type { Work } from "../../db/work.ts";
import type { Call } from "./call.ts";

const mostAttempts = 5;

// Two requests that lock the same rows in another order, and statements that PostgreSQL could not put in order.
const passing = new Set(["40P01", "40001"]);

/**
 * Runs `act` as one unit of work of the directory. What PostgreSQL undid because two requests stood in each other's
 * way is done again: nothing of it has happened.
 */
export async function inScimWork<Result>(call: Call, act: (work: Work) => Promise<Result>): Promise<Result> {
  const settings = await call.settings();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inSqlWork(call.house, call, async (work) => {
        knowSettings(work.tx, settings);
        knowAttributes(work.tx, call.types.attributes);
        return await act(work);
      });
    } catch (error) {
      if (attempt === mostAttempts || !isPassing(error)) throw error;
      call.house.log.debug({ err: error, requestId: call.requestId, attempt }, "two requests collided, doing it again");
    }
  }
}

function isPassing(error: unknown): boolean {
  const cause = error instanceof Error && "original" in error ? error.original : error;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" && passing.has(cause.code);
}
