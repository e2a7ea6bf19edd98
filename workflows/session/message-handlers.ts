/** The session's updates and signals, connected to what takes them in. Wiring only. */
import {
  ApplicationFailure,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import { checkInterveneRequest, checkResolveRequest } from '../contracts/check-acts';
import { checkSendRequest, type Checked } from '../contracts/check-messages';
import { FAILURE_TYPES } from '../contracts/failures';
import type { InterveneResult, ResolveResult, SendResult } from '../contracts/messages';
import { INTERVENE_UPDATE, INTERVENTION_SIGNAL, RESOLVE_UPDATE, SEND_UPDATE } from '../contracts/names';
import type { Interventions } from './interventions';
import type { Mailbox, Refusal } from './mailbox';
import type { Unresolved } from './unresolved';

const send = defineUpdate<SendResult, [unknown]>(SEND_UPDATE);
const resolve = defineUpdate<ResolveResult, [unknown]>(RESOLVE_UPDATE);
const intervene = defineUpdate<InterveneResult, [unknown]>(INTERVENE_UPDATE);
const intervention = defineSignal<[unknown]>(INTERVENTION_SIGNAL);

export interface MessageTakers {
  readonly mailbox: Mailbox;
  readonly unresolved: Unresolved;
  readonly interventions: Interventions;
  readonly showProgress: () => void;
  /** A signal was refused: nobody is there to be told. */
  readonly refusedSignal: () => void;
  /** An update was taken in. */
  readonly tookIn: () => void;
}

export function setMessageHandlers({ mailbox, unresolved, interventions, ...takers }: MessageTakers): void {
  setHandler(
    send,
    (raw) => {
      takers.tookIn();
      const answer = mailbox.send(must(checkSendRequest(raw)));
      // Displays show how many are queued.
      takers.showProgress();
      return answer;
    },
    {
      validator: (raw) => validate(checkSendRequest(raw), (request) => mailbox.refusal(request)),
      description: 'A user message: {"messageId": "new-id", "text": "…"}. Answers when the turn is done.',
    },
  );
  setHandler(
    resolve,
    (raw) => {
      takers.tookIn();
      return answered(unresolved.resolve(must(checkResolveRequest(raw))));
    },
    {
      validator: (raw) => validate(checkResolveRequest(raw), (request) => unresolved.refusal(request)),
      description:
        'What became of a call in `pending`: {"actId": "new-id", "callId": "…", "as": "absent", "by": "who", "reason": "why"}; or "as": "applied" with "result", or "give_up".',
    },
  );
  setHandler(
    intervene,
    (raw) => {
      takers.tookIn();
      return answered(interventions.intervene(must(checkInterveneRequest(raw))));
    },
    {
      validator: (raw) => validate(checkInterveneRequest(raw), (request) => interventions.refusal(request)),
      description:
        'An act of a person: {"actId": "new-id", "act": "end", "by": "who", "reason": "why"}; "stop" stops the running turn, "undo" with "callId" undoes a call, "extend" with "bound" and "amount" extends a bound.',
    },
  );
  setHandler(
    intervention,
    (raw) => {
      const checked = checkInterveneRequest(raw);
      if (!checked.ok || interventions.refusal(checked.value) !== null) return takers.refusedSignal();
      const done = interventions.intervene(checked.value);
      return done instanceof Promise ? done.then(() => undefined) : undefined;
    },
    {
      description:
        'An act of a person, fire and forget: {"actId": "new-id", "act": "end", "by": "who", "reason": "why"}. Refused ones are counted in `status`.',
    },
  );
  // Signals nobody knows would otherwise be kept for a handler that never comes.
  setDefaultSignalHandler(() => takers.refusedSignal());
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
  if ('type' in answer) throw ApplicationFailure.nonRetryable(answer.message, answer.type);
  return answer;
}
