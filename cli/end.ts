/** `holdfast end`: ends a session; what is in flight finishes and is recorded. */
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { whoAmI } from './who-am-i';

export interface EndFlags extends ConnectionFlags, OutputFlags {
  readonly by?: string;
  readonly reason?: string;
  /** Undo what the running turn did. */
  readonly compensate?: boolean;
}

export async function endSession(sessionId: string, flags: EndFlags, io: Io): Promise<number> {
  return withClient(flags, async (client) => {
    const { by = whoAmI(), reason, compensate } = flags;
    const onStop = compensate === true ? 'compensate' : undefined;
    const done = await client.session(sessionId).end({ by, reason, onStop });
    writeLine(
      io.stdout,
      wantsJson(flags) ? JSON.stringify(done, null, 2) : `session ${sessionId} ends: ${done.status}`,
    );
    return 0;
  });
}
