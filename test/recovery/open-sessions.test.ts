/**
 * Many open sessions that wait for people on a worker with little memory (S22): it remembers a few of them, forgets the others, and still
 * brings each on when somebody acts. In full (`npm run prove -- --only continued`) its heap is 70 % of what a worker needed that remembered all.
 */
import { inLanes } from '../../testing/sweep/in-lanes';
import { ARCHIVE, archiveScript, asksFor, LOOKED_UP } from '../support/archive-script';
import { expectInvariants } from '../support/invariants';
import { FULL } from '../support/payments/scale';
import { peakMb } from '../support/peak-memory';
import { openStage, type Stage, type WorkerProcess } from '../support/recovery-stage';

const SESSIONS = FULL ? 1_000 : 80;
const REMEMBERED = FULL ? 50 : 10;
/** Sessions that somebody acts on at the end: the first, which were forgotten long ago. */
const WOKEN = 10;
const AT_ONCE = 10;
const SHARE = 0.7;
/** Of the old space of each of the worker's isolates, in MB, where need is not measured. */
const SMALL_HEAP_MB = 128;
const ANSWER_WITHIN_MS = 100_000;

interface Outcome {
  readonly ready: number;
  readonly peak: number;
}

/** Opens all sessions on one worker, each of which then waits for a person; brings some on. */
async function play(env: Readonly<Record<string, string>>): Promise<Outcome> {
  const stage = await openStage({ agents: 'archive', script: archiveScript, workerEnv: env });
  try {
    const worker = await stage.startWorker();
    const ready = peakMb(worker.pid);
    const indices = Array.from({ length: SESSIONS }, (_, index) => index);
    await inLanes(indices, AT_ONCE, (index) => ask(stage, index));
    const peak = peakMb(worker.pid);
    for (const index of indices.slice(0, WOKEN)) await bringOn(stage, index);
    await expectUnharmed(worker);
    return { ready, peak };
  } finally {
    await stage.close();
  }
}

const sessionOf = (stage: Stage, index: number): string => `${stage.taskQueue}-${index}`;
/** Another one in each session, so that their requests can be told apart. */
const question = (index: number): string => asksFor({ tool: 'read_file', arguments: { bytes: 20_000 + index } });

/** The turn's only step is used up by the call, and the answer waits for a person. */
async function ask(stage: Stage, index: number): Promise<void> {
  const limits = { steps: 1, onLimit: 'ask' } as const;
  const message = {
    sessionId: sessionOf(stage, index),
    agent: ARCHIVE,
    text: question(index),
    messageId: 'm-1',
    limits,
  };
  const answer = await stage.client.send(message, { timeoutMs: ANSWER_WITHIN_MS });
  expect(answer).toMatchObject({ kind: 'waiting_for_human' });
}

async function bringOn(stage: Stage, index: number): Promise<void> {
  const session = stage.client.session(sessionOf(stage, index));
  expect(await session.pending({ timeoutMs: ANSWER_WITHIN_MS })).toMatchObject([{ kind: 'limit', id: 'turn.steps' }]);
  await session.extend('turn.steps', 5, { by: 'a person', timeoutMs: ANSWER_WITHIN_MS });
  const again = { text: question(index), messageId: 'm-1' };
  expect(await session.send(again, { timeoutMs: ANSWER_WITHIN_MS })).toMatchObject({ kind: 'reply', text: LOOKED_UP });
  await expectInvariants(stage, session.id);
}

async function expectUnharmed(worker: WorkerProcess): Promise<void> {
  const state = await Promise.race([worker.exited, Promise.resolve('alive')]);
  expect(state).toBe('alive');
}

test(
  `${SESSIONS} sessions that wait for people on a worker that remembers ${REMEMBERED}`,
  async () => {
    const few = { HOLDFAST_TEST_CACHE: String(REMEMBERED) };
    if (!FULL) {
      const { ready, peak } = await play({ ...few, NODE_OPTIONS: `--max-old-space-size=${SMALL_HEAP_MB}` });
      console.info(
        `with ${SMALL_HEAP_MB} MB of heap: ${ready.toFixed(0)} MB when ready, ${peak.toFixed(0)} MB at most`,
      );
      return;
    }
    const all = await play({ HOLDFAST_TEST_CACHE: String(2 * SESSIONS) });
    const heap = Math.round(all.peak * SHARE);
    const some = await play({ ...few, NODE_OPTIONS: `--max-old-space-size=${heap}` });
    const words = ({ ready, peak }: Outcome) => `${ready.toFixed(0)} MB when ready, ${peak.toFixed(0)} MB at most`;
    console.info(`remembering all: ${words(all)}; remembering ${REMEMBERED} with ${heap} MB of heap: ${words(some)}`);
    // What one open session costs is bounded by those that are remembered.
    expect(some.peak - some.ready).toBeLessThan((all.peak - all.ready) * SHARE);
  },
  FULL ? 1_200_000 : 240_000,
);
