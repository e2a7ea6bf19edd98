/** A session that says much, on a stage of its own, and goes on in a new run every few messages: what tests of reading over runs share. */
import { setTimeout } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/common';
import { defineAgent } from '../../agents';
import type { ReadStoredPart, Session, SessionClient } from '../../client';
import { says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { openStoredParts } from '../../worker';
import { TRANSCRIPT_QUERY, type TranscriptPage, type TranscriptRequest } from '../../workflows/contracts';
import { eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from '../session/stage';

export const echo = defineAgent({ name: 'echo', instructions: 'You say it back.', model: 'gpt-5-mini' });

/** Long enough that what one message adds is stored when a run ends, and not carried along. */
const LONG = 'xyz '.repeat(18_000);

export interface EchoStage {
  readonly stage: Stage;
  readonly model: ScriptedOpenAI;
  stop(): Promise<void>;
}

export async function startEcho(): Promise<EchoStage> {
  const model = await startScriptedOpenAI({ script: { name: 'echo', turns: [], fallback: ({ user }) => says(user) } });
  const stage = await startStage({ agents: [echo], modelUrl: model.url });
  return {
    stage,
    model,
    stop: async () => {
      await stage.stop();
      await model.stop();
    },
  };
}

/** The text of message `index`. */
export const textOf = (index: number): string => `${index} ${LONG}`;

/** What the conversation says after `count` messages. */
export const saidAfter = (count: number): readonly string[] =>
  Array.from({ length: count * 2 }, (_, item) => textOf(Math.floor(item / 2)));

/** A session whose runs take two messages each. */
export async function longSession(client: SessionClient): Promise<Session> {
  return client.startSession({ agent: 'echo', sessionId: uniqueName('chain'), continueAfter: { updates: 2 } });
}

/** Sends the messages `from` to `to` (exclusive). */
export async function talk(session: Session, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 1) {
    const message = { text: textOf(index), messageId: `m-${index}` };
    expect(await session.send(message, { timeoutMs: PATIENCE_MS })).toMatchObject({ kind: 'reply', turn: index + 1 });
  }
}

/** Waits until the session is in a run from `run` on. */
export function untilRun(session: Session, run: number): Promise<number> {
  return eventually(`run ${run}`, async () => {
    const { run: now = 1 } = await session.status();
    return now >= run ? now : undefined;
  });
}

/** Ids of all runs, the first one first. */
export async function runsOf({ temporal }: Stage, session: Session): Promise<readonly string[]> {
  const first = await session.firstRunId();
  const found = [first];
  for (let next: string | undefined = first; next !== undefined;) {
    const { events } = await temporal.workflow.getHandle(session.id, next).fetchHistory();
    next = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
    if (next !== undefined) found.push(next);
  }
  return found;
}

/** The run that stored the first part of the conversation: a run that carries all of it along stores none. */
export async function firstStoringRun({ temporal }: Stage, session: Session): Promise<string> {
  const handle = temporal.workflow.getHandle(session.id);
  const page = await handle.query<TranscriptPage, [TranscriptRequest]>(TRANSCRIPT_QUERY, { from: 0 });
  if (!page.stored) throw new Error('nothing of the conversation is stored');
  return page.stored.runId;
}

/** The server takes up to half a minute for it. */
const FORGOTTEN_WITHIN_MS = 50_000;

/** Takes a run away from the server, as the end of its retention does. */
export async function forget({ temporal }: Stage, session: Session, runId: string): Promise<void> {
  const workflowExecution = { workflowId: session.id, runId };
  await temporal.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
  const run = temporal.workflow.getHandle(session.id, runId);
  for (const end = Date.now() + FORGOTTEN_WITHIN_MS; Date.now() < end; await setTimeout(200)) {
    const error: unknown = await run.describe().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof WorkflowNotFoundError) return;
    expect(error).toBeUndefined();
  }
  throw new Error(`the run ${runId} was deleted, and is still there ${FORGOTTEN_WITHIN_MS} ms later`);
}

/** Reads stored parts from the stage's ledger, and notes under which keys. */
export async function ledgerReader({ ledgerFile }: Stage) {
  const parts = await openStoredParts({ ledgerUrl: ledgerFile });
  const namespaces = new Set<string>();
  const readStoredPart: ReadStoredPart = (part) => {
    namespaces.add(part.keyNamespace);
    return parts.read(part);
  };
  return { readStoredPart, namespaces, close: parts.close };
}
