/** What calls that ran under a lease end as. The words are for the model, and none of them says more than is known. */
import type { ToolOutcome } from '../../workflows/contracts/tool';
import type { Releases } from '../ledger/port';
import type { Attempt } from './attempt';
import { releasesOf } from './effect-call';
import { toJsonResult } from './json-result';
import type { BodyEnd } from './run-body';
import { messageOf } from './throws';

export type Unsuccessful = Exclude<BodyEnd, { kind: 'returned' | 'tool_error' | 'ledger_unavailable' }>;

export interface Ran {
  readonly outcome: ToolOutcome;
  readonly releases?: Releases;
}

/** The effect has happened: whatever is wrong with what came back cannot make it a failure. */
export async function succeeded(attempt: Attempt, value: unknown): Promise<Ran> {
  const { tool, input, log } = attempt;
  const made = await toJsonResult(value, input.policy.maxResultBytes);
  const shown =
    made.kind === 'json'
      ? made
      : { result: `${tool.name} is done, but what it returned cannot be shown: ${made.problem}` };
  const outcome: ToolOutcome = {
    kind: 'succeeded',
    result: shown.result,
    ...('cutFromBytes' in shown && shown.cutFromBytes !== undefined ? { cutFromBytes: shown.cutFromBytes } : {}),
    ...attempt.state?.inOutcome(),
  };
  try {
    return { outcome, releases: releasesOf(attempt, value) };
  } catch (error) {
    log.error(
      `${tool.name} is done, but its releases.keys threw, so the keys of ${tool.releases?.tool ?? ''} stay in use`,
      { why: messageOf(error) },
    );
    return { outcome };
  }
}

/**
 * What the tool says of this attempt says nothing about an earlier one that was cut off: "that slot is taken" may be its own booking,
 * seen by a check that comes before the request with the key.
 */
export function toolError({ tool }: Attempt, message: string, inDoubt: boolean): ToolOutcome {
  if (!inDoubt) return { kind: 'failed', reason: 'tool_error', message };
  return {
    kind: 'unknown',
    message: `an earlier attempt of ${tool.name} was cut off, so whether it happened is not known; asked again, it said: ${message}`,
  };
}

export function exhausted(
  { tool }: Attempt,
  failures: number,
  inDoubt: boolean,
  last?: Pick<Unsuccessful, 'message'> & { readonly kind?: Unsuccessful['kind'] },
): ToolOutcome {
  const message = `${tool.name} failed ${failures} times${last ? `; the last time: ${last.message}` : ''}`;
  if (inDoubt) return { kind: 'unknown', message: `${message}. Whether it happened is not known; do not repeat it` };
  return { kind: 'failed', reason: last?.kind === 'timed_out' ? 'timed_out' : 'attempts_exhausted', message };
}

/** A body whose failure leaves a doubt, under a class that never runs it again. */
export function brokenOff({ tool }: Attempt, { message }: Unsuccessful): ToolOutcome {
  return {
    kind: 'unknown',
    message: `${tool.name} broke off: ${message}. Whether it happened is not known; do not repeat it`,
  };
}

export function cancelled({ tool }: Attempt, inDoubt: boolean): ToolOutcome {
  if (!inDoubt) return { kind: 'cancelled', message: `${tool.name} was cancelled before it changed anything` };
  return { kind: 'unknown', message: `${tool.name} was cancelled while it ran; whether it happened is not known` };
}
