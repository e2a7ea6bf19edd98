/** `holdfast resolve`: says what became of a call that nobody knows the end of. */
import type { Resolution, ResolveOptions } from '../client';
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';
import { whoAmI } from './who-am-i';

export interface ResolveFlags extends ConnectionFlags, OutputFlags {
  /** JSON text: what the tool would have returned. */
  readonly applied?: string;
  readonly absent?: boolean;
  readonly giveUp?: boolean;
  readonly by?: string;
  readonly reason?: string;
}

const SAID: Readonly<Record<Resolution, string>> = {
  applied: 'happened; the turn goes on with its result',
  absent: 'did not happen; it is run (again)',
  give_up: 'is given up; the model is told that nobody knows',
};

export async function resolveCall(sessionId: string, callId: string, flags: ResolveFlags, io: Io): Promise<number> {
  const decision = readDecision(flags);
  return withClient(flags, async (client) => {
    const { by = whoAmI(), reason } = flags;
    const done = await client.session(sessionId).resolve(callId, { ...decision, by, reason });
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
