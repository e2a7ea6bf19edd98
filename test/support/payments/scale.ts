/** How much of a test is played: a sample in `npm test`, everything in `npm run prove`. */

/** Set by `npm run prove`. */
export const FULL = process.env.HOLDFAST_PROVE === '1';

/** Chooses samples; the same one plays the same ones again. */
export const SEED = Number(process.env.HOLDFAST_TEST_SEED ?? 7);

/** Runs of one sweep at a time; absent: as many as a sweep takes. In `npm test` two files share the machine, the proof has it to itself. */
export const LANES = FULL ? undefined : 4;
