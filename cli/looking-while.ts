/** Looks again and again while something goes on, so that what happens is shown as it does. */

/** @param look never rejects. @returns what `work` comes to, after a last look. */
export async function lookingWhile<T>(work: Promise<T>, everyMs: number, look: () => Promise<void>): Promise<T> {
  let finished = false;
  const done = work.then(
    () => void (finished = true),
    () => void (finished = true),
  );
  while (!finished) {
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, everyMs))]);
    await Promise.race([done, look()]);
  }
  // Waited for, so that the calls come before the answer they led to.
  await look();
  return work;
}
