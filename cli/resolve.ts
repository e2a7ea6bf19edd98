/** `holdfast resolve`: says what became of a call that nobody knows the end of. */
import type { Resolution, ResolveOptions } from '../client';
import type { ActFlags } from './act-flags';
import { wantsJson } from './connection-flags';
import { findCall, withSession } from './find-session';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';
import { whoAmI } from './who-am-i';

export interface ResolveFlags extends ActFlags {
  /** JSON text: what the tool would have returned. */
  readonly applied?: string;
  readonly absent?: boolean;
  readonly giveUp?: boolean;
}

const SAID: Readonly<Record<Resolution, string>> = {
  applied: 'happened; the turn goes on with its result',
  absent: 'did not happen; it is run (again)',
  give_up: 'is given up; the model is told that nobody knows',
};

export async function resolveCall(sessionText: string, callText: string, flags: ResolveFlags, io: Io): Promise<number> {
  const decision = readDecision(flags);
  return withSession(sessionText, flags, io, async (session) => {
    const pending = await session.pending();
    const callId = findCall(
      callText,
      pending.filter(({ call }) => call).map(({ id }) => id),
    );
    const { by = whoAmI(), reason, actId } = flags;
    const done = await session.resolve(callId, { ...decision, by, reason, actId });
    const earlier = done.as === decision.as ? '' : ' (as was decided before)';
    const text = `call ${callId} ${SAID[done.as]}${earlier}`;
    writeLine(io.stdout, wantsJson(flags) ? JSON.stringify(done, null, 2) : text);
    return 0;
  });
}

/** @throws UsageError unless exactly one decision is given. */
function readDecision({ applied, absent, giveUp }: ResolveFlags): Pick<ResolveOptions, 'as' | 'result'> {
  if ([applied !== undefined, absent === true, giveUp === true].filter(Boolean).length !== 1)
    throw new UsageError('say one of: --applied <json>, --absent, --give-up');
  if (applied === undefined) return { as: absent ? 'absent' : 'give_up' };
  try {
    return { as: 'applied', result: JSON.parse(applied) as ResolveOptions['result'] };
  } catch {
    throw new UsageError(
      `--applied takes JSON, what the tool would have returned, e.g. '{"id": 7}'; a text needs its quotes: '"done"'`,
    );
  }
}
