/** Does one thing after the other, so many at a time; in the order of the items. @throws the first error, once all ended */
export async function inParallel<Item>(
  items: readonly Item[],
  most: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const work = async () => {
    for (const item of left) await act(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(most, items.length) }, work));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
