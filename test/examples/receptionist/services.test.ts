/** The services outside the clinic: they do what they are asked as often as they are asked, and the journal has all of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { applied, readJournal } from '../../../examples/receptionist/services/journal';
import { startServices, type Services } from '../../../examples/receptionist/services/server';
import { servicesAddress } from '../../../examples/receptionist/services-address';
import { eventually } from '../../support/eventually';

const CHARGE = { reference: 'run/t1.s1.c1', amount: 2000, currency: 'GBP', description: 'Deposit' };
const MESSAGE = { to: '020 7946 0107', text: 'See you on Tuesday.' };

let folder: string;
let file: string;
let services: Services;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'services-test-'));
  file = path.join(folder, 'deep', 'services.jsonl');
  services = await startServices({ file });
});
afterEach(async () => {
  await services.close();
  rmSync(folder, { recursive: true });
});

async function post(place: string, body?: object, at = services.url) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${at}${place}`, { method: 'POST', ...sent });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function listed(reference: string, at = services.url): Promise<readonly unknown[]> {
  const response = await fetch(`${at}/charges?reference=${encodeURIComponent(reference)}`);
  return ((await response.json()) as { charges: readonly unknown[] }).charges;
}

const count = (kind: 'charge' | 'refund' | 'message') => applied(services.journal(), kind).length;

test('each request for a charge is a charge, whatever its reference', async () => {
  expect(await post('/charges', CHARGE)).toMatchObject({ status: 201, body: { charge_id: 'ch_0001', amount: 2000 } });
  expect(await post('/charges', CHARGE)).toMatchObject({ status: 201, body: { charge_id: 'ch_0002' } });
  expect(applied(services.journal(), 'charge')).toMatchObject([CHARGE, CHARGE]);
});

test('a charge can be found by its reference, a little later', async () => {
  await post('/charges', CHARGE);
  expect(await listed(CHARGE.reference)).toEqual([]);
  const found = await eventually('the list to show it', async () => {
    const charges = await listed(CHARGE.reference);
    return charges.length > 0 && charges;
  });
  expect(found).toEqual([{ charge_id: 'ch_0001', amount: 2000, currency: 'GBP', refunded: false }]);
  expect(await listed('another')).toEqual([]);
});

test('a charge is refunded once, and a second refund says so', async () => {
  await post('/charges', CHARGE);
  const refund = { charge_id: 'ch_0001', refund_id: 're_0001' };
  expect(await post('/charges/ch_0001/refund')).toEqual({ status: 201, body: { ...refund, already_refunded: false } });
  expect(await post('/charges/ch_0001/refund')).toEqual({ status: 200, body: { ...refund, already_refunded: true } });
  expect(count('refund')).toBe(1);
  expect(services.journal().map((row) => row.decision)).toEqual(['applied', 'applied', 'repeated']);
});

test('messages are sent as often as they come, and nothing can be asked', async () => {
  expect(await post('/messages', MESSAGE)).toEqual({ status: 202, body: { message_id: 'sms_0001' } });
  expect(await post('/messages', MESSAGE)).toEqual({ status: 202, body: { message_id: 'sms_0002' } });
  expect((await fetch(`${services.url}/messages`)).status).toBe(405);
});

test.each([
  ['/charges', { ...CHARGE, amount: 0 }, 400],
  ['/charges', { ...CHARGE, amount: 50_001 }, 402],
  ['/charges', undefined, 400],
  ['/charges/ch_0009/refund', undefined, 404],
  ['/messages', { ...MESSAGE, to: 'Maria' }, 400],
  ['/elsewhere', {}, 404],
])('%s with %j is refused with %i and on the record', async (place, body, status) => {
  expect(await post(place, body)).toMatchObject({ status, body: { message: expect.any(String) } });
  expect(services.journal()).toMatchObject([{ seq: 1, request: { method: 'POST', path: place }, decision: 'refused' }]);
});

test('the journal outlives the server: the next one goes on with it', async () => {
  await post('/charges', CHARGE);
  await services.close();
  services = await startServices({ file });
  expect(await post('/charges', CHARGE)).toMatchObject({ body: { charge_id: 'ch_0002' } });
  expect(readJournal(file).map((row) => row.seq)).toEqual([1, 2]);
});

test('answers can be held: done, on the record, and nobody told', async () => {
  services.hold();
  const charging = post('/charges', CHARGE);
  const texting = post('/messages', MESSAGE);
  await services.untilHeld(2);
  expect([count('charge'), count('message')]).toEqual([1, 1]);
  let answered = false;
  void charging.then(() => (answered = true));
  // A question is answered all the same, so by now an answer that was not held would have come.
  expect(await listed('another')).toEqual([]);
  expect(answered).toBe(false);
  services.release();
  expect([(await charging).status, (await texting).status]).toEqual([201, 202]);
  expect((await post('/charges', CHARGE)).status).toBe(201);
});

test.each([
  ['refuse', 503, 0],
  ['error', 500, 1],
  ['cut', 'no answer', 1],
] as const)('told to %s: %s, and %i charge', async (fault, answer, charges) => {
  services.fail('charge', fault);
  const status = await post('/charges', CHARGE).then(
    (reply) => reply.status,
    () => 'no answer',
  );
  expect([status, count('charge')]).toEqual([answer, charges]);
  expect((await post('/charges', CHARGE)).status).toBe(201);
});

test('a fault meets only what it was planned for, as often as it was planned', async () => {
  services.fail('list', 'error', 2);
  services.fail('refund', 'refuse');
  expect((await post('/charges', CHARGE)).status).toBe(201);
  expect((await post('/messages', MESSAGE)).status).toBe(202);
  const list = async () => (await fetch(`${services.url}/charges?reference=x`)).status;
  expect([await list(), await list(), await list()]).toEqual([500, 500, 200]);
  expect((await post('/charges/ch_0001/refund')).status).toBe(503);
});

test('it can be told from outside how to fail, which is not on the record', async () => {
  expect(await post('/faults', { asked: 'message', fault: 'error' })).toMatchObject({
    status: 201,
    body: { times: 1 },
  });
  expect((await post('/messages', MESSAGE)).status).toBe(500);
  expect((await post('/messages', MESSAGE)).status).toBe(202);
  expect(await post('/faults', { asked: 'message', fault: 'explode' })).toMatchObject({ status: 400 });
  expect(services.journal().map((row) => row.request.path)).toEqual(['/messages', '/messages']);
});

test('as a process of its own it says where it listens, and ends when it is told to', async () => {
  const main = path.join(__dirname, '../../../dist/examples/receptionist/services/main.js');
  const child = spawn(process.execPath, [main, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  expect(await post('/messages', MESSAGE, url)).toMatchObject({ status: 202 });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(count('message')).toBe(1);
});

test('the address is the one that is set, else that of stand-ins beside the calendar, which say so', async () => {
  const calendarFile = path.join(folder, 'calendar.sqlite');
  const said: string[] = [];
  const set = { RECEPTIONIST_SERVICES_URL: 'http://10.0.0.1:80/' };
  expect(await servicesAddress(calendarFile, (line) => said.push(line), set)).toBe('http://10.0.0.1:80');
  expect(said).toEqual([]);
  const url = await servicesAddress(calendarFile, (line) => said.push(line), {});
  expect(said).toEqual([expect.stringContaining('RECEPTIONIST_SERVICES_URL is not set')]);
  expect(await post('/messages', MESSAGE, url)).toMatchObject({ status: 202 });
  expect(applied(readJournal(path.join(folder, 'services.jsonl')), 'message')).toHaveLength(1);
});
