/** `holdfast stop`: stops the running turn; the session stays open. */
import { wantsJson } from './connection-flags';
import type { EndFlags } from './end';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import { whoAmI } from './who-am-i';

export async function stopTurn(sessionText: string, flags: EndFlags, io: Io): Promise<number> {
  return withSession(sessionText, flags, io, async (session) => {
    const { by = whoAmI(), reason, actId, compensate } = flags;
    const onStop = compensate === true ? 'compensate' : undefined;
    const done = await session.stop({ by, reason, actId, onStop });
    const text = `the turn of session ${session.id} is being stopped; what is in flight finishes and is recorded`;
    writeLine(io.stdout, wantsJson(flags) ? JSON.stringify(done, null, 2) : text);
    return 0;
  });
}
