/** An email address as it is shown to somebody who has not proven everything yet: `h•••@example.com`. */
export function veilAddress(address: string): string {
  const at = address.lastIndexOf("@");
  return `${[...address][0] ?? ""}•••${address.slice(at)}`;
}
