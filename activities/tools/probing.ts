/**
 * Asks a destination what became of an earlier attempt (`reconcile`). `applied` and `unknown` are final. `absent` counts only once nothing of
 * earlier attempts can be under way any more, and is then asked for a second time: a request may be slow, and a destination may
 * answer from a copy that lags behind.
 */
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { crashPoint } from '../crash-points';
import type { GrantedClaim, Ledger } from '../ledger/port';
import type { Attempt } from './attempt';
import { heldOrOvertaken, insistently, overtaken } from './effect-call';
import { backoffMs, retryable } from './retry-failures';
import { toolContext } from './run-body';
import { messageOf } from './throws';

/** Longest one probe may take, ms. */
const MAX_PROBE_MS = 10_000;
/** Between the two answers `absent` that count, ms; no longer than `settleWithin`. */
const SECOND_LOOK_MS = 1_000;
/** Part of what is left of an attempt that the second look may wait: below `WAIT_SHARE`, so that a short attempt gets to it, too. */
const SECOND_LOOK_SHARE = 0.2;
/** Part of what is left of an attempt that may be waited away; the rest is for the body. */
const WAIT_SHARE = 0.5;

export type ProbeEnd =
  | { readonly kind: 'applied'; readonly result: unknown }
  /** For sure: it may be run. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly message: string };

export interface ProbeParts {
  readonly attempt: Attempt;
  readonly ledger: Ledger;
  readonly claim: Pick<GrantedClaim, 'fence' | 'idempotencyKey'>;
  /** performance.now() from which `absent` counts. */
  readonly absentCountsAt: number;
  readonly settleWithinMs: number;
}

type Answer = ProbeEnd | { readonly kind: 'failed'; readonly message: string };

/**
 * Needs a held lease, and keeps it but where it throws.
 * @throws ToolFailed (retryable) for a probe that failed and for a wait that does not fit into the attempt; LeaseHeld (retryable) where
 *   another attempt has the call by now; LedgerUnavailable.
 */
export async function probe(parts: ProbeParts): Promise<ProbeEnd> {
  const { attempt, absentCountsAt, settleWithinMs } = parts;
  let seenAbsent = 0;
  for (;;) {
    await heldOrOvertaken(attempt);
    const askedAt = performance.now();
    const answer = await ask(parts);
    if (attempt.stop === 'gone') throw overtaken(attempt);
    switch (answer.kind) {
      case 'applied':
      case 'unknown':
        return answer;
      case 'failed':
        return probeFailed(parts, answer.message);
      case 'absent':
        break;
    }
    if (askedAt >= absentCountsAt) seenAbsent += 1;
    if (seenAbsent === 2) return answer;
    const waitMs =
      seenAbsent === 1
        ? Math.min(SECOND_LOOK_MS, settleWithinMs, attempt.remainingMs() * SECOND_LOOK_SHARE)
        : Math.max(0, absentCountsAt - performance.now());
    const leaves = attempt.stop === 'leaving' && seenAbsent === 0;
    if (leaves || waitMs > attempt.remainingMs() * WAIT_SHARE) return comeBackLater(parts, waitMs);
    await pause(attempt, waitMs);
  }
}

/** One question, bounded: a destination that does not answer must not use up the attempt. */
async function ask({ attempt, claim }: ProbeParts): Promise<Answer> {
  const { tool, args } = attempt;
  const controller = new AbortController();
  // A cancel does not stop a probe: what became of the call is told all the same.
  const onAbort = () => {
    if (!attempt.isCancelled() || !attempt.keeper.isHeld()) controller.abort(attempt.signal.reason);
  };
  attempt.signal.addEventListener('abort', onAbort);
  if (attempt.signal.aborted) onAbort();
  const { signal } = controller;
  const probing = (async (): Promise<Answer> => {
    try {
      if (!tool.reconcile) throw new TypeError(`${tool.name} has no reconcile`);
      crashPoint('tool.before-probe', tool.name);
      const context = toolContext(attempt, { idempotencyKey: claim.idempotencyKey, signal });
      const said = await tool.reconcile(args, context);
      crashPoint('tool.after-probe', tool.name);
      return understood(tool.name, said);
    } catch (error) {
      return { kind: 'failed', message: messageOf(error) };
    }
  })();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Answer>((resolve) => {
    const boundMs = Math.max(1, Math.min(MAX_PROBE_MS, attempt.remainingMs()));
    timer = setTimeout(() => {
      const message = `its reconcile did not answer within ${boundMs >= 1_000 ? `${Math.round(boundMs / 1_000)} s` : `${Math.round(boundMs)} ms`}`;
      controller.abort(new DOMException(message, 'TimeoutError'));
      resolve({ kind: 'failed', message });
    }, boundMs);
  });
  try {
    return await Promise.race([probing, late]);
  } finally {
    clearTimeout(timer);
    attempt.signal.removeEventListener('abort', onAbort);
  }
}

function understood(tool: string, said: unknown): Answer {
  const { kind, result } = (said ?? {}) as { kind?: unknown; result?: unknown };
  switch (kind) {
    case 'applied':
      return { kind, result };
    case 'absent':
      return { kind };
    case 'unknown':
      return {
        kind,
        message: `an earlier attempt of ${tool} was cut off, and its destination does not know what became of it; do not repeat it`,
      };
    default:
      return {
        kind: 'failed',
        message: `its reconcile must answer { kind: 'applied', result }, { kind: 'absent' } or { kind: 'unknown' }`,
      };
  }
}

/** Counted apart from failures of the effect. The count reaches the next attempt in the heartbeat's details. */
async function probeFailed(parts: ProbeParts, message: string): Promise<ProbeEnd> {
  const { attempt } = parts;
  const { tool, input } = attempt;
  if (!attempt.keeper.isHeld()) throw overtaken(attempt);
  attempt.probeFailures += 1;
  const failures = attempt.probeFailures;
  if (failures >= input.policy.attempts || attempt.isCancelled()) {
    const kind = 'unknown';
    return {
      kind,
      message:
        `an earlier attempt of ${tool.name} was cut off, and its destination could not be asked what became of it ` +
        `(${failures} ${failures === 1 ? 'try' : 'tries'}; the last time: ${message}); do not repeat it`,
    };
  }
  attempt.heartbeat();
  await giveBack(parts);
  throw retryable(
    FAILURE_TYPES.toolFailed,
    `${tool.name}: an earlier attempt was cut off, and asking what became of it failed: ${message}`,
    backoffMs(input.policy, failures),
  );
}

/** The rest of the wait needs no attempt; a body that follows then has all of its time. */
async function comeBackLater(parts: ProbeParts, waitMs: number): Promise<ProbeEnd> {
  const { attempt } = parts;
  const { name } = attempt.tool;
  if (attempt.isCancelled()) {
    const message = `${name} was cancelled while it ran; its destination does not have it so far, and whether it still comes is not known`;
    return { kind: 'unknown', message };
  }
  await giveBack(parts);
  throw retryable(
    FAILURE_TYPES.toolFailed,
    `${name}: an earlier attempt was cut off; its destination does not have it so far, and is asked again when nothing can be under way any more`,
    waitMs,
  );
}

async function giveBack({ attempt, ledger, claim, absentCountsAt, settleWithinMs }: ProbeParts): Promise<void> {
  const { callKey, keeper } = attempt;
  const mayRunForMs = () => Math.max(0, absentCountsAt - settleWithinMs - performance.now());
  const given = await insistently(attempt, () =>
    ledger.giveBack({ callKey, fence: claim.fence, mayRunForMs: Math.ceil(mayRunForMs()) }),
  );
  if (!given) throw overtaken(attempt);
  keeper.letGo();
}

/** @throws LeaseHeld once the call is another attempt's. */
async function pause(attempt: Attempt, ms: number): Promise<void> {
  const lost = () => attempt.stop === 'gone' || !attempt.keeper.isHeld();
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      attempt.signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = () => {
      if (lost()) end();
    };
    // A timer may fire a moment early.
    const timer = setTimeout(end, Math.ceil(ms) + 1);
    attempt.signal.addEventListener('abort', onAbort);
  });
  if (lost()) throw overtaken(attempt);
}
