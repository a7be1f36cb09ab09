/** What a day holds may be much: no table is asked for all of it at once. */
const together = 20;

/** Does the same with each, some at a time; what comes of it stands in their order. */
export async function sideBySide<One, Result>(
  all: readonly One[],
  act: (one: One) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < all.length; start += together)
    results.push(...(await Promise.all(all.slice(start, start + together).map(act))));
  return results;
}
