/** The session's updates and signals, connected to what takes them in. Wiring only. */
import {
  ApplicationFailure,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
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
import { refusedSignal, unknownSignal } from './refused-signals';
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

export function setMessageHandlers(takers: MessageTakers): void {
  const { mailbox, bargeIn, unresolved, approvals, interventions, family } = takers;
  setHandler(
    send,
    (raw) => {
      takers.tookIn();
      const answer = bargeIn.send(must(checkSendRequest(raw)));
      // Displays show how many are queued.
      takers.showProgress();
      return answer;
    },
    {
      validator: (raw) => validate(checkSendRequest(raw), (request) => mailbox.refusal(request)),
      description: UPDATE_WORDS.send,
    },
  );
  setHandler(
    decide,
    (raw) => {
      takers.tookIn();
      const request = must(checkDecideRequest(raw));
      return answered(family.decide(request) ?? approvals.decide(request));
    },
    {
      // Who claimed what is to be on record, so most of what is refused is taken in first.
      validator: (raw) => validate(checkDecideRequest(raw), (request) => approvals.refusal(request)),
      description: UPDATE_WORDS.decide,
    },
  );
  setHandler(
    resolve,
    (raw) => {
      takers.tookIn();
      const request = must(checkResolveRequest(raw));
      return answered(family.resolve(request) ?? unresolved.resolve(request));
    },
    {
      validator: (raw) =>
        validate(checkResolveRequest(raw), (request) =>
          family.concerns(request) ? null : unresolved.refusal(request),
        ),
      description: UPDATE_WORDS.resolve,
    },
  );
  setHandler(
    intervene,
    (raw) => {
      takers.tookIn();
      const request = must(checkInterveneRequest(raw));
      return answered(family.intervene(request) ?? interventions.intervene(request));
    },
    {
      validator: (raw) =>
        validate(checkInterveneRequest(raw), (request) =>
          family.concerns(request) ? null : interventions.refusal(request),
        ),
      description: UPDATE_WORDS.intervene,
    },
  );
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

/** Refuses every `send` with the reason: a message that came with the start is told why, and not that there is nobody to take it. */
export function refuseAll(problem: string): void {
  const refuse = (_raw: unknown): SendResult => must({ ok: false, problem });
  setHandler(send, refuse, { validator: refuse });
}

function must<T>(checked: Checked<T>): T {
  if (!checked.ok) throw ApplicationFailure.nonRetryable(checked.problem, FAILURE_TYPES.refused);
  return checked.value;
}

function validate<T>(checked: Checked<T>, refusal: (value: T) => Refusal | null): void {
  const refused = checked.ok ? refusal(checked.value) : { type: FAILURE_TYPES.refused, message: checked.problem };
  if (refused) throw ApplicationFailure.nonRetryable(refused.message, refused.type);
}

/** What an act answers; throws where it was refused on the way. */
function answered<T extends object>(result: T | Refusal | Promise<T | Refusal>): T | Promise<T> {
  return result instanceof Promise ? result.then(notRefused) : notRefused(result);
}

function notRefused<T extends object>(answer: T | Refusal): T {
  if ('type' in answer) {
    const { message, type, details } = answer;
    throw ApplicationFailure.nonRetryable(message, type, ...(details ? [details] : []));
  }
  return answer;
}
