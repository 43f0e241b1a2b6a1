import { createConnection, deleteConnection, updateConnection } from "#server/connections/change-connection.ts";
import type { ConnectionChange } from "#server/connections/change-connection.ts";
import { listConnections, presentConnection, readConnection } from "#server/connections/list-connections.ts";
import { probeIssuer } from "#server/connections/upstream.ts";
import { connectionMatches } from "#server/contract/connections.ts";
import { failure } from "#server/contract/failure.ts";
import type { Work } from "#server/db/work.ts";
import type { House } from "#server/house.ts";

/** Where the command works. */
interface At {
  house: House;
  work<Result>(act: (work: Work) => Promise<Result>): Promise<Result>;
}

interface ConnectionFlags {
  scopes: string | undefined;
  domain: string[] | undefined;
  match: string | undefined;
  createUsers: string | undefined;
  askFactor: string | undefined;
  askProtection: string | undefined;
  button: string | undefined;
  secretStdin: boolean;
}

type Shown = ReturnType<typeof presentConnection>;

/** Makes a connection from the flags of the command line. @throws connection.* */
export async function createConnectionFor(
  { house, work }: At,
  flags: ConnectionFlags & { name: string; issuer: string; clientId: string },
  readInput: () => Promise<string>,
): Promise<Shown> {
  const change = await readFlags(flags, readInput);
  const issuer = await probeIssuer(house, flags.issuer);
  return await work(async (one) => {
    const wanted = { ...change, name: flags.name, clientId: flags.clientId, issuer };
    const id = await createConnection(one, house.keyring, wanted);
    return presentConnection(await readConnection(one, id), house.config.issuer);
  });
}

/** Changes a connection by the flags of the command line. @throws connection.* */
export async function changeConnectionFor(
  { house, work }: At,
  named: string,
  flags: ConnectionFlags & { name: string | undefined; clientId: string | undefined; paused: string | undefined },
  readInput: () => Promise<string>,
): Promise<Shown> {
  const change = await readFlags(flags, readInput);
  return await work(async (one) => {
    const id = await find(one, named);
    await updateConnection(one, house.keyring, id, {
      ...change,
      ...(flags.name === undefined ? {} : { name: flags.name }),
      ...(flags.clientId === undefined ? {} : { clientId: flags.clientId }),
      ...(flags.paused === undefined ? {} : { isPaused: flags.paused === "yes" }),
    });
    return presentConnection(await readConnection(one, id), house.config.issuer);
  });
}

/** All connections by name. */
export async function listAllConnections(work: Work, issuer: string): Promise<Shown[]> {
  return (await listConnections(work)).map((row) => presentConnection(row, issuer));
}

/** Deletes a connection. @throws connection.missing */
export async function deleteConnectionNamed(work: Work, named: string): Promise<{ id: string; name: string }> {
  const { id, name } = await readConnection(work, await find(work, named));
  await deleteConnection(work, id);
  return { id, name };
}

async function readFlags(flags: ConnectionFlags, readInput: () => Promise<string>): Promise<ConnectionChange> {
  const match = connectionMatches.find((one) => one === flags.match);
  return {
    ...(flags.scopes === undefined ? {} : { scopes: flags.scopes }),
    ...(flags.domain === undefined ? {} : { domains: flags.domain.filter((domain) => domain !== "") }),
    ...(match === undefined ? {} : { match }),
    ...(flags.createUsers === undefined ? {} : { createsUsers: flags.createUsers === "yes" }),
    ...(flags.askFactor === undefined ? {} : { asksFactor: flags.askFactor === "yes" }),
    ...(flags.askProtection === undefined ? {} : { asksProtection: flags.askProtection === "yes" }),
    ...(flags.button === undefined ? {} : { hasButton: flags.button === "yes" }),
    ...(flags.secretStdin ? { clientSecret: (await readInput()).trim() } : {}),
  };
}

async function find(work: Work, named: string): Promise<string> {
  const all = await listConnections(work);
  const found = all.find((one) => one.id === named || one.name.toLowerCase() === named.toLowerCase());
  if (found !== undefined) return found.id;
  throw failure("connection.missing", { says: `There is no connection named ${JSON.stringify(named)}.` });
}
