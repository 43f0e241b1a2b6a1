import { productNames } from "#contract/directory-products.ts";
import type { DirectoryProduct } from "#contract/directory-products.ts";
import { say } from "#console/words/say.svelte.ts";

/** How people call a product. */
export function productName(product: DirectoryProduct): string {
  return product === "other" ? say.directory.other : productNames[product];
}
