/**
 * Worker and server are both killed while a session continues as new: before and after its conversation is stored, and right after its next
 * run began. Everything is answered once, the conversation is whole over all runs, and each effect is one row.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SendResult } from '../../client';
import { runsOf } from '../../testing/run-chain';
import { ARCHIVE, archiveScript, asksFor, LOOKED_UP } from '../support/archive-script';
import { eventually, within } from '../support/eventually';
import { expectInvariants, expectSameAnswer } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';
import { TestServer } from '../support/temporal-server';

/** How long the server is away, ms. */
const AWAY_MS = 1_000;
const CONTINUE_AFTER = { events: 30 };
/** More than one run takes along to the next, so that it has to be stored. */
const LETTER = 'A long letter. '.repeat(10_000);
const FILES = 4;
const PATIENCE_MS = 100_000;

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-continued-'));
let server: TestServer;
let stage: Stage;
beforeAll(async () => {
  server = await TestServer.start({ dbFile: path.join(folder, 'temporal.sqlite') });
  stage = await openStage({ agents: 'archive', script: archiveScript, server });
});
afterAll(async () => {
  await stage?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const calls = Array.from({ length: FILES }, (_, index) => ({
  tool: 'read_file',
  arguments: { bytes: 10_000 + index },
}));
const TEXTS = [LETTER, asksFor(...calls), 'thank you', asksFor(...calls.slice(0, 2)), 'good bye'];

/** Sends everything, each when the one before is answered; the client lives through whatever the others die of. */
async function converse(sessionId: string): Promise<readonly SendResult[]> {
  const answers: SendResult[] = [];
  for (const [index, text] of TEXTS.entries()) {
    const message = { sessionId, agent: ARCHIVE, text, messageId: `m-${index + 1}`, continueAfter: CONTINUE_AFTER };
    answers.push(await stage.client.send(message, { timeoutMs: PATIENCE_MS }));
  }
  return answers;
}

async function bringServerBack(): Promise<void> {
  await sleep(AWAY_MS);
  await server.restart();
}

async function expectWhole(sessionId: string, answers: readonly SendResult[]): Promise<void> {
  expect(answers.map((answer) => (answer.kind === 'reply' ? answer.text : answer))).toEqual(
    TEXTS.map((text) => (text.startsWith('Please') ? LOOKED_UP : `You said: ${text}`)),
  );
  const { status, items, calls: rows } = await expectInvariants(stage, sessionId);
  expect(status.turn).toBe(TEXTS.length);
  expect(items.flatMap((item) => (item.kind === 'user' ? [item.text] : []))).toEqual(TEXTS);
  expect(rows.filter(({ kind }) => kind === 'tool')).toHaveLength(FILES + 2);
  const [, , , , last] = answers;
  if (last) await expectSameAnswer(stage, sessionId, { text: TEXTS[4] ?? '', messageId: 'm-5' }, last);
  const runs = await runsOf(stage.temporal, sessionId);
  expect(runs.length).toBeGreaterThanOrEqual(2);
}

test.each(['conversation.before-store', 'conversation.after-store'])(
  'worker and server killed at %s',
  async (crashAt) => {
    const sessionId = `${stage.taskQueue}-${crashAt.replace('.', '-')}`;
    const worker = await stage.startWorker({ crashAt });
    const answered = converse(sessionId);
    answered.catch(() => undefined);
    await within(`the worker to die at ${crashAt}`, PATIENCE_MS, worker.exited);
    await server.kill();
    await bringServerBack();
    const next = await stage.startWorker();
    await expectWhole(sessionId, await answered);
    await next.kill();
  },
  150_000,
);

test('worker and server killed when the next run has begun', async () => {
  const sessionId = `${stage.taskQueue}-next-run`;
  const worker = await stage.startWorker();
  const answered = converse(sessionId);
  answered.catch(() => undefined);
  await eventually('the second run', () => hasContinued(sessionId), PATIENCE_MS);
  await Promise.all([worker.kill(), server.kill()]);
  await bringServerBack();
  await stage.startWorker();
  await expectWhole(sessionId, await answered);
}, 150_000);

/** The chain's first run is no longer the one that runs. */
async function hasContinued(sessionId: string): Promise<boolean> {
  const description = await stage.temporal.workflow
    .getHandle(sessionId)
    .describe()
    .catch(() => undefined);
  const first = description?.raw.workflowExecutionInfo?.firstRunId;
  return first !== undefined && first !== '' && first !== description?.runId;
}
