/**
 * More messages to one session than one run of it may take (S17), from several client processes at once: the session continues as new under
 * them, each message is answered once, and each client's in the order it sent them. `npm run prove -- --only continued` sends 2,100 under the
 * server's own limit of updates; here the session is told to go on after a few.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { SendResult } from '../../client';
import { startProcess } from '../../testing/managed-process';
import { runsOf } from '../../testing/run-chain';
import { failedTasks } from '../session/history';
import { ARCHIVE, archiveScript } from '../support/archive-script';
import type { ChatterTask } from '../support/chatter-main';
import { within } from '../support/eventually';
import { FULL } from '../support/payments/scale';
import { openStage, type Stage } from '../support/recovery-stage';

const CLIENTS = 4;
const MESSAGES = FULL ? 2_100 : 120;
/** The server refuses an update beyond this many in one run. */
const UPDATES_OF_A_RUN = 2_000;
const CONTINUE_AFTER = FULL ? undefined : { updates: 20 };
const LEAST_RUNS = FULL ? 2 : 5;
const WITHIN_MS = FULL ? 1_500_000 : 150_000;
const CHATTER_MAIN = path.join(__dirname, '../../dist/test/support/chatter-main.js');

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ agents: 'archive', script: archiveScript });
});
afterAll(() => stage?.close());

const textOf = (client: string, index: number): string => `${client} says ${index + 1}`;

/** @returns the answers to each client's messages, in the order they were sent. */
async function chat(sessionId: string): Promise<ReadonlyMap<string, readonly SendResult[]>> {
  const chatters = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      const name = `client${index + 1}`;
      const answersFile = path.join(stage.folder, `${name}.json`);
      const texts = Array.from({ length: MESSAGES / CLIENTS }, (_text, at) => textOf(name, at));
      const { address, taskQueue } = stage;
      const task: ChatterTask = {
        ...{ address, taskQueue, sessionId, name, texts, answersFile },
        agent: ARCHIVE,
        continueAfter: CONTINUE_AFTER,
      };
      const logFile = path.join(stage.folder, `${name}.log`);
      const chatter = await startProcess({ script: CHATTER_MAIN, args: [JSON.stringify(task)], logFile });
      return { name, answersFile, logFile, chatter };
    }),
  );
  for (const { chatter } of chatters) chatter.tell('begin');
  const answers = new Map<string, readonly SendResult[]>();
  for (const { name, answersFile, logFile, chatter } of chatters) {
    const { code } = await within(`${name} to be answered`, WITHIN_MS, chatter.exited);
    if (code !== 0) throw new Error(`${name} gave up: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    answers.set(name, JSON.parse(readFileSync(answersFile, 'utf8')) as readonly SendResult[]);
  }
  return answers;
}

test(
  `${MESSAGES} messages of ${CLIENTS} clients: each is answered once, in order per client, over several runs`,
  async () => {
    await stage.startWorker();
    const sessionId = `${stage.taskQueue}-chat`;
    const answers = await chat(sessionId);

    for (const [name, got] of answers) {
      const heard = got.map((answer) => (answer.kind === 'reply' ? answer.text : JSON.stringify(answer)));
      expect(heard).toEqual(Array.from({ length: MESSAGES / CLIENTS }, (_, at) => `You said: ${textOf(name, at)}`));
      const turns = got.map((answer) => ('turn' in answer ? Number(answer.turn) : 0));
      expect(turns).toEqual([...turns].sort((one, other) => one - other));
    }
    const turns = [...answers.values()].flat().map((answer) => ('turn' in answer ? Number(answer.turn) : 0));
    expect(turns.sort((one, other) => one - other)).toEqual(Array.from({ length: MESSAGES }, (_, at) => at + 1));

    const session = stage.client.session(sessionId);
    const items = await session.wholeTranscript();
    const users = items.flatMap((item) => (item.kind === 'user' ? [item.messageId] : []));
    expect(users).toHaveLength(MESSAGES);
    expect(new Set(users).size).toBe(MESSAGES);
    expect(items.filter(({ kind }) => kind === 'assistant')).toHaveLength(MESSAGES);
    // A repeat is recognised whichever run took the message in, as long as the session remembers it: the last 200.
    for (const [name, got] of answers) {
      const last = MESSAGES / CLIENTS;
      const repeat = { text: textOf(name, last - 1), messageId: `${name}-${last}` };
      expect(await session.send(repeat, { timeoutMs: 30_000 })).toEqual(got.at(-1));
    }
    expect(await session.status()).toMatchObject({ status: 'waiting_for_user', turn: MESSAGES });

    const runs = await runsOf(stage.temporal, sessionId);
    const updates = runs.map(({ history }) => {
      const accepted = history.events?.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
      return accepted?.length ?? 0;
    });
    console.info(`${runs.length} runs, which took in ${updates.join(', ')} updates`);
    expect(runs.length).toBeGreaterThanOrEqual(LEAST_RUNS);
    expect(Math.max(...updates)).toBeLessThanOrEqual(UPDATES_OF_A_RUN);
    expect(runs.flatMap(({ history }) => failedTasks(history))).toEqual([]);
  },
  WITHIN_MS + 60_000,
);
