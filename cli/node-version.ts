/** The check that comes before everything else is loaded, since what is loaded next does not run on an older Node. Imports nothing. */

/** Lowest Node that has everything used here (`node:sqlite` with timeouts came with it). */
export const MIN_NODE = { major: 22, minor: 16 } as const;

/**
 * @param version e.g. `v20.19.4`.
 * @returns a sentence for people, or null where the version will do.
 */
export function nodeVersionProblem(version: string): string | null {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  const major = Number(match?.[1] ?? 0);
  const minor = Number(match?.[2] ?? 0);
  if (major > MIN_NODE.major || (major === MIN_NODE.major && minor >= MIN_NODE.minor)) return null;
  return `this needs Node ${MIN_NODE.major}.${MIN_NODE.minor} or later, and this is ${version}; install a newer Node, or run it through npx or npm run, which use the one that comes with the package`;
}
