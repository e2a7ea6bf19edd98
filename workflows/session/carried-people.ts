/** What people said, and what waits for them, in what one run hands to the next. Part of version 1, and absent where nobody said anything. Plain code. */
import type { CarriedCall, Carry } from '../contracts/continuation';
import type { Json } from '../contracts/json';
import type { StandingDecision } from '../contracts/session';
import type { Approved, Approving, StepCall } from './running-step';
import type { Decided, SessionState } from './session-state';
import type { WaitingCall } from './waiting-call';

type People = Pick<Carry, 'standing' | 'decided' | 'paused' | 'person' | 'steered' | 'refusals' | 'lastOutcome'>;

export function carriedPeople(state: SessionState): People {
  const { standing, decided, paused, person, steered, refusals, lastOutcome } = state;
  return {
    ...(standing.length === 0 ? {} : { standing: standing.map(json) }),
    ...(decided.size === 0 ? {} : { decided: [...decided.values()].map(json) }),
    ...(paused ? { paused } : {}),
    ...(person ? { person } : {}),
    ...(steered.length === 0 ? {} : { steered }),
    ...(refusals.length === 0 ? {} : { refusals }),
    ...(lastOutcome === undefined ? {} : { lastOutcome }),
  };
}

export function restoredPeople(carry: Carry) {
  const { standing = [], decided = [], paused, person, steered = [], refusals = [], lastOutcome } = carry;
  return {
    standing: [...(standing as unknown as readonly StandingDecision[])],
    decided: new Map((decided as unknown as readonly Decided[]).map((each) => [each.callId, each])),
    paused,
    person,
    steered: [...steered],
    refusals: [...refusals],
    lastOutcome,
  };
}

/** The call's own arguments are there once. */
export function carriedCall({ call, waiting, approving, approved }: StepCall): CarriedCall {
  const { args: _waits, ...held } = waiting?.call ?? {};
  return {
    call,
    ...(waiting ? { waiting: json(held), attempt: waiting.attempt, again: waiting.again } : {}),
    ...(waiting?.said ? { said: waiting.said } : {}),
    ...(approving ? { approving: json(approving) } : {}),
    ...(approved ? { approved: json(withoutOwnArgs(call, approved)) } : {}),
  };
}

export function restoredCall(carried: CarriedCall): StepCall {
  const { call, waiting, attempt = 1, again = 1, said } = carried;
  if (call.kind !== 'run' && call.kind !== 'approval') return { call };
  const approving = carried.approving as unknown as Approving | undefined;
  const kept = carried.approved as unknown as CarriedApproved | undefined;
  const approved: Approved | undefined = kept && { ...kept, args: kept.args ?? call.args };
  const { args } = approved ?? call;
  const held = waiting && { ...(waiting as unknown as Omit<WaitingCall, 'args'>), args };
  return {
    call,
    ...(held ? { waiting: { call: held, attempt, again, ...(said ? { said } : {}) } } : {}),
    ...(approving ? { approving } : {}),
    ...(approved ? { approved } : {}),
  };
}

type CarriedApproved = Omit<Approved, 'args'> & Partial<Pick<Approved, 'args'>>;

function withoutOwnArgs(call: StepCall['call'], approved: Approved): CarriedApproved {
  if (call.kind !== 'approval' || call.argsHash !== approved.argsHash) return approved;
  const { args: _args, ...rest } = approved;
  return rest;
}

/** Values of the session's own types, of which all are JSON. */
function json(value: object): Json {
  return value as unknown as Json;
}
