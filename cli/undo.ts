/** `holdfast undo`: undoes a call that succeeded, by its tool's own compensation. */
import type { ActFlags } from './act-flags';
import { wantsJson } from './connection-flags';
import { withSession } from './find-session';
import { recentCall } from './interventions';
import { writeLine, type Io } from './io';
import { safeLine } from './terminal-text';
import { whoAmI } from './who-am-i';

/** @returns the exit code: 1 where the call is still in force, or nobody knows. */
export async function undoCall(sessionText: string, callText: string, flags: ActFlags, io: Io): Promise<number> {
  return withSession(sessionText, flags, io, async (session) => {
    const callId = await recentCall(session, callText, ({ outcome }) => outcome === 'succeeded');
    const { by = whoAmI(), reason, actId } = flags;
    const done = await session.undo(callId, { by, reason, actId });
    const { outcome } = done;
    const undone = outcome?.kind === 'succeeded';
    if (wantsJson(flags)) writeLine(io.stdout, JSON.stringify(done, null, 2));
    else if (undone) writeLine(io.stdout, `call ${callId} was undone`);
    else if (outcome) {
      const what = outcome.kind === 'unknown' ? 'nobody knows whether it was undone' : 'it was not undone';
      writeLine(io.stderr, `call ${callId}: ${what} (${outcome.kind}: ${safeLine(outcome.message, 500)})`);
    }
    return undone ? 0 : 1;
  });
}
