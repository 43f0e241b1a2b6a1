import { once } from "node:events";
import { createServer } from "node:net";
import type { GivenConfig } from "#server/kernel/config.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

const patienceMs = 3_000;

/** The port to listen on, and whether the issuer is what browsers can reach. */
export async function lookAtAddress(config: GivenConfig): Promise<Finding[]> {
  return [await lookAtPort(config), lookAtIssuer(config)];
}

async function lookAtPort({ host, port }: GivenConfig): Promise<Finding> {
  const place = `port ${port} of ${host}`;
  const code = await tryToListen(host, port);
  if (code === undefined) return ok("port", `No server runs here; ${place} is free.`);
  if (code !== "EADDRINUSE") {
    return fail("port", `Nothing can listen on ${place} (${code}).`, "Set HOST and PORT to what this machine has.");
  }
  if (await isGatehouse(host, port)) return ok("port", `A server runs on ${place} and is ready.`);
  return fail(
    "port",
    `Something listens on ${place} that is no ready Gatehouse.`,
    "Stop it, set PORT to another number, or see the server's log.",
  );
}

async function tryToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    await once(server.listen({ host, port, exclusive: true }), "listening");
    await new Promise((resolve) => void server.close(resolve));
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

async function isGatehouse(host: string, port: number): Promise<boolean> {
  // A server that listens everywhere is reached at home.
  const name = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host] ?? (host.includes(":") ? `[${host}]` : host);
  try {
    const reply = await fetch(`http://${name}:${port}/readyz`, { signal: AbortSignal.timeout(patienceMs) });
    const body: unknown = await reply.json();
    return reply.ok && typeof body === "object" && body !== null && "status" in body && body.status === "ok";
  } catch {
    // It does not answer, or not in our words.
    return false;
  }
}

function lookAtIssuer({ issuer, host, production, trustProxy }: GivenConfig): Finding {
  const isLocal = issuer.startsWith("http:");
  if (isLocal && (production || !/^(?:127\.|localhost$|::1$)/.test(host))) {
    return warn(
      "issuer",
      `Others cannot use ${issuer}: it names this machine itself.`,
      "Set ISSUER to the public https address.",
    );
  }
  if (!isLocal && trustProxy.length === 0) {
    return warn(
      "issuer",
      "The issuer is https, so a proxy stands before the server, but none is trusted: all requests seem to come from it.",
      "Set TRUST_PROXY to the proxy's address.",
    );
  }
  return ok("issuer", isLocal ? "The issuer is for this machine alone." : `The public address is ${issuer}.`);
}
