import { failures } from "#contract/failure.ts";
import type { Reply } from "#console/api/call.ts";
import { say, viewer } from "#console/words/say.svelte.ts";

export type LogEvent = Reply<"listEvents">["items"][number];

/** What happened, in a few words; a type that nobody taught the console is shown as it is. */
export function titleOf(event: LogEvent): string {
  const known: Record<string, string> = say.events;
  return known[event.type] ?? event.type;
}

/** What the title leaves open: the reason, the app, how many fields or members. */
export function moreOf(event: LogEvent): string {
  if (event.reason !== null) return reasonOf(event.reason);
  if (event.app !== null) return event.app.name;
  const count = countOf(event.details);
  if (count !== undefined) return say.logs.count(viewer.write.number(count));
  const changed = Object.keys(event.changes ?? {});
  const [only] = changed;
  if (only !== undefined && event.type !== "user.created") {
    if (event.type === "setting.changed") return settingChange(event);
    return changed.length === 1 ? fieldOf(only) : say.logs.fields(viewer.write.number(changed.length));
  }
  return "";
}

/** Why something failed, by its code. */
export function reasonOf(code: string): string {
  const own: Record<string, string> = say.reasons;
  const sentences: Record<string, string> = say.failures;
  const table: Record<string, { says: string }> = failures;
  return own[code] ?? sentences[code] ?? table[code]?.says ?? code;
}

/** The name of a changed field. */
export function fieldOf(name: string): string {
  const known: Record<string, string> = say.fields;
  // An attribute of the organization goes by its own name.
  return known[name] ?? name.replace(/^attributes\./, "");
}

/** A value of a changed field, in words; undefined when there is none. */
export function valueOf(value: unknown): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "boolean") return value ? say.filters.yes : say.filters.no;
  if (typeof value === "number") return viewer.write.number(value);
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => valueOf(item) ?? "").join(", ");
  return JSON.stringify(value);
}

/** Who or what a line is about or by; what is deleted says so. */
export function nameOf(party: { kind: string; name: string | null; isDeleted: boolean } | null): string {
  if (party === null) return "–";
  const kinds: Record<string, string> = say.kinds;
  const settingName = party.kind === "setting" ? say.settingNames[party.name ?? ""] : templateName(party);
  const name = settingName ?? (party.name || (kinds[party.kind] ?? party.kind));
  return party.isDeleted ? say.logs.deleted(name) : name;
}

/** A template goes by its mail and its language: `activation.en`. */
function templateName({ kind, name }: { kind: string; name: string | null }): string | undefined {
  if (kind !== "mailTemplate") return undefined;
  const [mail = "", locale = ""] = (name ?? "").split(".");
  return `${say.mailTemplates.names[mail] ?? mail} (${viewer.write.languageName(locale)})`;
}

function settingChange(event: LogEvent): string {
  const [change] = Object.values(event.changes ?? {});
  return `${valueOf(change?.from) ?? "–"} → ${valueOf(change?.to) ?? "–"}`;
}

function countOf(details: LogEvent["details"]): number | undefined {
  const count = details?.["count"];
  return typeof count === "number" ? count : undefined;
}
