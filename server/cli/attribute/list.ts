import { presentAttribute } from "#server/attributes/read-attribute.ts";
import { readAttributes } from "#server/attributes/read-attributes.ts";
import type { Work } from "#server/db/work.ts";

/** All attributes that the organization defines. */
export async function listAttributes(work: Work) {
  const { list } = await readAttributes(work.tx);
  return list.map(({ row }) => presentAttribute(row));
}
