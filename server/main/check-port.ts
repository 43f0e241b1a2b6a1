import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { StartError } from "#server/kernel/start-error.ts";

/** A server that was told to stop, or killed, a moment ago may still hold the port. */
const patienceMs = 3_000;

/** Sees whether the port can be listened on, before anything slow is done. */
export async function checkPort(host: string, port: number): Promise<void> {
  const startedAt = Date.now();
  for (;;) {
    const code = await tryPort(host, port);
    if (code === undefined) return;
    if (code !== "EADDRINUSE" || Date.now() - startedAt > patienceMs) throw new StartError(sentence(code, host, port));
    await pause(200);
  }
}

async function tryPort(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    // Exclusive: the look must not become part of the cluster that listens afterwards.
    await once(server.listen({ host, port, exclusive: true }), "listening");
    await new Promise((resolve) => void server.close(resolve));
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

function sentence(code: string, host: string, port: number): string {
  if (code === "EADDRINUSE") {
    return `PORT ${port} on ${host} is in use by another program; stop that program, or set PORT to another number.`;
  }
  if (code === "EACCES") return `PORT ${port} is open to privileged programs only; set PORT to a number above 1023.`;
  return `HOST ${host} is no address of this machine to listen on (${code}).`;
}
