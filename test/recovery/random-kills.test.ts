/**
 * Two workers on one ledger, of which one is killed at random, five times, each time while it is inside a call. Ten callers book,
 * move, cancel and book again meanwhile; in the end everything is as it is when nobody dies.
 */
import { DatabaseSync } from 'node:sqlite';
import { seededRandom } from '../../testing/random';
import type { ConversationItem, SendResult } from '../../client';
import { PATIENTS, SLOTS } from '../../examples/receptionist/calendar-seed';
import { script } from '../../examples/receptionist/script';
import { replayAll } from '../replay/replay';
import { fetchHistory } from '../session/history';
import { readCalendar } from '../support/calendar-world';
import { eventually } from '../support/eventually';
import { expectInvariants } from '../support/invariants';
import { openStage, type Stage, type WorkerProcess } from '../support/recovery-stage';

const SESSIONS = 10;
const KILLS = 5;
/** Model and tool calls with a row, of all sessions: two model calls and one tool call in each of four turns. */
const ALL_CALLS = SESSIONS * 4 * 3;
const SEED = Number(process.env.HOLDFAST_TEST_SEED ?? 7);
const THINKING_MS = 150;
/** Longest wait until a worker is inside a call, ms: ten sessions on a slow machine take a while to get as far. */
const KILL_PATIENCE_MS = 90_000;

/** Free slots, two for each caller. */
const slots = SLOTS.filter((slot) => slot.starts_at > '2027-03-04').map((slot) => slot.slot_id);

interface Talk {
  readonly sessionId: string;
  readonly answers: readonly SendResult[];
  /** Numbers of the appointments it booked, in order. */
  readonly appointments: readonly string[];
}

async function talk(stage: Stage, index: number): Promise<Talk> {
  const sessionId = `${stage.taskQueue}-${index}`;
  const patient = PATIENTS[index]?.patient_id;
  const [first, second] = slots.slice(2 * index);
  const answers: SendResult[] = [];
  const say = async (text: string): Promise<string> => {
    const message = { sessionId, agent: 'receptionist', text, messageId: `m-${answers.length + 1}` };
    const answer = await stage.client.send(message, { timeoutMs: 80_000 });
    answers.push(answer);
    return /"appointment_id":(\d+)/.exec(answer.kind === 'reply' ? answer.text : '')?.[1] ?? 'none';
  };
  const booked = await say(`book ${patient} ${first} Check-up`);
  await say(`move ${patient} ${booked} ${second}`);
  await say(`cancel ${patient} ${booked}`);
  const again = await say(`book ${patient} ${first} Check-up`);
  return { sessionId, answers, appointments: [booked, again] };
}

/** Calls in the ledgers: those that are settled, and the processes that are inside one. */
function lookAtCalls(stage: Stage): { settled: number; inside: readonly string[] } {
  let settled = 0;
  const inside: string[] = [];
  for (const file of [stage.ledgerFile(), stage.calendarFile()]) {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    for (const row of database.prepare('SELECT state, owner FROM holdfast_calls').all()) {
      if (row.state === 'started') inside.push(String(row.owner));
      else settled += 1;
    }
    database.close();
  }
  return { settled, inside };
}

const isInside = (worker: WorkerProcess, owners: readonly string[]) =>
  owners.some((owner) => owner.split(/[:@]/).includes(String(worker.pid)));

/** Kills one of the two, whichever is inside a call, when enough of the work is done; another takes its place at once. */
async function killAtRandom(stage: Stage, workers: WorkerProcess[]): Promise<number> {
  const random = seededRandom(SEED);
  let caught = 0;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const look = () => {
      const { settled, inside } = lookAtCalls(stage);
      if (settled < (kill * ALL_CALLS) / (KILLS + 2)) return undefined;
      const candidates = workers.filter((worker) => isInside(worker, inside));
      return candidates[Math.floor(random() * candidates.length)];
    };
    const victim = await eventually(`a worker to be inside a call, for kill ${kill}`, look, KILL_PATIENCE_MS);
    await victim.kill();
    if (isInside(victim, lookAtCalls(stage).inside)) caught += 1;
    workers[workers.indexOf(victim)] = await stage.startWorker();
  }
  return caught;
}

/** What a run leaves, without what depends on who was first: numbers of appointments and ids of calls. */
async function leavings(stage: Stage, talks: readonly Talk[]) {
  const plain = (value: unknown, { appointments }: Talk): unknown => {
    const text = appointments.reduce(
      (json, id, index) => json.replaceAll(new RegExp(`\\b${id}\\b`, 'g'), `appointment ${index + 1}`),
      JSON.stringify(value),
    );
    return text.replaceAll(/(t\d+\.s\d+\.c\d+)-[0-9a-f]{8}/g, '$1').replaceAll(/m-\d+/g, 'm');
  };
  const conversations: (readonly ConversationItem[])[] = [];
  for (const { sessionId } of talks) conversations.push((await expectInvariants(stage, sessionId)).items);
  const { appointments, effects, liveEffects, doubleBooked } = readCalendar(stage.calendarFile());
  return {
    answers: talks.map((each) => plain(each.answers, each)),
    conversations: talks.map((each, index) => plain(conversations[index], each)),
    appointments: appointments.map(({ patient_id, slot_id, status }) => `${patient_id} ${slot_id} ${status}`).sort(),
    effects: effects.map((row) => [row.business_key, row.generation, row.state]),
    live: liveEffects.length,
    doubleBooked,
  };
}

async function run(kills: boolean) {
  const stage = await openStage({ agents: 'receptionist', script, latencyMs: THINKING_MS });
  try {
    const workers = await Promise.all([stage.startWorker(), stage.startWorker()]);
    const talks = Promise.all(Array.from({ length: SESSIONS }, (_, index) => talk(stage, index)));
    const began = Date.now();
    const caught = kills ? await killAtRandom(stage, workers) : 0;
    const done = await talks;
    const tookMs = Date.now() - began;
    const left = await leavings(stage, done);
    const histories = done.map(async ({ sessionId: workflowId }) => {
      return { workflowId, history: await fetchHistory(stage.temporal, workflowId) };
    });
    expect(await replayAll(await Promise.all(histories))).toEqual({});
    return { left, caught, tookMs };
  } finally {
    await stage.close();
  }
}

test(`${KILLS} kills at random under ${SESSIONS} sessions: world and conversations as without, and every history replays`, async () => {
  const calm = await run(false);
  const shaken = await run(true);
  expect(shaken.left).toEqual(calm.left);
  expect(calm.left).toMatchObject({ live: SESSIONS, doubleBooked: [] });
  expect(calm.left.appointments).toHaveLength(2 * SESSIONS);
  // It would prove little if no worker had died inside a call.
  expect(shaken.caught).toBeGreaterThan(0);
  console.info(
    `seed ${SEED}: ${shaken.caught} of ${KILLS} workers died inside a call; ${shaken.tookMs} ms, and ${calm.tookMs} ms without kills`,
  );
}, 150_000);
