/** Starts sessions, finds them again and talks to them. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  AGENT_SESSION_WORKFLOW,
  checkSessionId,
  SEND_UPDATE,
  type SendRequest,
  type SendResult,
} from '../workflows/contracts';
import { InvalidRequest, NoWorker, SessionExists } from './errors';
import { splitChildId } from './family';
import { listSessions, type ListOptions, type SessionSummary } from './list-sessions';
import { callOnce, CALL_TIMEOUT_MS, toHoldfastError, type Service } from './service';
import { readServiceFailure } from './service-failure';
import { deliver, Session, toSendRequest, type OutgoingMessage, type SendOptions } from './session-handle';
import type { CallOptions } from './session-people';
import { buildStart, type SessionOptions, type StartDefaults } from './start-options';
import { findPollers, noWorkerSentence } from './task-queue';
import { findWaiting, type WaitingItem, type WaitingOptions } from './waiting';

export interface StartSessionOptions extends SessionOptions, CallOptions {
  /** Becomes the workflow id, once and for ever; minted where absent. */
  readonly sessionId?: string;
  /** First message; `session.send` with the same message id gets its answer. */
  readonly message?: string | OutgoingMessage;
}

/** A message to a session that is started where it does not exist yet. */
export interface SendToSession extends OutgoingMessage, Omit<SessionOptions, 'agent'> {
  readonly sessionId: string;
  readonly agent: string;
}

/** A first start waits so long for a worker to show up, ms: one that was started with the client needs 1 to 3 s. */
const WORKER_WAIT_MS = 5_000;
const WORKER_LOOK_EVERY_MS = 200;

export class SessionClient {
  private workerSeen = false;

  constructor(
    private readonly service: Service,
    private readonly defaults: StartDefaults,
  ) {}

  /** `host:port` of the server. */
  get address(): string {
    return this.service.address;
  }

  get namespace(): string {
    return this.service.namespace;
  }

  get taskQueue(): string {
    return this.service.taskQueue;
  }

  /** A handle to a session by id; calls nothing. @throws InvalidRequest for an id that no session can have. */
  session(sessionId: string): Session {
    const id = checkSessionId(sessionId);
    if (id.ok) return new Session(this.service, sessionId);
    const child = splitChildId(sessionId);
    if (!child) throw new InvalidRequest(id.problem);
    throw new InvalidRequest(
      `${sessionId} is a child of the session ${child.first}: session('${child.first}').child('${child.path}') reads it`,
    );
  }

  /**
   * Starts a session; does not wait for an answer to its first message.
   * @throws SessionExists, NoWorker (before anything is started), InvalidRequest and other HoldfastErrors.
   */
  async startSession(options: StartSessionOptions): Promise<Session> {
    const sessionId = options.sessionId ?? `${options.agent}-${randomUUID()}`;
    const message = options.message === undefined ? undefined : toSendRequest(options.message);
    const start = buildStart(sessionId, options, this.defaults, message);
    await this.requireWorker();
    const deadline = Date.now() + (options.timeoutMs ?? CALL_TIMEOUT_MS);
    const { client } = this.service;
    const subject = { doing: `starting session ${sessionId}` };
    try {
      // One request under one request id, tried again by the connection: a start whose answer was lost is not seen as another's.
      await callOnce(this.service, deadline, () =>
        client.workflow.start(AGENT_SESSION_WORKFLOW, { ...start, workflowIdConflictPolicy: 'FAIL' }),
      );
    } catch (error) {
      const failure = readServiceFailure(error);
      if (failure.kind === 'already_started') throw new SessionExists(sessionId, { cause: error });
      throw await toHoldfastError(this.service, subject, failure, error);
    }
    return new Session(this.service, sessionId);
  }

  /**
   * Sends a message to a session, which is started with it where it does not exist: one call, one answer. Safe to repeat with the same
   * message id.
   * @throws HoldfastError: `AgentMismatch` where the session has another agent, `SessionClosed`, `DeadlineExceeded`, `NoWorker`, …
   */
  async send(message: SendToSession, options: SendOptions = {}): Promise<SendResult> {
    const { sessionId, text, messageId, ...session } = message;
    const request = toSendRequest({ text, messageId, agent: session.agent });
    // Built before anything is sent: a refused update-with-start would leave its workflow running.
    const build = () => buildStart(sessionId, session, this.defaults);
    build();
    await this.requireWorker();
    const { workflow } = this.service.client;
    return deliver(
      this.service,
      sessionId,
      request,
      options,
      (sent, updateId) =>
        workflow.executeUpdateWithStart<Workflow, SendResult, [SendRequest]>(SEND_UPDATE, {
          args: [sent],
          updateId,
          startWorkflowOperation: startOperation({ ...build(), workflowIdConflictPolicy: 'USE_EXISTING' }),
        }),
      this.defaults.taskQueue,
    );
  }

  /** Sessions as the server's visibility store knows them, newest first; it lags by up to a second or so. */
  async listSessions(options: ListOptions = {}): Promise<readonly SessionSummary[]> {
    const { limit = 100, timeoutMs = CALL_TIMEOUT_MS } = options;
    return listSessions(this.service, options, limit, Date.now() + timeoutMs);
  }

  /**
   * What waits for people over all sessions, oldest first: approvals, calls nobody knows the end of, bounds that were met, sessions that are held.
   * Of at most 1,000 sessions, the newest; each is asked, so its worker must be there.
   * @throws HoldfastError where none of them could be read.
   */
  async waiting(options: WaitingOptions = {}): Promise<readonly WaitingItem[]> {
    return findWaiting(this.service, options);
  }

  /**
   * Makes sure that somebody works on the task queue, so that a mistake in its name starts nothing. Asked once: a worker that goes away
   * later is an outage, which sessions survive.
   * @throws NoWorker after 5 seconds without one.
   */
  async requireWorker(): Promise<void> {
    if (this.workerSeen) return;
    const { taskQueue, clock } = this.service;
    const end = clock.now() + WORKER_WAIT_MS;
    for (;;) {
      const pollers = await findPollers(this.service, taskQueue);
      if (pollers?.count !== 0) {
        this.workerSeen = pollers !== undefined;
        return;
      }
      if (clock.now() >= end) throw new NoWorker(taskQueue, noWorkerSentence(this.service, taskQueue));
      await clock.sleep(WORKER_LOOK_EVERY_MS);
    }
  }

  /**
   * Breaks off the calls of this client that are under way (they fail with `ClientClosed`; a message that was sent is still answered
   * in its session) and closes the connection.
   */
  async close(): Promise<void> {
    await this.service.lifetime.end(this.service.connection);
  }
}

type StartOperation = WithStartWorkflowOperation<Workflow>;

/** The SDK rejects the handle's promise too when the call fails; the call's own error is the one that is read. */
function startOperation(options: StartOperation['options']): StartOperation {
  const operation = new WithStartWorkflowOperation(AGENT_SESSION_WORKFLOW, options);
  operation.workflowHandle().catch(() => undefined);
  return operation;
}
