import { join } from "node:path";
import { Liquid } from "liquidjs";
import { addFilters } from "./filters.ts";

/**
 * The Liquid engine of the pages. Output is escaped unless a filter says that it made the markup itself, a variable
 * that is missing is an error (an `if` may ask for it), and templates see own properties only.
 */
export const engine = new Liquid({
  root: join(import.meta.dirname, "templates"),
  extname: ".liquid",
  cache: true,
  outputEscape: "escape",
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  ownPropertyOnly: true,
});

addFilters(engine);
