/**
 * The server, and then the worker with it, is killed while approvals wait, while a decision is on its way and while a message is: nothing is lost, nobody is
 * asked twice, and nothing is done twice. Who was asked is counted where people are told, and in the history.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HoldfastError, type PendingItem, type Session } from '../../client';
import { PERSON_NOTIFY_ACTIVITY, type NotifyInput } from '../../workflows/contracts';
import { activities, fetchHistory } from '../session/history';
import { eventually, within } from '../support/eventually';
import { expectInvariants } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';
import { readNotices, readRegister } from '../support/refunds/register';
import { REFUND_MESSAGE, REFUNDS, refundsScript, WRITE_OFF_MESSAGE } from '../support/refunds/script';
import { TestServer } from '../support/temporal-server';

const PATIENCE_MS = 60_000;

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-approvals-'));
const register = path.join(folder, 'register.jsonl');
const notices = path.join(folder, 'notices.jsonl');
let server: TestServer;
let stage: Stage;
beforeAll(async () => {
  server = await TestServer.start({ dbFile: path.join(folder, 'temporal.sqlite') });
  stage = await openStage({
    agents: 'refunds',
    script: refundsScript,
    server,
    workerEnv: { REFUNDS_REGISTER: register, REFUNDS_NOTICES: notices },
  });
});
afterAll(async () => {
  await stage?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function untilAsked(session: Session, count: number): Promise<readonly PendingItem[]> {
  return eventually(
    `${count} calls to wait`,
    async () => {
      const found = await session.pending({ timeoutMs: PATIENCE_MS });
      return found.length === count && found;
    },
    PATIENCE_MS,
  );
}

/** Does an act, under one id, until somebody hears it and says so. */
async function untilHeard<T>(what: string, act: () => Promise<T>): Promise<T> {
  const heard = await eventually(
    what,
    () =>
      act().then(
        (answer) => ({ answer }),
        (error: unknown) => {
          if (error instanceof HoldfastError && !['REFUSED', 'ALREADY_DECIDED', 'NOT_AUTHORIZED'].includes(error.code))
            return undefined;
          throw error;
        },
      ),
    PATIENCE_MS,
  );
  return heard.answer;
}

test('approvals wait through the deaths of server and worker, and each is decided, asked about and done once', async () => {
  const worker = await stage.startWorker();
  const session = stage.client.session(`${stage.taskQueue}-approvals`);
  const message = (text: string, messageId: string) => ({ sessionId: session.id, agent: REFUNDS, text, messageId });
  const first = message(REFUND_MESSAGE, 'm-1');
  expect(await stage.client.send(first, { timeoutMs: PATIENCE_MS })).toMatchObject({ kind: 'waiting_for_human' });
  const waiting = await untilAsked(session, 2);
  await eventually('both to be told', () => readNotices(notices).length >= 2);

  await server.kill();
  await server.restart();
  expect(await untilAsked(session, 2)).toEqual(waiting);

  const [seven, eight] = waiting.map(({ approval }) => ({
    callId: approval?.callId ?? '',
    argsHash: approval?.argsHash ?? '',
  }));
  if (!seven || !eight) throw new Error('two calls were to wait');
  const edit = () =>
    session.edit(
      seven.callId,
      { order: '7', cents: 3_500 },
      { ...seven, by: 'ada', actId: 'edit-7', timeoutMs: 20_000 },
    );
  const onItsWay = edit();
  onItsWay.catch(() => undefined);
  const answered = stage.client.send(first, { timeoutMs: PATIENCE_MS });
  answered.catch(() => undefined);
  await Promise.all([server.kill(), worker.kill()]);
  await server.restart();
  await stage.startWorker();
  expect(await untilHeard('the edit', edit)).toMatchObject({ call: 'approved' });
  const reject = () => session.reject(eight.callId, { ...eight, by: 'bob', reason: 'it came', actId: 'reject-8' });
  expect(await untilHeard('the rejection', reject)).toMatchObject({ call: 'rejected' });
  const reply = await within('the answer', PATIENCE_MS, stage.client.send(first, { timeoutMs: PATIENCE_MS }));
  expect(reply).toMatchObject({ kind: 'reply' });

  // Two people, and the server dies between them.
  const second = message(WRITE_OFF_MESSAGE, 'm-2');
  expect(await stage.client.send(second, { timeoutMs: PATIENCE_MS })).toMatchObject({ kind: 'waiting_for_human' });
  const [five] = await untilAsked(session, 1);
  const argsHash = five?.approval?.argsHash ?? '';
  const approve = (by: string) => () => session.approve(five?.id ?? '', { argsHash, by, actId: `approve-${by}` });
  expect(await untilHeard('ada', approve('ada'))).toMatchObject({ call: 'waiting' });
  await server.kill();
  await server.restart();
  expect(await untilHeard('bob', approve('bob'))).toMatchObject({ call: 'approved', approvedBy: ['ada', 'bob'] });
  expect(await stage.client.send(second, { timeoutMs: PATIENCE_MS })).toMatchObject({ kind: 'reply' });

  const done = readRegister(register).map(({ order, cents, approvedBy }) => ({ order, cents, approvedBy }));
  expect(done.sort((one, other) => one.order.localeCompare(other.order))).toEqual([
    { order: '5', cents: 5_000, approvedBy: ['ada', 'bob'] },
    { order: '6', cents: 600, approvedBy: [] },
    { order: '7', cents: 3_500, approvedBy: ['ada'] },
  ]);
  const askedOnce = [seven.callId, eight.callId, five?.id].sort();
  expect(
    readNotices(notices)
      .map(({ callId }) => callId)
      .sort(),
  ).toEqual(askedOnce);
  const told = activities(await fetchHistory(stage.temporal, session.id)).filter(
    ({ type }) => type === PERSON_NOTIFY_ACTIVITY,
  );
  expect(told.map(({ input }) => (input as NotifyInput).item.id).sort()).toEqual(askedOnce);
  await expectInvariants(stage, session.id);
}, 180_000);
