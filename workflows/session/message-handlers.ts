/** The session's updates and signals, connected to what takes them in. Wiring only. */
import type { UpdateDefinition } from '@temporalio/common';
import {
  ApplicationFailure,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setDefaultUpdateHandler,
  setHandler,
} from '@temporalio/workflow';
import { checkDecideRequest, checkInterveneRequest, checkResolveRequest } from '../contracts/check-acts';
import { checkSendRequest, type Checked } from '../contracts/check-messages';
import { inertLine } from '../contracts/display';
import { FAILURE_TYPES } from '../contracts/failures';
import type { DecideResult, InterveneResult, RefusedAct, ResolveResult, SendResult } from '../contracts/messages';
import {
  DECIDE_UPDATE,
  INTERVENE_UPDATE,
  INTERVENTION_SIGNAL,
  RELAY_SIGNAL,
  REPORT_SIGNAL,
  RESOLVE_UPDATE,
  SEND_UPDATE,
} from '../contracts/names';
import type { Approvals } from './approvals';
import type { BargeIn } from './barge-in';
import type { FamilyActs } from './family-acts';
import { SIGNAL_WORDS, UPDATE_WORDS } from './handler-words';
import type { Interventions } from './interventions';
import type { Mailbox, Refusal } from './mailbox';
import { refusedSignal, unknownSignal, unknownUpdate } from './refused-signals';
import type { Unresolved } from './unresolved';

const send = defineUpdate<SendResult, [unknown]>(SEND_UPDATE);
const decide = defineUpdate<DecideResult, [unknown]>(DECIDE_UPDATE);
const resolve = defineUpdate<ResolveResult, [unknown]>(RESOLVE_UPDATE);
const intervene = defineUpdate<InterveneResult, [unknown]>(INTERVENE_UPDATE);
const intervention = defineSignal<[unknown]>(INTERVENTION_SIGNAL);
const relay = defineSignal<[unknown]>(RELAY_SIGNAL);
const report = defineSignal<[unknown]>(REPORT_SIGNAL);

export interface MessageTakers {
  readonly mailbox: Mailbox;
  readonly bargeIn: BargeIn;
  readonly unresolved: Unresolved;
  readonly approvals: Approvals;
  readonly interventions: Interventions;
  /** Acts on what is in a child: undefined for those on the session's own. */
  readonly family: Pick<FamilyActs, 'decide' | 'resolve' | 'intervene' | 'concerns'>;
  /** What a parent or a child tells. @returns why it was not taken. */
  readonly relay: (raw: unknown) => string | null;
  readonly report: (raw: unknown) => string | null;
  readonly showProgress: () => void;
  /** A signal was refused: nobody is there to be told. */
  readonly refusedSignal: (act: Omit<RefusedAct, 'at'>) => void;
  /** A signal was taken in. */
  readonly signalled: () => void;
  /** An update was taken in. */
  readonly tookIn: () => void;
}

/** How requests of one kind are taken in. */
interface Taking<Request, Result> {
  /** Reads what came. */
  readonly check: (raw: unknown) => Checked<Request>;
  /** Why it cannot be taken; null where it can. Changes nothing. */
  readonly refusal: (request: Request) => Refusal | null;
  readonly take: (request: Request) => Result | Promise<Result>;
}

export function setMessageHandlers(takers: MessageTakers): void {
  const { mailbox, bargeIn, unresolved, approvals, interventions, family } = takers;
  take(takers, send, UPDATE_WORDS.send, {
    check: checkSendRequest,
    refusal: (request) => mailbox.refusal(request),
    take: (request) => {
      const answer = bargeIn.send(request);
      // Displays show how many are queued.
      takers.showProgress();
      return answer;
    },
  });
  take(takers, decide, UPDATE_WORDS.decide, {
    check: checkDecideRequest,
    // Who claimed what is to be on record, so most of what is refused is taken in first.
    refusal: (request) => approvals.refusal(request),
    take: (request) => answered(family.decide(request) ?? approvals.decide(request)),
  });
  take(takers, resolve, UPDATE_WORDS.resolve, {
    check: checkResolveRequest,
    refusal: (request) => (family.concerns(request) ? null : unresolved.refusal(request)),
    take: (request) => answered(family.resolve(request) ?? unresolved.resolve(request)),
  });
  take(takers, intervene, UPDATE_WORDS.intervene, {
    check: checkInterveneRequest,
    refusal: (request) => (family.concerns(request) ? null : interventions.refusal(request)),
    take: (request) => answered(family.intervene(request) ?? interventions.intervene(request)),
  });
  // The SDK would refuse those by itself, but could not say which there are.
  setDefaultUpdateHandler((name) => {
    takers.tookIn();
    throw refusedAs(unknownUpdate(name));
  });
  setHandler(
    intervention,
    (raw) => {
      const refuse = ({ message }: { readonly message: string }) => takers.refusedSignal(refusedSignal(raw, message));
      const checked = checkInterveneRequest(raw);
      if (!checked.ok) return refuse({ message: checked.problem });
      const request = checked.value;
      takers.signalled();
      const refusal = family.concerns(request) ? null : interventions.refusal(request);
      if (refusal) return refuse(refusal);
      const done = family.intervene(request) ?? interventions.intervene(request);
      const taken = (end: InterveneResult | Refusal) => {
        if ('type' in end) refuse(end);
      };
      return done instanceof Promise ? done.then(taken) : taken(done);
    },
    {
      description: SIGNAL_WORDS.intervention,
    },
  );
  const told = (message: string, problem: string | null) => {
    takers.signalled();
    if (problem !== null) takers.refusedSignal({ message, problem: inertLine(problem, 300) });
  };
  setHandler(relay, (raw) => told(RELAY_SIGNAL, takers.relay(raw)), { description: SIGNAL_WORDS.relay });
  setHandler(report, (raw) => told(REPORT_SIGNAL, takers.report(raw)), { description: SIGNAL_WORDS.report });
  // Signals nobody knows would otherwise be kept for a handler that never comes.
  setDefaultSignalHandler((name) => takers.refusedSignal(unknownSignal(name)));
}

/** Handles an update. What is refused leaves nothing in history. */
function take<Request, Result>(
  takers: Pick<MessageTakers, 'tookIn'>,
  update: UpdateDefinition<Result, [unknown]>,
  description: string,
  taking: Taking<Request, Result>,
): void {
  const handler = (raw: unknown) => {
    takers.tookIn();
    return taking.take(must(taking.check(raw)));
  };
  const validator = (raw: unknown) => {
    const refusal = taking.refusal(must(taking.check(raw)));
    if (refusal) throw refusedAs(refusal);
  };
  setHandler(update, handler, { validator, description });
}

/** Refuses every `send` with the reason: a message that came with the start is told why, and not that there is nobody to take it. */
export function refuseAll(problem: string): void {
  const refuse = (_raw: unknown): SendResult => must({ ok: false, problem });
  setHandler(send, refuse, { validator: refuse });
}

function must<T>(checked: Checked<T>): T {
  if (!checked.ok) throw ApplicationFailure.nonRetryable(checked.problem, FAILURE_TYPES.refused);
  return checked.value;
}

/** What an act answers; throws where it was refused on the way. */
function answered<T extends object>(result: T | Refusal | Promise<T | Refusal>): T | Promise<T> {
  return result instanceof Promise ? result.then(notRefused) : notRefused(result);
}

function notRefused<T extends object>(answer: T | Refusal): T {
  if ('type' in answer) throw refusedAs(answer);
  return answer;
}

function refusedAs({ message, type, details }: Refusal): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, type, ...(details ? [details] : []));
}
