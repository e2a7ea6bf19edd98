/**
 * Named places in worker code at which a test may have the process killed: armed from outside by `HOLDFAST_CRASH_AT`, one of
 * `<point>`, `<point>#<n>` (the n-th hit), `<point>[detail]#<n>` (only hits with that detail, e.g. a tool's name).
 * Not armed, a point is one comparison with undefined.
 */
export const CRASH_POINTS = [
  'model.before-request',
  'model.after-request',
  'model.after-record',
  'tool.before-intent',
  'tool.after-intent',
  'tool.after-effect',
  'tool.after-record',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

interface Armed {
  readonly point: string;
  readonly detail?: string;
  readonly hit: number;
}

let hits = 0;
const armed = parseArmed(process.env.HOLDFAST_CRASH_AT);

/** @throws TypeError that names the points that exist. */
export function parseArmed(text: string | undefined): Armed | undefined {
  if (!text) return undefined;
  const match = /^([a-z.-]+)(?:\[([^\]]*)\])?(?:#(\d+))?$/.exec(text);
  const point = match?.[1];
  if (!match || !point || !(CRASH_POINTS as readonly string[]).includes(point)) {
    throw new TypeError(
      `HOLDFAST_CRASH_AT must be <point>[detail]#<n> with a point out of ${CRASH_POINTS.join(', ')}; got ${JSON.stringify(text)}`,
    );
  }
  return { point, detail: match[2], hit: match[3] === undefined ? 1 : Number(match[3]) };
}

/** Kills this process, with no chance to clean up, when the point is armed and this is its n-th hit. */
export function crashPoint(point: CrashPoint, detail?: string): void {
  if (armed === undefined || armed.point !== point) return;
  if (armed.detail !== undefined && armed.detail !== detail) return;
  hits += 1;
  if (hits === armed.hit) process.kill(process.pid, 'SIGKILL');
}
