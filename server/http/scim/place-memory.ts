/** Every so many rows there is a place. */
export const stride = 1000;
/** Pages that begin nearer to the first row are found by counting from it, which takes a millisecond there. */
const leastOffset = 10_000;
/** Places are good for so many times as long as it took to find them: finding takes no more than a fiftieth of the time. */
const shareOfTime = 50;
/** Lists whose places are remembered at a time; a million rows have a thousand places. */
const most = 100;

interface Places {
  /** Ids of the rows at the places; the first is that of row number `stride`. */
  ids: string[];
  until: number;
  /** Those who need more places wait for those who are finding some. */
  finding: Promise<void>;
}

/**
 * Remembers for some seconds where in a large list every thousandth row is. A page by index (RFC 7644 §3.4.2.4) that is
 * far from the beginning would have to count its way there, so that a client that reads a million users would count
 * five thousand million rows. What comes and goes meanwhile in front of such a page shifts it some seconds later.
 */
export class PlaceMemory {
  readonly #lists = new Map<string, Places>();

  /**
   * The row to start behind, and how many to skip there, for a page at this distance from the first row.
   *
   * @param key    which list: directory, type and filter
   * @param read   ids of the next rows at places, so many at most, behind a row or from the beginning
   * @returns undefined near the beginning
   */
  async find(
    key: string,
    offset: number,
    read: (behind: string | undefined, count: number) => Promise<string[]>,
  ): Promise<{ id: string; skip: number } | undefined> {
    if (offset < leastOffset) return undefined;
    const places = this.#placesOf(key);
    const wanted = Math.floor(offset / stride);
    const extend = async () => {
      const missing = wanted - places.ids.length;
      if (missing <= 0) return;
      const startedAt = performance.now();
      places.ids.push(...(await read(places.ids.at(-1), missing)));
      places.until += (performance.now() - startedAt) * shareOfTime;
    };
    const found = places.finding.then(extend);
    places.finding = found.catch(() => {});
    await found;
    const at = Math.min(wanted, places.ids.length);
    const id = places.ids[at - 1];
    return id === undefined ? undefined : { id, skip: offset - at * stride };
  }

  #placesOf(key: string): Places {
    const known = this.#lists.get(key);
    if (known !== undefined && performance.now() < known.until) return known;
    this.#lists.delete(key);
    const oldest = this.#lists.size >= most ? this.#lists.keys().next().value : undefined;
    if (oldest !== undefined) this.#lists.delete(oldest);
    const places: Places = { ids: [], until: performance.now() + 1000, finding: Promise.resolve() };
    this.#lists.set(key, places);
    return places;
  }
}
