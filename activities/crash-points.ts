/**
 * Named places in worker code at which a test may have the process killed: armed from outside by `HOLDFAST_CRASH_AT`, one of
 * `<point>`, `<point>#<n>` (the n-th hit), `<point>[detail]#<n>` (only hits with that detail, e.g. a tool's name).
 * `HOLDFAST_STOP_AT`, written the same way, stops it there (SIGSTOP) until somebody continues it. `HOLDFAST_CRASH_LOG` names a file to
 * which a line is added for each point that is passed. With none of them set, a point is one comparison with undefined.
 */
import { appendFileSync } from 'node:fs';

export const CRASH_POINTS = [
  'model.before-request',
  'model.after-request',
  'model.after-record',
  'model.before-report',
  'model.after-report',
  'model.before-settle',
  'model.after-settle',
  'tool.before-intent',
  'tool.after-intent',
  'tool.before-probe',
  'tool.after-probe',
  'tool.after-effect',
  'tool.after-record',
  'tool.before-report',
  'tool.after-report',
  'resolve.before-record',
  'resolve.after-record',
  'approval.before-check',
  'approval.after-check',
  'approval.before-notify',
  'approval.after-notify',
  'approval.before-report',
  'approval.after-report',
  'conversation.before-store',
  'conversation.after-store',
  'conversation.before-report',
  'conversation.after-report',
  'workflow.before-task',
  'workflow.before-completion',
  'workflow.after-completion',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

/** A point with the hit that is meant. */
export interface ArmedPoint {
  readonly point: CrashPoint;
  /** Absent: hits with any detail count. */
  readonly detail?: string;
  /** From 1. */
  readonly hit: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is done at the points of this process. */
interface Watch {
  readonly armed: readonly { readonly at: ArmedPoint; readonly signal: 'SIGKILL' | 'SIGSTOP' }[];
  readonly log?: string;
  /** Hits so far, of each point and of each point with its detail. */
  readonly hits: Map<string, number>;
}

const watch = watchOf(process.env);

/** True where points are armed or recorded in this process. */
export const CRASH_POINTS_WATCHED = watch !== undefined;

function watchOf(env: Environment): Watch | undefined {
  const crash = parseArmed(env.HOLDFAST_CRASH_AT);
  const stop = parseArmed(env.HOLDFAST_STOP_AT, 'HOLDFAST_STOP_AT');
  const log = env.HOLDFAST_CRASH_LOG || undefined;
  if (crash === undefined && stop === undefined && log === undefined) return undefined;
  return {
    armed: [
      ...(crash === undefined ? [] : [{ at: crash, signal: 'SIGKILL' } as const]),
      ...(stop === undefined ? [] : [{ at: stop, signal: 'SIGSTOP' } as const]),
    ],
    log,
    hits: new Map(),
  };
}

/**
 * @param text as in the environment; empty is absent.
 * @param source what the text is, for the error.
 * @throws TypeError that names the points that exist.
 */
export function parseArmed(text: string | undefined, source = 'HOLDFAST_CRASH_AT'): ArmedPoint | undefined {
  if (!text) return undefined;
  const match = /^([a-z.-]+)(?:\[([^\]]+)\])?(?:#([1-9]\d{0,8}))?$/.exec(text);
  const point = CRASH_POINTS.find((name) => name === match?.[1]);
  if (!match || !point) {
    throw new TypeError(
      `${source} must be <point>[detail]#<n> with a point out of ${CRASH_POINTS.join(', ')}; got ${JSON.stringify(text)}`,
    );
  }
  return { point, detail: match[2], hit: match[3] === undefined ? 1 : Number(match[3]) };
}

/** `<point>[detail]`, or `<point>` where there is no detail. */
export function pointName(point: string, detail?: string): string {
  return detail === undefined ? point : `${point}[${detail}]`;
}

/**
 * Passes a point. Where it is armed and this is its n-th hit, this process is killed, with no chance to clean up, or stopped.
 * @param detail the tool, `<tool>.undo`, the agent or the kind of a notification; of workflow points there is none.
 */
export function crashPoint(point: CrashPoint, detail?: string): void {
  if (watch !== undefined) pass(watch, point, detail);
}

function pass({ armed, log, hits }: Watch, point: CrashPoint, detail: string | undefined): void {
  const name = pointName(point, detail);
  for (const key of new Set([point, name])) hits.set(key, (hits.get(key) ?? 0) + 1);
  // Written before the process dies here, at once and by the process itself, so that nothing is lost with it.
  if (log !== undefined) appendFileSync(log, `${Date.now()} ${process.pid} ${name}#${hits.get(name) ?? 0}\n`);
  for (const { at, signal } of armed) {
    if (at.point !== point || (at.detail !== undefined && at.detail !== detail)) continue;
    if (hits.get(at.detail === undefined ? point : name) === at.hit) process.kill(process.pid, signal);
  }
}
