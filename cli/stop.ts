/** `holdfast stop`: stops the running turn; the session stays open. */
import { wantsJson, withClient } from './connection-flags';
import type { EndFlags } from './end';
import { writeLine, type Io } from './io';
import { whoAmI } from './who-am-i';

export async function stopTurn(sessionId: string, flags: EndFlags, io: Io): Promise<number> {
  return withClient(flags, async (client) => {
    const { by = whoAmI(), reason, compensate } = flags;
    const onStop = compensate === true ? 'compensate' : undefined;
    const done = await client.session(sessionId).stop({ by, reason, onStop });
    const text = `the turn of session ${sessionId} is being stopped; what is in flight finishes and is recorded`;
    writeLine(io.stdout, wantsJson(flags) ? JSON.stringify(done, null, 2) : text);
    return 0;
  });
}
