/** One session, as a client sees it. Making a handle calls nothing. */
import { randomUUID } from 'node:crypto';
import {
  ANSWER_QUERY,
  checkSendRequest,
  PENDING_QUERY,
  SEND_UPDATE,
  STATUS_QUERY,
  USAGE_QUERY,
  type AnswerResult,
  type ConversationItem,
  type InterveneResult,
  type LimitName,
  type PendingItem,
  type ResolveResult,
  type SendRequest,
  type SendResult,
  type SessionResult,
  type SessionStatus,
  type TranscriptPage,
  type UsageTotals,
} from '../workflows/contracts';
import { InvalidRequest, SessionCancelled, SessionFailed } from './errors';
import { findFirstRunId } from './first-run';
import { overRuns } from './over-runs';
import { sendMessage, type SendPort } from './send-message';
import { assertDecoded, querySession } from './query';
import { callOnce, CALL_TIMEOUT_MS, toHoldfastError, type CallSubject, type Service } from './service';
import {
  intervene,
  resolveCall,
  type ActOptions,
  type EndOptions,
  type ResolveOptions,
  type StopOptions,
} from './session-acts';
import { findSessionEnd, waitForEnd, type SessionEnd } from './session-end';
import { transcriptPages } from './transcript';

/** A message as callers write it; the id is minted where it is absent. */
export interface OutgoingMessage {
  readonly text: string;
  /** Give one to make the message safe to repeat from another process: the same id is never taken twice. */
  readonly messageId?: string;
  /** Where given, must be the session's agent. */
  readonly agent?: string;
}

export interface SendOptions {
  /** Longest wait for the answer, ms; absent: 2 minutes. The message is not lost when it runs out. */
  readonly timeoutMs?: number;
  /** False: a `queued` answer is returned as it is; absent or true: it is followed until the message is answered, or a person is needed first. */
  readonly follow?: boolean;
}

export interface CallOptions {
  /** Longest wait, ms; absent: 15 seconds. */
  readonly timeoutMs?: number;
}

/** Longest wait for an answer where the caller says nothing, ms: a long turn of an agent with tools. */
export const SEND_TIMEOUT_MS = 120_000;

/** Sends one update; `start` makes it an update-with-start. */
export type SendUpdate = (request: SendRequest, updateId: string) => Promise<SendResult>;

export class Session {
  constructor(
    private readonly service: Service,
    readonly id: string,
  ) {}

  /**
   * Sends a message and waits until its turn is stable.
   * @throws HoldfastError: `SessionClosed`, `DeadlineExceeded` (with the message id to repeat with), `NoWorker`, …
   */
  async send(message: string | OutgoingMessage, options: SendOptions = {}): Promise<SendResult> {
    const request = toSendRequest(message);
    const handle = this.service.client.workflow.getHandle(this.id);
    return deliver(this.service, this.id, request, options, (sent, updateId) =>
      handle.executeUpdate<SendResult, [SendRequest]>(SEND_UPDATE, { args: [sent], updateId }),
    );
  }

  /** The recorded answer to a message, without sending anything. */
  async answer(messageId: string, options: CallOptions = {}): Promise<AnswerResult> {
    return this.query<AnswerResult>(ANSWER_QUERY, 'asking for an answer of', options, { messageId });
  }

  /** Where the session stands; works for closed ones too, as long as a worker is there. */
  async status(options: CallOptions = {}): Promise<SessionStatus> {
    return this.query<SessionStatus>(STATUS_QUERY, 'reading the status of', options);
  }

  async usage(options: CallOptions = {}): Promise<UsageTotals> {
    return this.query<UsageTotals>(USAGE_QUERY, 'reading the usage of', options);
  }

  /** What waits for a person. */
  async pending(options: CallOptions = {}): Promise<readonly PendingItem[]> {
    return this.query<readonly PendingItem[]>(PENDING_QUERY, 'reading what waits in', options);
  }

  /**
   * Pages of the conversation from item `from` on, each at most 1 MB.
   * @param options `timeoutMs` is for each page.
   * @throws TranscriptUnavailable where a part of a long session is stored and this client can read it from nowhere; and other HoldfastErrors.
   */
  async *transcript(
    options: CallOptions & { readonly from?: number } = {},
  ): AsyncGenerator<TranscriptPage, void, void> {
    yield* transcriptPages(this.service, this.id, options.from ?? 0, () =>
      deadlineOf(options.timeoutMs, CALL_TIMEOUT_MS),
    );
  }

  /** The whole conversation. */
  async wholeTranscript(options: CallOptions = {}): Promise<readonly ConversationItem[]> {
    const items: ConversationItem[] = [];
    for await (const page of this.transcript(options)) items.push(...page.items);
    return items;
  }

  /**
   * Says what became of a call in `pending`; the turn that waited for it goes on.
   * @throws Refused where the call does not wait or its tool does not take the result: nothing is changed; and other HoldfastErrors.
   */
  async resolve(callId: string, options: ResolveOptions): Promise<ResolveResult> {
    return resolveCall(this.service, this.id, callId, { ...options, timeoutMs: options.timeoutMs ?? SEND_TIMEOUT_MS });
  }

  /**
   * Undoes a call that succeeded, by its tool's `compensate`. Look at `outcome`: a compensation may fail, or wait in `pending`.
   * @throws Refused where it cannot be undone; and other HoldfastErrors.
   */
  async undo(callId: string, options: ActOptions = {}): Promise<InterveneResult> {
    const timeoutMs = options.timeoutMs ?? SEND_TIMEOUT_MS;
    const request = { act: 'undo', callId } as const;
    return intervene(this.service, this.id, request, { ...options, timeoutMs, doing: `undoing the call ${callId} of` });
  }

  /**
   * Adds to a bound: of the running turn or of the session, also before it is met. A turn that waits for it goes on where that is enough; look at
   * `limit` for where it then stands.
   * @param amount a whole number of the bound's unit: micro-dollars, ms, tokens, times.
   * @throws InvalidRequest; Refused where there is no such bound; and other HoldfastErrors.
   */
  async extend(bound: LimitName, amount: number, options: ActOptions = {}): Promise<InterveneResult> {
    const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
    const request = { act: 'extend', bound, amount } as const;
    return intervene(this.service, this.id, request, { ...options, timeoutMs, doing: `extending ${bound} of` });
  }

  /**
   * Stops the running turn, which is answered `stopped`; what is in flight finishes and is recorded, and the session stays open.
   * @throws Refused where no turn runs; and other HoldfastErrors.
   */
  async stop(options: StopOptions = {}): Promise<InterveneResult> {
    return this.breakOff('stop', 'stopping the turn of', options);
  }

  /**
   * Ends the session; what is in flight finishes and is recorded.
   * @throws SessionClosed where it has ended already, and other HoldfastErrors.
   */
  async end(options: EndOptions = {}): Promise<InterveneResult> {
    return this.breakOff('end', 'ending', options);
  }

  /** Asks Temporal to cancel the session; it ends as `cancelled` once what is in flight is recorded. */
  async cancel(options: CallOptions = {}): Promise<void> {
    const handle = this.service.client.workflow.getHandle(this.id);
    const subject = { doing: `cancelling session ${this.id}`, sessionId: this.id };
    await overRuns(this.service, subject, deadlineOf(options.timeoutMs, CALL_TIMEOUT_MS), () => handle.cancel());
  }

  /**
   * Waits for the end of the session.
   * @param options `timeoutMs` absent: 2 minutes.
   * @throws SessionCancelled, SessionFailed, DeadlineExceeded while it is open, and other HoldfastErrors.
   */
  async result(options: CallOptions = {}): Promise<SessionResult> {
    const end = await waitForEnd(this.service, this.id, deadlineOf(options.timeoutMs, SEND_TIMEOUT_MS));
    if (end.result) return end.result;
    if (end.status === 'cancelled') throw new SessionCancelled(this.id);
    throw new SessionFailed(this.id, end.reason);
  }

  /** How the session ended; undefined while it is open. Needs no worker. */
  async ended(options: CallOptions = {}): Promise<SessionEnd | undefined> {
    return findSessionEnd(this.service, this.id, deadlineOf(options.timeoutMs, CALL_TIMEOUT_MS));
  }

  /** Id of the session's first run: the keys of its calls begin with it in the ledger. Needs no worker. */
  async firstRunId(options: CallOptions = {}): Promise<string> {
    return findFirstRunId(this.service, this.id, deadlineOf(options.timeoutMs, CALL_TIMEOUT_MS));
  }

  /**
   * Link to the session in the Temporal Web UI.
   * @param uiBase e.g. `http://localhost:8233`, the Web UI of a dev server with default ports.
   */
  url(uiBase = 'http://localhost:8233'): string {
    const base = uiBase.replace(/\/+$/, '');
    return `${base}/namespaces/${encodeURIComponent(this.service.namespace)}/workflows/${encodeURIComponent(this.id)}`;
  }

  private breakOff(act: 'stop' | 'end', doing: string, options: StopOptions): Promise<InterveneResult> {
    const { onStop } = options;
    const timeoutMs = options.timeoutMs ?? CALL_TIMEOUT_MS;
    return intervene(this.service, this.id, { act, onStop }, { ...options, timeoutMs, doing });
  }

  private query<T>(name: string, doing: string, options: CallOptions, argument?: unknown): Promise<T> {
    const deadline = deadlineOf(options.timeoutMs, CALL_TIMEOUT_MS);
    return querySession<T>(this.service, this.id, { name, doing, deadline, argument });
  }
}

/** @throws InvalidRequest */
export function toSendRequest(message: string | OutgoingMessage): SendRequest {
  const given = typeof message === 'string' ? { text: message } : message;
  const { text, agent } = given;
  const messageId = given.messageId ?? randomUUID();
  const checked = checkSendRequest({ messageId, text, ...(agent === undefined ? {} : { agent }) });
  if (!checked.ok) throw new InvalidRequest(checked.problem);
  return checked.value;
}

/** Runs the sending of a checked message over `update`. */
export async function deliver(
  service: Service,
  sessionId: string,
  request: SendRequest,
  options: SendOptions,
  update: SendUpdate,
  taskQueue?: string,
): Promise<SendResult> {
  const session = new Session(service, sessionId);
  const timeoutMs = options.timeoutMs ?? SEND_TIMEOUT_MS;
  const { messageId } = request;
  const subject: CallSubject = {
    doing: `waiting ${timeoutMs / 1000} s for the answer of session ${sessionId}`,
    sessionId,
    messageId,
    taskQueue,
  };
  const port: SendPort = {
    clock: service.clock,
    sessionId,
    update: async (sent, updateId, deadline) =>
      assertDecoded(await callOnce(service, deadline, () => update(sent, updateId)), sessionId),
    answer: (id, deadline) => session.answer(id, { timeoutMs: Math.max(1, deadline - service.clock.now()) }),
    findEnd: (deadline) => findSessionEnd(service, sessionId, deadline),
    mintUpdateId: () => randomUUID(),
    explain: (failure, cause) => toHoldfastError(service, subject, failure, cause),
  };
  return sendMessage(port, request, options.follow ?? true, service.clock.now() + timeoutMs);
}

function deadlineOf(timeoutMs: number | undefined, otherwise: number): number {
  return Date.now() + (timeoutMs ?? otherwise);
}
