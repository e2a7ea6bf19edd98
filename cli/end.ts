/** `holdfast end`: ends a session; what is in flight finishes and is recorded. */
import { userInfo } from 'node:os';
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';

export interface EndFlags extends ConnectionFlags, OutputFlags {
  readonly by?: string;
  readonly reason?: string;
}

export async function endSession(sessionId: string, flags: EndFlags, io: Io): Promise<number> {
  return withClient(flags, async (client) => {
    const done = await client.session(sessionId).end({ by: flags.by ?? whoAmI(), reason: flags.reason });
    writeLine(
      io.stdout,
      wantsJson(flags) ? JSON.stringify(done, null, 2) : `session ${sessionId} ends: ${done.status}`,
    );
    return 0;
  });
}

/** For the record; a user without a name in the system's list (as in some containers) has none here. */
function whoAmI(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    return undefined;
  }
}
