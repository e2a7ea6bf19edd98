/** What the archive's model answers: it makes the calls that the user's message asks for, all in one step, and then says that it is done. */
import { callsTools, says, type Script, type ScriptedCall } from '../../testing';

export const ARCHIVE = 'archive';

/** The message that asks for these calls. */
export const asksFor = (...calls: readonly ScriptedCall[]): string => `Please look these up: ${JSON.stringify(calls)}`;
export const LOOKED_UP = 'I have looked everything up.';

export const archiveScript: Script = {
  name: 'archive',
  turns: [],
  fallback: ({ user, position }) => {
    const [, calls] = /^Please look these up: (\[.*\])$/s.exec(user) ?? [];
    if (calls === undefined) return says(`You said: ${user}`);
    return position === 0 ? callsTools(...(JSON.parse(calls) as ScriptedCall[])) : says(LOOKED_UP);
  },
};
