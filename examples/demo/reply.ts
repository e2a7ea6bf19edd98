/** What a demo makes of the answer to a message. */
import type { SendResult } from '../../client';

/** @throws Error for anything but an answer. */
export function readReply(result: SendResult): string {
  switch (result.kind) {
    case 'reply':
      return result.partial === undefined ? result.text : `${result.text}\n(partial: ${result.partial})`;
    case 'stopped':
      throw new Error(`The turn was stopped (${result.reason}): ${result.message}`);
    case 'ended':
      throw new Error(`The session ended before it answered (${result.status}): ${result.reason}`);
    case 'waiting_for_human':
    case 'with_person':
    case 'queued':
    case 'continued':
      throw new Error(`Expected a reply, and the session says ${result.kind}.`);
  }
}
