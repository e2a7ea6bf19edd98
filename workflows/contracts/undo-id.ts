/** Ids of compensations: `<call>.undo`, and `<call>.undo2`, … where the one before is known to have been in vain. Each is a call of its own to the ledger. */
import { UNDO_SUFFIX } from './names';

/** @param inVain how many ended without having undone anything. */
export function undoIdOf(callId: string, inVain: number): string {
  return `${callId}${UNDO_SUFFIX}${inVain === 0 ? '' : inVain + 1}`;
}

/** The call that a compensation undoes; undefined for the id of another call. */
export function undoneCallOf(undoId: string): string | undefined {
  const at = undoId.lastIndexOf(UNDO_SUFFIX);
  return at > 0 && /^\d*$/.test(undoId.slice(at + UNDO_SUFFIX.length)) ? undoId.slice(0, at) : undefined;
}
