/**
 * Workers that remember next to nothing: the receptionist's whole conversation with sessions replayed from their beginning at every step,
 * and with a cache that a storm of queries keeps turning over. World and conversation are what they are with a cache.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContinueAfter } from '../../client';
import { CONVERSATION, script } from '../../examples/receptionist/script';
import { sweep } from '../../examples/receptionist/sweep';
import { expectInvariants } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';

/** Sessions that are only there to be asked. */
const BYSTANDERS = 6;

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-small-cache-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @param cache sessions that the worker keeps; undefined: as many as it likes. `continueAfter`: of the caller's session. */
async function play(cache: number | undefined, continueAfter?: ContinueAfter) {
  const place = path.join(folder, `${cache}${continueAfter ? '-continued' : ''}`);
  mkdirSync(place);
  const world = await sweep.openWorld(place);
  // The calendar's database is where the stage looks for it.
  const { RECEPTIONIST_SERVICES_URL = '' } = world.env;
  const stage = await openStage({
    agents: 'receptionist',
    script,
    workerEnv: {
      RECEPTIONIST_SERVICES_URL,
      RECEPTIONIST_CALENDAR: world.env.RECEPTIONIST_CALENDAR ?? '',
      ...(cache === undefined ? {} : { HOLDFAST_TEST_CACHE: String(cache) }),
    },
  });
  let open = true;
  try {
    await stage.startWorker();
    const sessionId = `${stage.taskQueue}-caller`;
    const asking = cache === 3 ? askOthers(stage, () => open) : Promise.resolve(0);
    const answers = [];
    for (const [index, text] of CONVERSATION.entries()) {
      const message = { sessionId, agent: 'receptionist', text, messageId: `m-${index + 1}`, continueAfter };
      answers.push(await stage.client.send(message, { timeoutMs: 60_000 }));
    }
    open = false;
    const asked = await asking;
    const items = await stage.client.session(sessionId).wholeTranscript();
    const { run: runs } = await stage.client.session(sessionId).status();
    return { answers, items, world: await world.snapshot(), asked, runs };
  } finally {
    open = false;
    await stage.close();
    await world.close();
  }
}

/** Sessions of others are begun and asked for their status in turn, which needs each of them in the cache. */
async function askOthers(stage: Stage, open: () => boolean): Promise<number> {
  const ids = Array.from({ length: BYSTANDERS }, (_, index) => `${stage.taskQueue}-bystander-${index}`);
  for (const sessionId of ids) {
    await stage.client.send({
      sessionId,
      agent: 'receptionist',
      text: 'find Maria Kovacs 1985-06-14',
      messageId: 'm-1',
    });
  }
  let asked = 0;
  while (open()) {
    // Two at a time leave the caller's own session a place in the cache.
    const [one, other] = [ids[asked % ids.length], ids[(asked + 1) % ids.length]];
    await Promise.all([one, other].map((id) => stage.client.session(id ?? '').status({ timeoutMs: 30_000 })));
    asked += 2;
    await sleep(10);
  }
  for (const id of ids) await expectInvariants(stage, id);
  return asked;
}

test('a cache of none and of three, and continued again and again: answers, conversation and world are as with a cache', async () => {
  const [calm, none, three, continued] = await Promise.all([
    play(undefined),
    play(0),
    play(3),
    play(0, { events: 30 }),
  ]);
  for (const small of [none, three, continued]) {
    expect(small.answers).toEqual(calm.answers);
    expect(small.items).toEqual(calm.items);
    expect(small.world).toEqual(calm.world);
  }
  expect(calm.answers.map((answer) => answer.kind)).toEqual(CONVERSATION.map(() => 'reply'));
  expect(three.asked).toBeGreaterThanOrEqual(2 * BYSTANDERS);
  expect(calm.runs).toBe(1);
  expect(continued.runs).toBeGreaterThan(3);
}, 150_000);
