/** The world that the sweep is given: what its snapshot sees, what it leaves out, and what the person in it finds out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRegistry } from '../../../agents';
import { receptionist } from '../../../examples/receptionist/agent';
import { openCalendar } from '../../../examples/receptionist/calendar';
import { sweep } from '../../../examples/receptionist/sweep';
import { chooseAnswer } from '../../../testing/choose-answer';
import { readRequest } from '../../../testing/read-request';
import type { SweepWorld } from '../../../testing/sweep/plan';
import type { JsonObject } from '../../../workflows/contracts/json';
import type { PendingItem } from '../../../workflows/contracts/messages';

let folder: string;
const worlds: SweepWorld[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sweep-plan-test-'));
});
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()));
  rmSync(folder, { recursive: true });
});

async function open(name: string): Promise<SweepWorld> {
  const world = await sweep.openWorld(path.join(folder, name));
  worlds.push(world);
  return world;
}

const post = (world: SweepWorld, place: string, body: object) =>
  fetch(`${world.env.RECEPTIONIST_SERVICES_URL}${place}`, { method: 'POST', body: JSON.stringify(body) });

const charge = (reference: string) => ({ reference, amount: 2000, currency: 'GBP' });
const TEXT = 'Tuesday, 09:00';

function pending(tool: string, args: JsonObject): PendingItem {
  const call = { callId: 't4.s1.c1', tool, turn: 4, step: 1, args, message: 'It may have happened.' };
  const row = {
    ledger: 'calendar',
    callKey: 'run/t4.s1.c1',
    idempotencyKey: 'run/t4.s1.c1',
    effect: 'at-most-once' as const,
    attempts: 2,
    bodyFailures: 0,
    startedAt: 1,
  };
  return {
    kind: 'unresolved',
    id: call.callId,
    summary: tool,
    since: 1,
    unblockedBy: 'resolve',
    call: { ...call, row },
  };
}

test('six messages that the script answers, each of which begins with tools', () => {
  expect(sweep.messages).toHaveLength(6);
  const tools = [...receptionist(openCalendar(':memory:'), 'http://127.0.0.1:9').tools.keys()];
  for (const content of sweep.messages) {
    const request = { messages: [{ role: 'user', content }], tools: tools.map((name) => ({ function: { name } })) };
    expect(chooseAnswer(sweep.script, readRequest(request))).toMatchObject({ kind: 'calls' });
  }
});

test('the agent of the sweep has every effect class, and its ledger has a place', async () => {
  const agent = receptionist(openCalendar(':memory:'), 'http://127.0.0.1:9');
  expect(new Set([...agent.tools.values()].map((tool) => tool.effect)).size).toBe(5);
  expect(Object.keys((await open('a')).ledgers ?? {})).toEqual(createRegistry([agent]).ledgerNames);
});

test('equal worlds have equal snapshots, whatever the session; a thing that was done twice shows', async () => {
  const [one, other] = [await open('one'), await open('other')];
  await post(one, '/charges', charge('run-1/t3.s1.c1'));
  await post(other, '/charges', charge('run-2/t3.s1.c1'));
  const before = await one.snapshot();
  expect(before).toEqual(await other.snapshot());
  expect(before).toMatchObject({ charges: [{ charge: 'ch_0001', call: 't3.s1.c1' }], refunds: [], messages: [] });

  await post(one, '/charges', charge('run-1/t3.s1.c1'));
  expect(await one.snapshot()).not.toEqual(before);
  await post(other, '/messages', { to: '020 7946 0107', text: TEXT });
  expect(await other.snapshot()).toMatchObject({ messages: [{ message: 'sms_0001', text: TEXT }] });
});

test('an appointment shows by its number, its slot and the call that booked it', async () => {
  const world = await open('calendar');
  const calendar = openCalendar(world.env.RECEPTIONIST_CALENDAR ?? '');
  const booking = { patientId: 1007, slotId: '2027-03-02T09:00/okafor', reason: 'Check-up', idempotencyKey: 'run/c1' };
  await calendar.book(booking);
  const before = await world.snapshot();
  expect(before).toMatchObject({
    appointments: expect.arrayContaining([expect.objectContaining({ appointment: 4006, call: 'c1' })]),
  });
  // Asked again under the same key: the calendar recognised it, and the world is the same.
  await calendar.book(booking);
  calendar.close();
  expect(await world.snapshot()).toEqual(before);
});

test('the person looks into the journal: a message that went out is applied, one that did not is absent', async () => {
  const world = await open('person');
  const item = pending('send_text_message', { patient_id: 1007, text: TEXT });
  expect(await world.resolve?.(item)).toEqual({ as: 'absent' });
  await post(world, '/messages', { to: '020 7946 0107', text: TEXT });
  expect(await world.resolve?.(item)).toEqual({ as: 'applied', result: { message_id: 'sms_0001' } });
});

test('a payment is looked up by its reference, and what nobody can look up is said', async () => {
  const world = await open('payment');
  const item = pending('take_deposit', { patient_id: 1007, appointment_id: 4006, amount: 2000, currency: 'GBP' });
  expect(await world.resolve?.(item)).toEqual({ as: 'absent' });
  await post(world, '/charges', charge('run/t4.s1.c1'));
  expect(await world.resolve?.(item)).toEqual({
    as: 'applied',
    result: { charge_id: 'ch_0001', amount: 2000, currency: 'GBP' },
  });
  await expect(world.resolve?.(pending('book_appointment', {}))).rejects.toThrow('Nobody can look up');
});
