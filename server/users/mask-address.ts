/**
 * A network address with its last part hidden: 203.0.113.x, 2001:db8:1::x (U1).
 * IPv6 keeps the first 48 bits, which name the site and not the machine.
 */
export function maskAddress(address: string): string {
  if (address.includes(":")) {
    const mapped = /^::ffff:(\d+\.\d+\.\d+)\.\d+$/i.exec(address);
    if (mapped?.[1] !== undefined) return `${mapped[1]}.x`;
    const head = (address.split("::")[0] ?? "").split(":").filter((part) => part !== "");
    return `${head.slice(0, 3).join(":")}::x`;
  }
  return address.replace(/\.\d+$/, ".x");
}
