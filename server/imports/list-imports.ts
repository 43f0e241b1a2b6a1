import { totalLimit } from "../contract/shapes.ts";
import type { RowKind } from "../contract/imports.ts";
import { countImports, selectImportPage, selectRowPage } from "../db/sql/imports.ts";
import type { ImportRow, StoredRow } from "../db/sql/imports.ts";
import type { Page } from "../db/keyset.ts";
import type { Work } from "../db/work.ts";
import { allow } from "../permissions/rules.ts";
import { importRules } from "./policy.ts";
import { requireImport } from "./take-step.ts";

interface PageQuery {
  cursor?: string | undefined;
  limit: number;
}

interface Counted {
  total: number;
  totalIsMore: boolean;
}

/** A page of imports, the newest first. @throws access.denied request.cursorInvalid */
export async function listImports(work: Work, query: PageQuery): Promise<Page<ImportRow> & Counted> {
  allow(importRules, work.actor, "import.read", null);
  const found = await selectImportPage(work.tx, query);
  const count = await countImports(work.tx, totalLimit);
  return { ...found, total: Math.min(count, totalLimit), totalIsMore: count > totalLimit };
}

/** A page of the rows of an import, in the order of the file. @throws access.denied import.missing request.cursorInvalid */
export async function listRows(
  work: Work,
  id: string,
  query: PageQuery & { kind?: RowKind | undefined },
): Promise<Page<StoredRow> & Counted> {
  const one = await requireImport(work, id);
  const found = await selectRowPage(work.tx, one.id, query);
  return { ...found, total: countOf(one, query.kind), totalIsMore: false };
}

/** How many rows there are of a kind, as the import itself counts them. */
function countOf(one: ImportRow, kind: RowKind | undefined): number {
  const planned = one.add_count + one.update_count + one.delete_count;
  switch (kind) {
    case undefined:
      return one.row_count;
    case "add":
      return one.add_count;
    case "update":
      return one.update_count;
    case "delete":
      return one.delete_count;
    case "unchanged":
      return one.unchanged_count;
    case "problem":
      return one.problem_count;
    case "done":
      return one.done_count - one.undone_count - one.kept_count;
    case "failed":
      return one.failed_count;
    case "left":
      return planned - one.done_count - one.failed_count;
    case "undone":
      return one.undone_count;
    case "kept":
      return one.kept_count;
  }
}
