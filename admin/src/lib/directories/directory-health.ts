import type { Reply } from "#console/api/call.ts";

type Directory = Pick<Reply<"getDirectory">, "tokens" | "client">;

const soonMs = 14 * 24 * 3_600_000;

/** Whether there is a token, or a secret of its client, with which the directory can come in. */
export function hasWay({ tokens, client }: Directory): boolean {
  return tokens.some((token) => !token.isOver) || (client !== null && client.credentials.length > 0);
}

/** When the last way in ends, if that is within two weeks: somebody has to see to it. */
export function endsSoonAt({ tokens, client }: Directory, now: Date): string | undefined {
  const ends = [...tokens.filter((token) => !token.isOver), ...(client?.credentials ?? [])].map((one) => one.expiresAt);
  const times = ends.filter((end) => end !== null);
  const last = times.toSorted().at(-1);
  const isBounded = times.length > 0 && times.length === ends.length;
  return isBounded && last !== undefined && isSoon(last, now) ? last : undefined;
}

/** Whether a time is within two weeks. */
export function isSoon(time: string, now: Date): boolean {
  return new Date(time).getTime() - now.getTime() < soonMs;
}
