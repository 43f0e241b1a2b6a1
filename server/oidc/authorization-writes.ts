import { Provider } from "oidc-provider";
import type { Db } from "../db/connect.ts";
import { deleteRecord, saveCode, saveRecord } from "../db/sql/oidc-records.ts";
import type { OidcRecord } from "../db/sql/oidc-records.ts";
import type { AuthorizationRecords } from "../db/sql/oidc-sessions.ts";

// What an authorization changes: the interaction is over, the grant and the code are made, the session is saved last. The
// provider says these one after the other; they are kept until the session is saved and written with it.

const key = "authorizationWrites";

const models = { Grant: "grant", AuthorizationCode: "code" } as const;

interface State {
  state: Record<string, unknown>;
}

/** Keeps a grant or a code for the session that is saved after it. @returns false where none is */
export function saveWithSession(record: OidcRecord): boolean {
  const part = models[record.model as keyof typeof models] as "grant" | "code" | undefined;
  const writes = part === undefined ? undefined : writesOfRoute();
  if (part === undefined || writes === undefined) return false;
  writes[part] = record;
  return true;
}

/** Keeps in mind that an interaction, or the earlier name of a session, is to be deleted. @returns false as above */
export function deleteWithSession(model: string, id: Buffer): boolean {
  const writes = model === "Interaction" || model === "Session" ? writesOfRoute() : undefined;
  writes?.gone.push({ model, id });
  return writes !== undefined;
}

/** What is to be written together with the session of this request. */
export function takeAuthorization(ctx: State | undefined): AuthorizationRecords {
  const writes = (ctx?.state[key] as AuthorizationRecords | undefined) ?? { gone: [] };
  if (ctx !== undefined) delete ctx.state[key];
  return writes;
}

/** Writes what is left where no session was saved: nobody is signed in, or another question comes first. */
export async function writeAuthorization(db: Db, ctx: State | undefined): Promise<void> {
  const { gone, grant, code } = takeAuthorization(ctx);
  if (grant !== undefined) await saveRecord(db, grant);
  if (code !== undefined) await saveCode(db, code, new Date());
  for (const { model, id } of gone) await deleteRecord(db, model, id);
}

const routes = new Set(["authorization", "resume"]);

function writesOfRoute(): AuthorizationRecords | undefined {
  const ctx = Provider.ctx;
  if (ctx === undefined || !routes.has(ctx.oidc.route)) return undefined;
  return (ctx.state[key] ??= { gone: [] } satisfies AuthorizationRecords) as AuthorizationRecords;
}
