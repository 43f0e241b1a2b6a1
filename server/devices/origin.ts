import ipaddr from "ipaddr.js";
import type { Place, Places } from "../kernel/places.ts";

/** Where a request comes from, as far as account protection tells one place from another. */
export interface Origin {
  /** The operator's number where a database knows it, else the first bits of the address: `AS64496`, `203.0.113.0/24`. */
  network: string;
  /** Country and region: `JP-13`. Null when no database knows them. */
  place: string | null;
}

/** An IPv4 network as small as providers hand them out, and what one site gets of IPv6 (RFC 6177 §2). */
const prefixBits = { ipv4: 24, ipv6: 48 } as const;

/** Works out the origin of a network address. */
export function originOf(places: Places, address: string | undefined): Origin {
  const operator = places.operatorOf(address);
  return {
    network: operator === undefined ? prefixOf(address) : `AS${operator}`,
    place: placeKey(places.placeOf(address)),
  };
}

function prefixOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return "unknown";
  // An IPv4 address that came over IPv6 is what it is (RFC 4291 §2.5.5.2).
  const parsed = ipaddr.process(address);
  const bits = prefixBits[parsed.kind()];
  const network =
    parsed.kind() === "ipv4"
      ? ipaddr.IPv4.networkAddressFromCIDR(`${parsed.toString()}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${bits}`);
  return `${network.toString()}/${bits}`;
}

function placeKey(place: Place | undefined): string | null {
  if (place === undefined) return null;
  return place.region === null ? place.country : `${place.country}-${place.region}`;
}
