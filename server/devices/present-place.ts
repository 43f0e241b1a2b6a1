import type { z } from "zod";
import type { place } from "../contract/shapes.ts";
import type { Places } from "../kernel/places.ts";

/** Where an address is, in the words of the contract; countries are codes, which each reader has words for. */
export function presentPlace(places: Places, address: string | null): z.infer<typeof place> | null {
  const found = places.placeOf(address);
  return found === undefined ? null : { country: found.country, city: found.city };
}
