/** What is said of signals and updates that were refused: as much of them as can be read, made inert. Plain code. */
import { inertLine } from '../contracts/display';
import { isPlainObject } from '../contracts/json';
import type { RefusedAct } from '../contracts/messages';
import { FAILURE_TYPES } from '../contracts/failures';
import { DECIDE_UPDATE, INTERVENE_UPDATE, INTERVENTION_SIGNAL, RESOLVE_UPDATE, SEND_UPDATE } from '../contracts/names';
import type { Refusal } from './mailbox';

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

/** @param name of an update that no handler is for. */
export function unknownUpdate(name: string): Refusal {
  const known = [SEND_UPDATE, DECIDE_UPDATE, RESOLVE_UPDATE, INTERVENE_UPDATE].join(', ');
  return {
    type: FAILURE_TYPES.refused,
    message: `a session has no update ${inertLine(name, 100)}; those that it has: ${known}`,
  };
}

function field(name: 'act' | 'callId' | 'by', value: unknown, max: number): Partial<Refused> {
  return typeof value === 'string' && value !== '' ? { [name]: inertLine(value, max) } : {};
}
