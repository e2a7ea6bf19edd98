/** `holdfast undo`: undoes a call that succeeded, by its tool's own compensation. */
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { safeLine } from './terminal-text';
import { whoAmI } from './who-am-i';

export interface UndoFlags extends ConnectionFlags, OutputFlags {
  readonly by?: string;
  readonly reason?: string;
}

/** @returns the exit code: 1 where the call is still in force, or nobody knows. */
export async function undoCall(sessionId: string, callId: string, flags: UndoFlags, io: Io): Promise<number> {
  return withClient(flags, async (client) => {
    const { by = whoAmI(), reason } = flags;
    const done = await client.session(sessionId).undo(callId, { by, reason });
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
