import type { z } from "zod";
import type { userDetails } from "#server/contract/users.ts";
import { facts } from "../print/table.ts";

export type ShownUser = z.infer<typeof userDetails>;

/** A user in lines for people. */
export function describeUser(user: ShownUser): string {
  return facts([
    ["Id", user.id],
    ["Username", user.username],
    ["Name", user.displayName],
    ["Email", user.email],
    ["Status", user.status],
    ["Role", user.role.name],
    ["Password", passwordOf(user)],
    ["Groups", user.groups.map((group) => group.name).join(", ")],
    ["Directory", user.directory?.name],
    ["Manager", user.manager?.name],
    ["Language", user.locale],
    ["Time zone", user.timeZone],
    ["Second factor", factorsOf(user)],
    ["Factor policy", user.factorRule === null ? user.factorLevel : `${user.factorLevel} (${user.factorRule})`],
    ["Account protection", user.protection],
    ["Devices", devicesOf(user)],
    ["Sessions", user.sessionCount > 0 ? String(user.sessionCount) : null],
    ["Last active", user.lastActiveAt],
    ["Created", user.createdAt],
    ...Object.entries(user.attributes).map(([name, value]): [string, string] => [
      name,
      Array.isArray(value) ? value.join(", ") : String(value),
    ]),
  ]);
}

/** Each factor, the default marked when one was chosen, and what stands in for them. */
function factorsOf(user: ShownUser): string | null {
  if (user.factors.length === 0) return null;
  const factors = user.factors.map(({ kind, name }) => {
    const what = name === null ? kind : `${kind} ${name}`;
    return kind === user.defaultFactor ? `${what} (default)` : what;
  });
  return [...factors, `${user.recoveryCodesLeft} recovery codes left`].join(", ");
}

function devicesOf(user: ShownUser): string | null {
  const { deviceCount, deviceLimit } = user;
  if (deviceLimit === null || deviceLimit === 0) return deviceCount > 0 ? String(deviceCount) : null;
  const more = deviceCount > deviceLimit ? "; nobody is signed out, but no further device is admitted" : "";
  return `${deviceCount} of ${deviceLimit}${more}`;
}

function passwordOf(user: ShownUser): string {
  if (!user.hasPassword) return "none";
  return user.passwordIsTemporary ? "temporary" : "set";
}
