/** `holdfast end`: ends a session; what is in flight finishes and is recorded. */
import type { ActFlags } from './act-flags';
import { wantsJson } from './connection-flags';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import { whoAmI } from './who-am-i';

export interface EndFlags extends ActFlags {
  /** Undo what the running turn did. */
  readonly compensate?: boolean;
}

export async function endSession(sessionText: string, flags: EndFlags, io: Io): Promise<number> {
  return withSession(sessionText, flags, io, async (session) => {
    const { by = whoAmI(), reason, actId, compensate } = flags;
    const onStop = compensate === true ? 'compensate' : undefined;
    const done = await session.end({ by, reason, actId, onStop });
    writeLine(
      io.stdout,
      wantsJson(flags) ? JSON.stringify(done, null, 2) : `session ${session.id} ends: ${done.status}`,
    );
    return 0;
  });
}
