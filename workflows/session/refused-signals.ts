/** What is kept of signals that were refused: as much of them as can be read, made inert. Plain code. */
import { inertLine } from '../contracts/display';
import { isPlainObject } from '../contracts/json';
import type { RefusedAct } from '../contracts/messages';
import { INTERVENTION_SIGNAL } from '../contracts/names';

type Refused = Omit<RefusedAct, 'at'>;

const MAX_SHOWN_PROBLEM = 300;

/** @param raw the signal's argument, unchecked. @param problem why it was refused, in words. */
export function refusedSignal(raw: unknown, problem: string): Refused {
  const { act, callId, by } = isPlainObject(raw) ? raw : {};
  return {
    message: INTERVENTION_SIGNAL,
    ...field('act', act, 40),
    ...field('callId', callId, 200),
    ...field('by', by, 200),
    problem: inertLine(problem, MAX_SHOWN_PROBLEM),
  };
}

/** @param name of a signal that no handler is for. */
export function unknownSignal(name: string): Refused {
  return {
    message: inertLine(name, 100),
    problem: `there is no signal of this name; acts of people are the signal ${INTERVENTION_SIGNAL}`,
  };
}

function field(name: 'act' | 'callId' | 'by', value: unknown, max: number): Partial<Refused> {
  return typeof value === 'string' && value !== '' ? { [name]: inertLine(value, max) } : {};
}
