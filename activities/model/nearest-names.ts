/** Which names a model may have meant. */

/** Longest name compared: names are at most 64, and the cost is the product of both lengths. */
const MAX_COMPARED = 64;

/** `functions.cancelOrder` and `cancel_order` are the same to a reader: compared without case, separators and a prefix. */
function plain(name: string): string {
  return name
    .slice(0, MAX_COMPARED)
    .replace(/^(?:functions?|tools?)[./:]/i, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Levenshtein distance: the least number of characters to add, drop or change. */
export function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const change = (previous[column - 1] as number) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[right.length] as number;
}

/** Up to three names, nearest first, that differ from `name` in at most a third of their characters. */
export function nearestNames(name: string, names: Iterable<string>): readonly string[] {
  const wanted = plain(name);
  if (wanted === '') return [];
  return [...names]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(plain(candidate).length / 3)))
    .sort((left, right) => left.distance - right.distance || (left.candidate < right.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}
