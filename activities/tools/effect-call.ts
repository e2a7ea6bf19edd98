/** What calls with an effect share: the claim's request, what a claim that is not granted reports, and patience with the ledger. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { canonicalJson, findLoneSurrogate } from '../../workflows/contracts/json';
import type { SessionIdentity, Tool } from '../../agents/define-tool';
import type { EffectClass, RejectedOutcome, ToolCallReport } from '../../workflows/contracts/tool';
import { OWNER } from '../ledger/call-identity';
import {
  LedgerUnavailable,
  type Ledger,
  type Releases,
  type ToolCallClaim,
  type ToolCallClaimRequest,
} from '../ledger/port';
import type { Attempt } from './attempt';
import { LeaseLost } from './lease-keeper';
import { refuse } from './refuse';
import { jittered, leaseHeld, retryable } from './retry-failures';
import { messageOf } from './throws';

/** Longest business key, UTF-16 units: it is part of an index. */
const MAX_KEY = 500;
/** How long an attempt waits for a lease here before it makes room for others, beyond one lease, ms. */
const PATIENCE_MS = 500;

export type ClaimRequestResult =
  | { readonly ok: true; readonly request: ToolCallClaimRequest }
  | { readonly ok: false; readonly outcome: RejectedOutcome };

/** A key that cannot be made or stored is refused before anything runs. */
export function claimRequest(attempt: Attempt, effect: EffectClass): ClaimRequestResult {
  const { input, tool, args } = attempt;
  const request: ToolCallClaimRequest = {
    callKey: attempt.callKey,
    tenant: input.tenant ?? '',
    tool: tool.name,
    effect,
    argsHash: input.argsHash,
    args: input.args,
    attempt: attempt.number,
    owner: OWNER,
    leaseMs: attempt.heartbeatMs,
    keyValidForMs: tool.keyValidForMs,
    ...(effect === 'reconcilable' ? { settleWithinMs: tool.settleWithinMs } : {}),
  };
  if (!tool.key) return { ok: true, request };
  try {
    const businessKey = tool.key(args, attempt.session);
    const problem = keyProblem(businessKey);
    if (problem) return refusedKey(tool.name, problem);
    return {
      ok: true,
      request: { ...request, businessKey, sameAs: canonicalJson(tool.sameAs ? tool.sameAs(args) : input.args) },
    };
  } catch (error) {
    return refusedKey(tool.name, messageOf(error));
  }
}

function keyProblem(key: unknown): string | null {
  if (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY)
    return `it must be a text of 1 to ${MAX_KEY} characters`;
  return key.includes('\0') || findLoneSurrogate(key) >= 0 ? 'it holds a character that is no text' : null;
}

function refusedKey(tool: string, why: string): ClaimRequestResult {
  const message = `${tool} was not run: its key could not be made from these arguments (${why})`;
  return { ok: false, outcome: { kind: 'rejected', reason: 'invalid_arguments', message } };
}

/** Keys of the tool whose effects a success of this one undoes. @throws whatever the tool's own function throws, and for what is no key. */
export function releasesOf({ tool, args, input, session, releases }: Attempt, result: unknown): Releases | undefined {
  return releases ?? releasesBy(tool, args, result, session, input.tenant);
}

/** The same without an attempt: for a call that a person says has happened. */
export function releasesBy(
  tool: Tool,
  args: unknown,
  result: unknown,
  session: SessionIdentity,
  tenant = '',
): Releases | undefined {
  if (!tool.releases) return undefined;
  const keys: unknown = tool.releases.keys(args, result, session);
  if (!Array.isArray(keys) || !keys.every((key): key is string => keyProblem(key) === null)) {
    throw new TypeError(`releases.keys of ${tool.name} must return a list of texts of 1 to ${MAX_KEY} characters`);
  }
  return { tenant, tool: tool.releases.tool, keys };
}

type Ungranted = Exclude<ToolCallClaim, { kind: 'run' | 'held' | 'unknown' }>;

/** The report of a call that is answered without running. A conflict is recorded as its outcome. */
export async function reportUngranted(attempt: Attempt, ledger: Ledger, claim: Ungranted): Promise<ToolCallReport> {
  switch (claim.kind) {
    case 'replayed':
      return attempt.report(claim.outcome, 'replayed', claim.generation);
    case 'deduplicated':
      return attempt.report(claim.outcome, 'deduplicated', claim.generation);
    case 'conflict': {
      const message =
        `${attempt.tool.name} was not run: an earlier call (${claim.byCall}) already did the same with other values, and those ` +
        `stand: ${claim.sameAs.slice(0, 1000)}. Undo or change the earlier one first, or use its values.`;
      const outcome = { kind: 'rejected', reason: 'conflict', message } as const;
      const report = await refuse(ledger, attempt.input, attempt.number, outcome);
      return report.outcome === outcome ? { ...report, generation: claim.generation } : report;
    }
  }
}

/**
 * Waits here for a lease that is about to end: sooner than another attempt would come, and without using one up.
 * @throws LeaseHeld (retryable) when it is held for longer.
 */
export async function whileHeld<T extends { readonly kind: string }>(
  attempt: Attempt,
  claim: () => Promise<T | Extract<ToolCallClaim, { kind: 'held' }>>,
): Promise<Exclude<T, { kind: 'held' }>> {
  const until = performance.now() + Math.min(attempt.heartbeatMs + PATIENCE_MS, attempt.remainingMs());
  for (;;) {
    const claimed = await claim();
    if (claimed.kind !== 'held') return claimed as Exclude<T, { kind: 'held' }>;
    const { retryInMs } = claimed as Extract<ToolCallClaim, { kind: 'held' }>;
    if (performance.now() + retryInMs > until) {
      throw leaseHeld(
        `${attempt.tool.name} is being run by another attempt or another call for the same key`,
        attempt.number,
        retryInMs,
      );
    }
    await sleep(retryInMs + Math.random() * 20);
  }
}

/**
 * Writes to the ledger what is known, again and again while it cannot be reached and the attempt's time lasts: to lose it
 * would mean that the next attempt has to find it out.
 * @throws LedgerUnavailable when the time is over.
 */
export async function insistently<T>(attempt: Attempt, write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof LedgerUnavailable) || attempt.recordingMs() <= 0) throw error;
      attempt.log.warn('the ledger cannot be reached; it is tried again', { tries, why: error.message });
      await sleep(Math.min(attempt.recordingMs(), jittered(Math.min(1_000, 50 * 2 ** Math.min(tries, 6)))));
    }
  }
}

/** Commits an outcome. @throws LeaseHeld (retryable) where another attempt owns the call by now: it will report. */
export async function settle(
  attempt: Attempt,
  ledger: Ledger,
  request: Parameters<Ledger['settleToolCall']>[0],
): Promise<void> {
  const written = await insistently(attempt, () => ledger.settleToolCall(request));
  attempt.keeper.letGo();
  if (written === 'fenced') throw overtaken(attempt);
}

export function overtaken(attempt: Attempt): Error {
  return leaseHeld(
    `this attempt of ${attempt.tool.name} lost its lease on the call; the attempt that has it reports`,
    attempt.number,
    1,
  );
}

/** Makes sure of the lease right before something is sent out. @throws LeaseHeld (retryable) where another attempt has it. */
export async function heldOrOvertaken(attempt: Attempt): Promise<void> {
  try {
    await attempt.keeper.ensureHeld();
  } catch (error) {
    if (error instanceof LeaseLost) throw overtaken(attempt);
    throw error;
  }
}

/** The activity's own failure for a ledger that cannot be reached. */
export function ledgerUnavailable(error: LedgerUnavailable, attempt: number): Error {
  const wait = Math.min(10_000, 250 * 2 ** Math.min(10, attempt - 1));
  return retryable(FAILURE_TYPES.ledgerUnavailable, error.message, jittered(wait));
}
