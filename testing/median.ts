/** The middle of measured values. */

/**
 * The value at a share of the sorted values, between the two nearest.
 * @param share 0 to 1; 0.5 is the median.
 * @throws RangeError for an empty list.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) throw new RangeError('a quantile of nothing is asked for');
  return low + (high - low) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
