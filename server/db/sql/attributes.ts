import type { AttributeType, ScimReach } from "../../contract/attributes.ts";
import type { AttributeId } from "../../kernel/ids.ts";
import type { Queryable } from "../queryable.ts";

/** The definition of an attribute, as it is stored. */
export interface AttributeRow {
  id: AttributeId;
  /** What its values are kept by in `users.custom`. */
  number: number;
  name: string;
  label_en: string;
  label_ja: string | null;
  description: string;
  type: AttributeType;
  is_multi_valued: boolean;
  canonical_values: string[];
  is_required: boolean;
  is_unique: boolean;
  is_visible: boolean;
  is_editable: boolean;
  claim: string | null;
  scim: ScimReach;
  created_at: Date;
  updated_at: Date;
}

const columns = `a.id, a.number, a.name, a.label_en, a.label_ja, a.description, a.type, a.is_multi_valued,
  a.canonical_values, a.is_required, a.is_unique, a.is_visible, a.is_editable, a.claim, a.scim, a.created_at, a.updated_at`;

/** All definitions with the version that they are of, in one statement. There are a hundred at most. */
export async function selectAttributes(from: Queryable): Promise<{ version: number; rows: AttributeRow[] }> {
  const found = await from.rows<Omit<AttributeRow, "id"> & { id: AttributeId | null; version: number }>(
    `select v.version, ${columns} from attribute_version v left join attributes a on a.deleted_at is null
     order by a.number`,
  );
  const rows = found.filter((row): row is AttributeRow & { version: number } => row.id !== null);
  return { version: found[0]?.version ?? 0, rows };
}

/** The number that every change of a definition moves. */
export async function selectAttributeVersion(from: Queryable): Promise<number> {
  return (await from.row<{ version: number }>("select version from attribute_version"))?.version ?? 0;
}

/** Names of the claims that attributes are released as, in one order. Uses attributes_claim_key. */
export async function selectReleasedClaims(from: Queryable): Promise<string[]> {
  const rows = await from.rows<{ claim: string }>(
    "select claim from attributes where claim is not null and deleted_at is null order by claim",
  );
  return rows.map((row) => row.claim);
}

/**
 * Lets nobody write a value until the transaction ends, and waits for those who do (see the trigger in migration
 * 0020): a definition may change only while no value is being checked against it.
 */
export async function lockAttributes(from: Queryable): Promise<void> {
  await from.rows("select pg_advisory_xact_lock(7426194)");
}

/** Adds a definition. A name or a claim that is taken breaks attributes_name_key or attributes_claim_key. */
export async function insertAttribute(to: Queryable, row: Omit<AttributeRow, "number">): Promise<void> {
  await to.run(
    `insert into attributes (id, name, label_en, label_ja, description, type, is_multi_valued, canonical_values, is_required,
       is_unique, is_visible, is_editable, claim, scim, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [...fieldsOf(row), row.created_at, row.updated_at],
  );
}

/** Writes a definition that was changed. The same indexes may break. */
export async function saveAttribute(to: Queryable, row: AttributeRow): Promise<void> {
  await to.run(
    `update attributes set name = $2, label_en = $3, label_ja = $4, description = $5, type = $6, is_multi_valued = $7,
       canonical_values = $8, is_required = $9, is_unique = $10, is_visible = $11, is_editable = $12, claim = $13,
       scim = $14, updated_at = $15
     where id = $1`,
    [...fieldsOf(row), row.updated_at],
  );
}

function fieldsOf(row: Omit<AttributeRow, "number">): unknown[] {
  return [
    row.id,
    row.name,
    row.label_en,
    row.label_ja,
    row.description,
    row.type,
    row.is_multi_valued,
    row.canonical_values,
    row.is_required,
    row.is_unique,
    row.is_visible,
    row.is_editable,
    row.claim,
    row.scim,
  ];
}

/** How many users have a value, counted no further than `most`. Uses user_attribute_keys_text and its siblings. */
export async function countHolders(from: Queryable, number: number, most: number): Promise<number> {
  const row = await from.row<{ count: number }>(
    `select count(*)::int as count from (
       select from user_attribute_keys where attribute = $1 and place = 0 limit $2) held`,
    [number, most],
  );
  return row?.count ?? 0;
}

/**
 * Makes the values of an attribute stand in each other's way, or lets them be again. Two users with one value break
 * user_attribute_keys_unique.
 */
export async function setUnique(to: Queryable, number: number, isUnique: boolean): Promise<void> {
  if (!isUnique) {
    await to.run("update user_attribute_keys set unique_key = null where attribute = $1", [number]);
    return;
  }
  // Of values of one user that have the same key, the first stands for all, as in the trigger.
  await to.run(
    `update user_attribute_keys k set unique_key = attribute_unique_key(k.text_key, k.number_key, k.time_key)
     where k.attribute = $1 and not exists (
       select from user_attribute_keys before
       where before.user_id = k.user_id and before.attribute = $1 and before.place < k.place
         and attribute_unique_key(before.text_key, before.number_key, before.time_key)
           = attribute_unique_key(k.text_key, k.number_key, k.time_key))`,
    [number],
  );
}

/** Takes a definition out of sight; its values are removed afterwards. */
export async function hideAttribute(to: Queryable, id: AttributeId, now: Date): Promise<void> {
  await to.run("update attributes set deleted_at = $2, updated_at = $2 where id = $1", [id, now]);
}

/** Removes the definition itself, when nobody has a value. */
export async function deleteAttributeRow(to: Queryable, id: AttributeId): Promise<void> {
  await to.run("delete from attributes where id = $1", [id]);
}

/**
 * Takes the value of a deleted attribute from some users; their versions move, since what they are read as has changed.
 * Users who are being changed are waited for.
 *
 * @returns how many had one
 */
export async function removeSomeValues(to: Queryable, number: number, most: number, now: Date): Promise<number> {
  return await to.run(
    `with held as (
       select distinct user_id from user_attribute_keys where attribute = $1 limit $3)
     update users u set custom = u.custom - $2::text, version = u.version + 1, updated_at = $4
     from held where u.id = held.user_id`,
    [number, String(number), most, now],
  );
}
