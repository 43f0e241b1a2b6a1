import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Reads the address of the client. `X-Forwarded-For` counts only as far as trusted proxies have written it: from the
 * right, the first address that is no trusted proxy is the client, and what stands left of it is the client's own word.
 *
 * @param trustProxy addresses and ranges of trusted proxies
 */
export function addressReader(trustProxy: readonly string[]) {
  const ranges = trustProxy.map((text) =>
    ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : wholeRange(ipaddr.process(text)),
  );
  const isTrusted = (address: Address) =>
    ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));

  return (req: IncomingMessage): { address: string; isProxied: boolean } => {
    const peer = parse(req.socket.remoteAddress ?? "") ?? ipaddr.parse("0.0.0.0");
    if (!isTrusted(peer)) return { address: peer.toString(), isProxied: false };
    let client = peer;
    for (const hop of [req.headers["x-forwarded-for"] ?? []].flat().join(",").split(",").reverse()) {
      const address = parse(hop.trim());
      // What cannot be read was not written by a proxy of ours.
      if (address === undefined) break;
      client = address;
      if (!isTrusted(address)) break;
    }
    return { address: client.toString(), isProxied: true };
  };
}

/** Says whether an address is the machine's own or of a private network (RFC 1918, 4193, 3927, 4291). */
export function isPrivate(address: string): boolean {
  const parsed = parse(address);
  return parsed !== undefined && ["loopback", "private", "uniqueLocal", "linkLocal"].includes(parsed.range());
}

/** An IPv4 address in IPv6 clothes is an IPv4 address; some proxies add the port. */
function parse(text: string): Address | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return ipaddr.isValid(bare) && /[:.]/.test(bare) ? ipaddr.process(bare) : undefined;
}

function wholeRange(address: Address): [Address, number] {
  return [address, address.kind() === "ipv4" ? 32 : 128];
}
