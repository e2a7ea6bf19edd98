/**
 * Tools that return far too much (S15, T04), and many results that are legal one by one and too large together (S16): a real worker lives,
 * its memory is bounded, no workflow task is stuck, and the model is told what was cut.
 */
import type { SendResult } from '../../client';
import { runsOf, type SessionRun } from '../../testing/run-chain';
import type { ToolOutcome } from '../../workflows/contracts';
import { ARCHIVE, archiveScript, asksFor, LOOKED_UP } from '../support/archive-script';
import { expectInvariants } from '../support/invariants';
import { peakMb } from '../support/peak-memory';
import { openStage, type Stage, type WorkerProcess } from '../support/recovery-stage';
import { startTextSource, type TextSource } from '../support/text-source';

const MB = 1024 * 1024;
/** What a tool's result is cut at where it declares nothing. */
const CUT_AT = 32 * 1024;
/** What a tool may read of one answer, bytes. */
const READ_AT_MOST = 8 * MB;
const PAGES = 12;
const PAGE_BYTES = 400_000;
/** What a server takes in one request. */
const LARGEST_MESSAGE = 4 * MB;
/** What results of calls that run at the same time may come to. */
const IN_FLIGHT = 2_500_000;

let source: TextSource;
let stage: Stage;
let worker: WorkerProcess;
beforeAll(async () => {
  source = await startTextSource();
  stage = await openStage({
    agents: 'archive',
    script: archiveScript,
    // As a deployment with little memory would have it; without a bound V8 takes what the machine has before it collects.
    workerEnv: { ARCHIVE_SOURCE: source.url, NODE_OPTIONS: '--max-old-space-size=192' },
  });
  worker = await stage.startWorker();
  console.info(`the worker had ${peakMb(worker.pid).toFixed(0)} MB when it was ready`);
});
afterAll(async () => {
  await stage?.close();
  await source?.close();
});

interface Told {
  readonly sessionId: string;
  readonly answer: SendResult;
  /** In the order of the calls. */
  readonly outcomes: readonly ToolOutcome[];
}

async function lookUp(name: string, tool: string, args: readonly Record<string, string | number>[]): Promise<Told> {
  const sessionId = `${stage.taskQueue}-${name}`;
  const text = asksFor(...args.map((one) => ({ tool, arguments: one })));
  const answer = await stage.client.send({ sessionId, agent: ARCHIVE, text, messageId: 'm-1' }, { timeoutMs: 100_000 });
  const items = await stage.client.session(sessionId).wholeTranscript();
  return { sessionId, answer, outcomes: items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : [])) };
}

/** The session is well, and goes on. */
async function expectAlive({ sessionId, answer }: Told): Promise<void> {
  expect(answer).toMatchObject({ kind: 'reply', text: LOOKED_UP });
  const next = { sessionId, agent: ARCHIVE, text: 'thank you', messageId: 'm-2' };
  expect(await stage.client.send(next, { timeoutMs: 60_000 })).toMatchObject({ text: 'You said: thank you' });
  await expectInvariants(stage, sessionId);
}

test('results of 0.5 to 20 MB are cut, and the model is told of how much', async () => {
  const sizes = [0.5, 1.9, 2.1, 3.9, 4.1, 20].map((mb) => Math.round(mb * MB));
  const told = await lookUp(
    'files',
    'read_file',
    sizes.map((bytes) => ({ bytes })),
  );
  expect(told.outcomes).toHaveLength(sizes.length);
  for (const [index, outcome] of told.outcomes.entries()) {
    expect(outcome).toMatchObject({ kind: 'succeeded', cutFromBytes: (sizes[index] as number) + 2 });
    const { result } = outcome as Extract<typeof outcome, { kind: 'succeeded' }>;
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(CUT_AT);
  }
  const last = stage.model.requests().at(-1)?.body.toString('utf8') ?? '';
  for (const bytes of sizes) expect(last).toContain(String(bytes + 2));
  await expectAlive(told);
}, 120_000);

test('a server that answers with too much is read up to a bound, whatever it does', async () => {
  const paths = ['/text/500000', '/line/5242880', '/text/20971520', '/text/209715200', '/bomb', '/endless'];
  const told = await lookUp(
    'served',
    'fetch_text',
    paths.map((path) => ({ path })),
  );
  const [half, line, ...tooLong] = told.outcomes;
  expect(half).toMatchObject({ kind: 'succeeded', cutFromBytes: expect.any(Number) });
  expect(line).toMatchObject({ kind: 'succeeded', cutFromBytes: 5 * MB + 2 });
  expect(tooLong).toHaveLength(4);
  for (const outcome of tooLong) {
    expect(outcome).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining(`is longer than ${READ_AT_MOST} bytes; reading stopped there`),
    });
  }
  await expectAlive(told);
  const peak = peakMb(worker.pid);
  console.info(`the worker had ${peak.toFixed(0)} MB at most`);
  expect(peak).toBeLessThan(400);
}, 120_000);

test(`${PAGES} results of 400 KB in one step: paced, and no message of the protocol is too large`, async () => {
  const told = await lookUp(
    'pages',
    'read_page',
    Array.from({ length: PAGES }, (_, page) => ({ page })),
  );
  const results = told.outcomes.map((outcome) => (outcome.kind === 'succeeded' ? outcome.result : outcome.message));
  const pages = results.map((result) => (typeof result === 'string' ? `${parseInt(result)}: ${result.length}` : ''));
  expect(pages).toEqual(Array.from({ length: PAGES }, (_, page) => `${page}: ${PAGE_BYTES}`));
  await expectAlive(told);
  const runs = await runsOf(stage.temporal, told.sessionId);
  const largest = Math.max(...runs.flatMap(commandBytes));
  const inFlight = Math.max(...runs.map(mostInFlight));
  console.info(`largest set of commands: ${largest} bytes; most results in flight: ${inFlight} bytes`);
  expect(largest).toBeLessThan(LARGEST_MESSAGE);
  expect(inFlight).toBeGreaterThan(PAGE_BYTES);
  expect(inFlight).toBeLessThanOrEqual(IN_FLIGHT);
}, 120_000);

/** Bytes of what the workflow commanded in each of its tasks, read from the events that came of them. */
function commandBytes({ history }: SessionRun): readonly number[] {
  const sums = new Map<string, number>();
  for (const { activityTaskScheduledEventAttributes: scheduled } of history.events ?? []) {
    if (!scheduled) continue;
    const bytes = (scheduled.input?.payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
    const task = String(scheduled.workflowTaskCompletedEventId);
    sums.set(task, (sums.get(task) ?? 0) + bytes);
  }
  return [...sums.values()];
}

/** Bytes that the results of pages which were being read at the same time may have come to. */
function mostInFlight({ history }: SessionRun): number {
  const open = new Set<string>();
  let most = 0;
  for (const event of history.events ?? []) {
    if (event.activityTaskScheduledEventAttributes?.activityType?.name === 'read_page') open.add(String(event.eventId));
    open.delete(String(event.activityTaskCompletedEventAttributes?.scheduledEventId));
    most = Math.max(most, open.size * PAGE_BYTES);
  }
  return most;
}
