import { z } from "zod";

/** Shapes that several endpoints share. */
export const id = z.uuid();
export const time = z.iso.datetime({ offset: true });
export const nothing = z.object({}).strict();
export const noReply = z.undefined();
export const byId = z.object({ id });

/** Where a network address is, as far as a MaxMind database says. */
export const place = z.object({
  /** ISO 3166-1: `JP`. */
  country: z.string(),
  /** The city by language, where it is known. */
  city: z.object({ en: z.string().optional(), ja: z.string().optional() }),
});

/** The part of a query that asks for a page. `cursor` comes from the reply before. */
export const pageQuery = {
  cursor: z.string().max(1000).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};

/**
 * A page of a list. `total` is exact up to `totalLimit`; past it, `totalIsMore` says that there are more than that.
 *
 * @param item shape of one row
 */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    total: z.number().int(),
    totalIsMore: z.boolean(),
    nextCursor: z.string().nullable(),
    previousCursor: z.string().nullable(),
  });
}

/** How far lists count exactly before they say "more than". */
export const totalLimit = 10_000;

/** What every refusal looks like on the wire (RFC 9457). */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  /** The field of the request that is wrong, where it is one. */
  field: z.string().optional(),
  /** All wrong fields when there are several. */
  fields: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })).optional(),
  requestId: z.string(),
});
