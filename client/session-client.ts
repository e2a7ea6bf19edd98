/** Starts sessions, finds them again and talks to them. */
import { randomUUID } from 'node:crypto';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  AGENT_NAME_PATTERN,
  AGENT_SEARCH_ATTRIBUTE,
  AGENT_SESSION_WORKFLOW,
  checkSessionId,
  SEND_UPDATE,
  STATUS_SEARCH_ATTRIBUTE,
  type SendRequest,
  type SendResult,
  type SessionStatusName,
} from '../workflows/contracts';
import { InvalidRequest, NoWorker, SessionExists } from './errors';
import { callOnce, callService, CALL_TIMEOUT_MS, toHoldfastError, type Service } from './service';
import { readServiceFailure } from './service-failure';
import {
  deliver,
  Session,
  toSendRequest,
  type CallOptions,
  type OutgoingMessage,
  type SendOptions,
} from './session-handle';
import { buildStart, type SessionOptions, type StartDefaults } from './start-options';
import { findPollers, noWorkerSentence } from './task-queue';

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

export interface SessionSummary {
  readonly sessionId: string;
  /** As the search attribute says; `?` where it is not registered. */
  readonly agent: string;
  readonly status: string;
  /** Of its newest run: a long session goes on in a new one now and then. */
  readonly startedAt: Date;
  /** Absent while it is open. */
  readonly closedAt?: Date;
}

export interface ListOptions extends CallOptions {
  readonly agent?: string;
  readonly status?: SessionStatusName;
  /** Most sessions wanted; absent: 100. */
  readonly limit?: number;
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
    if (!id.ok) throw new InvalidRequest(id.problem);
    return new Session(this.service, sessionId);
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
    const { limit = 100 } = options;
    const query = listQuery(options);
    const deadline = Date.now() + (options.timeoutMs ?? CALL_TIMEOUT_MS);
    return callService(this.service, { doing: 'listing sessions' }, deadline, async () => {
      // By id: the store lags behind, and may know two runs of a session as its newest for a moment.
      const found = new Map<string, SessionSummary>();
      for await (const info of this.service.client.workflow.list({ query, pageSize: Math.min(limit, 1000) })) {
        if (found.size >= limit) break;
        if (found.has(info.workflowId)) continue;
        const attributes = new Map(
          info.typedSearchAttributes.getAll().map((pair) => [pair.key.name, String(pair.value)]),
        );
        found.set(info.workflowId, {
          sessionId: info.workflowId,
          agent: attributes.get(AGENT_SEARCH_ATTRIBUTE) ?? '?',
          status: attributes.get(STATUS_SEARCH_ATTRIBUTE) ?? info.status.name.toLowerCase(),
          startedAt: info.startTime,
          closedAt: info.closeTime,
        });
      }
      return [...found.values()];
    });
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

function listQuery({ agent, status }: ListOptions): string {
  // Both come from outside and go into a query; names of agents and of states have no quotes in them.
  if (agent !== undefined && !AGENT_NAME_PATTERN.test(agent)) {
    throw new InvalidRequest('agent must be a name of 1 to 64 characters of A-Z a-z 0-9 _ -');
  }
  if (status !== undefined && !/^[a-z_]+$/.test(status))
    throw new InvalidRequest('status must be the name of a session status');
  // Runs that went on in another are not listed: a session is one line.
  const terms = [`WorkflowType = '${AGENT_SESSION_WORKFLOW}'`, "ExecutionStatus != 'ContinuedAsNew'"];
  if (agent !== undefined) terms.push(`${AGENT_SEARCH_ATTRIBUTE} = '${agent}'`);
  if (status !== undefined) terms.push(`${STATUS_SEARCH_ATTRIBUTE} = '${status}'`);
  return terms.join(' AND ');
}
