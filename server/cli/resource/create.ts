import { createResource, deleteResource, listResources, presentResource } from "#server/apps/resources.ts";
import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import { findApp } from "../app/find.ts";
import { UsageError } from "../command.ts";

interface ResourceFlags {
  identifier: string;
  name: string | undefined;
  scopes: string | undefined;
  opaque: boolean;
  lifetime: string | undefined;
  signing: string | undefined;
  app: string[] | undefined;
}

type Shown = ReturnType<typeof presentResource>;

/** Registers an API from the flags of the command line. @throws resource.* app.missing */
export async function createResourceFor(work: Work, flags: ResourceFlags): Promise<Shown> {
  const appIds: string[] = [];
  for (const named of flags.app ?? []) appIds.push(await findApp(work, named));
  const made = await createResource(work, {
    identifier: flags.identifier,
    ...(flags.name === undefined ? {} : { name: flags.name }),
    scopes: (flags.scopes ?? "").split(/\s+/).flatMap((name) => (name === "" ? [] : [{ name, description: "" }])),
    tokenFormat: flags.opaque ? "opaque" : "jwt",
    tokenSeconds: readSeconds(flags.lifetime),
    signingAlg: flags.signing === "ES256" ? "ES256" : "RS256",
    access: appIds.length > 0 ? "chosen" : "ownApps",
    appIds,
  });
  return presentResource(made);
}

export async function listAllResources(work: Work): Promise<Shown[]> {
  return (await listResources(work)).map(presentResource);
}

/** @throws resource.missing */
export async function deleteResourceNamed(work: Work, named: string): Promise<void> {
  const found = (await listResources(work)).find((one) => one.identifier === named || one.id === named);
  if (found === undefined) throw failure("resource.missing");
  await deleteResource(work, found.id);
}

function readSeconds(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 60 || seconds > 86_400) {
    throw new UsageError("`--lifetime` is a whole number of seconds from 60 to 86400.");
  }
  return seconds;
}
