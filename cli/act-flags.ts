/** What the commands have in common by which people act on a session: who does it and why, for the record. */
import type { NamedActOptions } from '../client';
import type { ConnectionFlags, OutputFlags } from './connection-flags';
import { UsageError } from './report-error';
import { whoAmI } from './who-am-i';

export interface ActFlags extends ConnectionFlags, OutputFlags {
  readonly by?: string;
  readonly reason?: string;
  /** A repeat under the same id is answered without acting again. */
  readonly actId?: string;
}

/** @throws UsageError where neither the flags nor the system say who acts. */
export function namedAct({ by = whoAmI(), reason, actId }: ActFlags): NamedActOptions {
  if (by === undefined) throw new UsageError('say who does it: --by <name>');
  return { by, reason, actId };
}

/** @param flag as it is typed, for the refusal. @throws UsageError */
export function readJson(flag: string, text: string, example: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`${flag} takes JSON, ${example}; a text needs its quotes: '"done"'`);
  }
}
