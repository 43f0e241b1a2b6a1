import ipaddr from "ipaddr.js";

type Value = string | number | Value[] | { [name: string]: Value };

/**
 * A MaxMind database (MaxMind DB file format 2.0) of a few networks.
 *
 * @param networks what each says, by CIDR range; ranges do not overlap
 */
export function makeMmdb(type: string, networks: Record<string, Value>): Buffer {
  const nodes: [Slot, Slot][] = [[undefined, undefined]];
  const data: Buffer[] = [];
  let dataLength = 0;
  for (const [range, value] of Object.entries(networks)) {
    const bits = bitsOf(range);
    let node = nodes[0];
    for (const [depth, bit] of bits.entries()) {
      if (node === undefined) throw new Error("networks overlap");
      if (depth === bits.length - 1) {
        node[bit] = { at: dataLength };
        break;
      }
      const next: Slot = node[bit] ?? { node: nodes.push([undefined, undefined]) - 1 };
      node[bit] = next;
      node = "node" in next ? nodes[next.node] : undefined;
    }
    const encoded = encode(value);
    data.push(encoded);
    dataLength += encoded.length;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [index, slots] of nodes.entries()) {
    for (const side of [0, 1] as const) {
      const slot = slots[side];
      const record =
        slot === undefined ? nodes.length : "node" in slot ? slot.node : nodes.length + separatorBytes + slot.at;
      tree.writeUIntBE(record, index * 6 + side * 3, 3);
    }
  }
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: type,
    description: { en: "for tests" },
    ip_version: 6,
    languages: ["en", "ja"],
    node_count: nodes.length,
    record_size: 24,
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from("MaxMind.com")]);
  return Buffer.concat([tree, Buffer.alloc(separatorBytes), ...data, marker, metadata]);
}

const separatorBytes = 16;

type Slot = { node: number } | { at: number } | undefined;

/** The bits of a network in a tree of IPv6 addresses, where IPv4 ones have 96 zeros before them. */
function bitsOf(range: string): (0 | 1)[] {
  const [address, length] = ipaddr.parseCIDR(range);
  const bytes = address.toByteArray();
  const all = bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((place): 0 | 1 => ((byte >> place) & 1 ? 1 : 0)));
  const zeros = address.kind() === "ipv4" ? Array.from({ length: 96 }, (): 0 | 1 => 0) : [];
  return [...zeros, ...all.slice(0, length)];
}

function encode(value: Value): Buffer {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([control(2, text.length), text]);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([name, one]) => [encode(name), encode(one)])]);
}

/** The byte that says type and size; types above 7 have a second one, and sizes from 29 on another. */
function control(type: number, size: number): Buffer {
  const low = size < 29 ? size : 29;
  if (size > 29 + 255) throw new Error("longer than a test needs");
  const first = type > 7 ? [low, type - 7] : [(type << 5) | low];
  return Buffer.from(size < 29 ? first : [...first, size - 29]);
}
