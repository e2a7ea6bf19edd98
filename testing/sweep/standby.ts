/** How a sweep and a worker that stands by talk. */

/** `1` in the environment of a worker that begins only when it is told to. */
export const STANDBY_VARIABLE = 'HOLDFAST_SWEEP_STANDBY';
/** What it is told. */
export const START_WORK = 'work';
