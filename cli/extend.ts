/** `holdfast extend`: adds to a bound; the turn that waits for it goes on. */
import type { InterveneResult, LimitName } from '../client';
import { isStillMet, limitAmount, limitLine } from '../workflows/contracts';
import type { ActFlags } from './act-flags';
import { wantsJson } from './connection-flags';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import { readLimitAmount, readLimitName } from './limit-amount';
import { whoAmI } from './who-am-i';

export interface ExtendFlags extends ActFlags {
  /** Path of the child whose bound it is. */
  readonly child?: string;
}

/**
 * @param amountText as `readLimitAmount` takes it.
 * @returns the exit code: 0 also where more is needed before the turn goes on, which is said.
 */
export async function extendBound(
  sessionText: string,
  boundText: string,
  amountText: string,
  flags: ExtendFlags,
  io: Io,
): Promise<number> {
  // Before anything is connected to: what was typed wrong is said at once.
  const bound = readLimitName(boundText);
  const amount = readLimitAmount(bound, amountText);
  return withSession(sessionText, flags, io, async (session) => {
    const { by = whoAmI(), reason, actId, child } = flags;
    const done = await session.extend(bound, amount, { by, reason, actId, child });
    if (wantsJson(flags)) writeLine(io.stdout, JSON.stringify(done, null, 2));
    else for (const line of extendedLines(done, bound, amount)) writeLine(io.stdout, line);
    return 0;
  });
}

/** What an extension did, as lines for a person. */
export function extendedLines({ limit, status }: InterveneResult, bound: LimitName, amount: number): readonly string[] {
  if (!limit) return [`${bound} is extended by ${limitAmount(bound, amount)}`];
  if (isStillMet(limit)) return [limitLine(limit), 'this is not enough yet for the turn to go on'];
  // The turn would go on by now: it waits for something else, of which `pending` tells.
  return [
    limitLine(limit),
    ...(status === 'waiting_for_human' ? ['a person is still needed: see holdfast pending'] : []),
  ];
}
