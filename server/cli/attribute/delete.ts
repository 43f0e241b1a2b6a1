import { requireAttribute } from "#server/attributes/custom-values.ts";
import { deleteAttribute } from "#server/attributes/delete-attribute.ts";
import { presentAttribute } from "#server/attributes/read-attribute.ts";
import { readAttributes } from "#server/attributes/read-attributes.ts";
import type { Work } from "#server/db/work.ts";

/** Deletes the attribute of a name. @throws attribute.unknown */
export async function deleteNamed(work: Work, name: string) {
  const { row } = requireAttribute(await readAttributes(work.tx), name, "name");
  await deleteAttribute(work, row.id);
  return presentAttribute(row);
}
