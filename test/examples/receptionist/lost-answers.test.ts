/**
 * What the example's README invites to try, with a real session: a payment whose answer is lost is found and not made again, and a text
 * message whose answer is lost waits for a person.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PendingItem } from '../../../client';
import { script } from '../../../examples/receptionist/script';
import { applied } from '../../../examples/receptionist/services/journal';
import { startServices, type Services } from '../../../examples/receptionist/services/server';
import { eventually } from '../../support/eventually';
import { openStage, type Stage } from '../../support/recovery-stage';

let services: Services;
let stage: Stage;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'lost-answers-'));
  services = await startServices({ file: path.join(folder, 'services.jsonl') });
  stage = await openStage({ agents: 'receptionist', script, workerEnv: { RECEPTIONIST_SERVICES_URL: services.url } });
  await stage.startWorker();
});
afterAll(async () => {
  await stage.close();
  await services.close();
  rmSync(folder, { recursive: true });
});

let sent = 0;
function say(sessionId: string, text: string) {
  sent += 1;
  const message = { sessionId: `${stage.taskQueue}-${sessionId}`, agent: 'receptionist', text, messageId: `m-${sent}` };
  return stage.client.send(message, { timeoutMs: 45_000 });
}

/** @returns the appointment's number. */
async function book(sessionId: string, patientAndSlot: string): Promise<string> {
  const answer = await say(sessionId, `book ${patientAndSlot} Check-up`);
  const number = answer.kind === 'reply' ? /"appointment_id":(\d+)/.exec(answer.text)?.[1] : undefined;
  if (number === undefined) throw new Error(`nothing was booked: ${JSON.stringify(answer)}`);
  return number;
}

const session = (sessionId: string) => stage.client.session(`${stage.taskQueue}-${sessionId}`);
const done = (kind: 'charge' | 'message' | 'refund') => applied(services.journal(), kind);

test('a payment that is asked for twice is made once, also when its answer is lost, and another amount is refused', async () => {
  const appointment = await book('payer', '1007 2027-03-03T09:00/okafor');
  services.fail('charge', 'cut');
  const paid = await say('payer', `deposit 1007 ${appointment} 20.00`);
  expect(paid).toMatchObject({ kind: 'reply', text: expect.stringContaining('"charge_id":"ch_0001"') });
  // Looked up after the lost answer, until the list showed it.
  const [first, ...others] = services.journal().map((row) => row.request.method);
  expect([first, new Set(others)]).toEqual(['POST', new Set(['GET'])]);
  expect(await say('payer', `deposit 1007 ${appointment} 20.00`)).toMatchObject({
    text: expect.stringContaining('ch_0001'),
  });
  expect(await say('payer', `deposit 1007 ${appointment} 30.00`)).toMatchObject({
    text: expect.not.stringContaining('charge_id'),
  });
  expect(done('charge')).toHaveLength(1);
});

/** The call that a session waits for a person with. */
async function waitingCall(sessionId: string): Promise<PendingItem> {
  const [item, ...others] = await session(sessionId).pending();
  if (!item || others.length > 0) throw new Error(`expected one waiting call, found ${others.length + (item ? 1 : 0)}`);
  return item;
}

test('a text message whose answer is lost is not sent again: a person looks into the journal and says that it went out', async () => {
  services.fail('message', 'cut');
  expect(await say('texter', 'text 1007 See you on Wednesday.')).toMatchObject({ kind: 'waiting_for_human' });
  const item = await waitingCall('texter');
  expect(item).toMatchObject({
    unblockedBy: 'resolve',
    call: { tool: 'send_text_message', row: { effect: 'at-most-once' } },
  });
  expect(done('message')).toMatchObject([{ id: 'sms_0001', text: 'See you on Wednesday.' }]);

  const wrong = session('texter').resolve(item.id, { as: 'applied', result: { sent: true } });
  await expect(wrong).rejects.toThrow('message_id');
  expect(await waitingCall('texter')).toMatchObject({ id: item.id });
  await session('texter').resolve(item.id, { as: 'applied', result: { message_id: 'sms_0001' } });
  const next = await say('texter', 'And now?');
  expect(next).toMatchObject({ kind: 'reply' });
  const outcomes = (await session('texter').wholeTranscript()).filter((one) => one.kind === 'outcome');
  expect(outcomes).toMatchObject([{ outcome: { kind: 'succeeded', result: { message_id: 'sms_0001' } } }]);
  expect(done('message')).toHaveLength(1);
});

test('a message that the person says did not go out is sent then', async () => {
  services.fail('message', 'cut');
  const before = done('message').length;
  await say('again', 'text 1008 See you on Thursday.');
  const item = await waitingCall('again');
  await session('again').resolve(item.id, { as: 'absent', by: 'the manager' });
  await eventually('the turn to end', async () => {
    const { status } = await session('again').status();
    return status === 'waiting_for_user';
  });
  expect(done('message')).toHaveLength(before + 2);
});

test('a deposit that is undone is refunded once, and can be taken again', async () => {
  const appointment = await book('undoer', '1001 2027-03-04T09:00/lind');
  await say('undoer', `deposit 1001 ${appointment} 20.00`);
  const call = (await session('undoer').wholeTranscript()).findLast((one) => one.kind === 'outcome');
  const callId = call?.kind === 'outcome' ? call.callId : '';
  const charges = done('charge').length;
  services.fail('refund', 'cut');
  expect(await session('undoer').undo(callId)).toMatchObject({
    kind: 'done',
    outcome: { kind: 'succeeded', result: { already_refunded: true } },
  });
  expect(done('refund')).toHaveLength(1);
  await say('undoer', `deposit 1001 ${appointment} 20.00`);
  expect(done('charge')).toHaveLength(charges + 1);
});
