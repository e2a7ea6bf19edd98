/** One session, as a client sees it. Making a handle calls nothing. */
import { randomUUID } from 'node:crypto';
import {
  ANSWER_QUERY,
  checkSendRequest,
  SEND_UPDATE,
  STATE_QUERY,
  STATUS_QUERY,
  USAGE_QUERY,
  type AnswerResult,
  type ConversationItem,
  type SendRequest,
  type SendResult,
  type SessionResult,
  type SessionStateView,
  type SessionStatus,
  type TranscriptPage,
  type UsageTotals,
} from '../workflows/contracts';
import { InvalidRequest, SessionCancelled, SessionFailed } from './errors';
import { assertFirstSession, childSessionId } from './family';
import { findFirstRunId } from './first-run';
import { overRuns } from './over-runs';
import { sendMessage, type SendPort } from './send-message';
import { assertDecoded } from './query';
import { callOnce, CALL_TIMEOUT_MS, toHoldfastError, type CallSubject, type Service } from './service';
import { findSessionEnd, waitForEnd, type SessionEnd } from './session-end';
import { SEND_TIMEOUT_MS, SessionPeople, type CallOptions } from './session-people';
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

/** Sends one update; `start` makes it an update-with-start. */
export type SendUpdate = (request: SendRequest, updateId: string) => Promise<SendResult>;

export class Session extends SessionPeople {
  /**
   * A handle to a child of this session, to read it: its transcript, status, usage, state and answers. Acts are for the first session, which passes them on,
   * and are refused by this handle. Calls nothing.
   * @param path below this session, as `status` and `pending` show it: `h1`, `h1/h2`.
   * @throws InvalidRequest for what is no path of a child.
   */
  child(path: string): Session {
    return new Session(this.service, childSessionId(this.id, path));
  }

  /**
   * Sends a message and waits until its turn is stable.
   * @throws HoldfastError: `SessionClosed`, `DeadlineExceeded` (with the message id to repeat with), `NoWorker`, …
   */
  async send(message: string | OutgoingMessage, options: SendOptions = {}): Promise<SendResult> {
    assertFirstSession(this.id);
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

  /** What the session is about, and what changed that: what crosses a handoff. */
  async state(options: CallOptions = {}): Promise<SessionStateView> {
    return this.query<SessionStateView>(STATE_QUERY, 'reading the state of', options);
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

  /** Asks Temporal to cancel the session; it ends as `cancelled` once what is in flight is recorded. */
  async cancel(options: CallOptions = {}): Promise<void> {
    assertFirstSession(this.id);
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

  /** Id of the session's first run: the keys of its calls, and of its children's, begin with it in the ledger. Needs no worker. */
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
