/** The world that the sweep is given: what its snapshot sees, what it leaves out, and what the people in it do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PendingItem, Session } from '../../../client';
import { sweep } from '../../../examples/support-desk/sweep';
import type { SweepWorld } from '../../../testing';

let folder: string;
let world: SweepWorld;
let other: SweepWorld;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'sweep-plan-test-'));
  world = await sweep.openWorld(path.join(folder, 'one'));
  other = await sweep.openWorld(path.join(folder, 'other'));
});
afterEach(async () => {
  await world.close();
  await other.close();
  rmSync(folder, { recursive: true });
});

const pay = (at: SweepWorld, reference: string) =>
  fetch(`${at.env.SUPPORT_DESK_PAYMENTS_URL}/refunds`, {
    method: 'POST',
    body: JSON.stringify({
      reference,
      order: 70002,
      item: 'LAMP-2',
      amount: 14_900,
      currency: 'GBP',
      reason: 'broken',
    }),
  });

const waits = (tool: string): PendingItem => ({
  kind: 'unresolved',
  id: 'h4:t2.s1.c1',
  child: 'h4',
  summary: tool,
  since: 1,
  unblockedBy: 'resolve',
  call: {
    callId: 'h4:t2.s1.c1',
    tool,
    turn: 2,
    step: 1,
    args: {},
    message: 'It may have happened.',
    row: {
      ledger: 'shop',
      callKey: 'run/h4/t2.s1.c1',
      idempotencyKey: 'run/h4/t2.s1.c1',
      effect: 'reconcilable',
      attempts: 2,
      bodyFailures: 0,
      startedAt: 1,
    },
  },
});

test('equal worlds have equal snapshots, whatever the session; a thing that was done twice shows', async () => {
  await pay(world, 'run-1/h4/t2.s1.c1');
  await pay(other, 'run-2/h4/t2.s1.c1');
  const before = await world.snapshot();
  expect(before).toEqual(await other.snapshot());
  expect(before).toMatchObject({
    refunds: [{ refund: 'rf_0001', order: 70002, call: 'h4/t2.s1.c1' }],
    letters: [],
    orders: expect.arrayContaining([{ order_number: 70001, address: expect.any(String), status: 'packing' }]),
  });
  await pay(world, 'run-1/h4/t2.s1.c1');
  expect(await world.snapshot()).toEqual(before);
  await pay(world, 'run-1/h3/t3.s2.c1');
  expect(await world.snapshot()).not.toEqual(before);
});

test('a person looks into the journal what became of a refund', async () => {
  expect(await world.resolve?.(waits('refund_payment'))).toEqual({ as: 'absent' });
  await pay(world, 'run/h4/t2.s1.c1');
  expect(await world.resolve?.(waits('refund_payment'))).toEqual({
    as: 'applied',
    result: { refund_id: 'rf_0001', order: 70002, item: 'LAMP-2', amount: 14_900, currency: 'GBP' },
  });
  await expect(world.resolve?.(waits('send_letter'))).rejects.toThrow('Nobody can look up what became of send_letter');
});

test('a person agrees to refunds, and to nothing else', async () => {
  const session = {} as Session;
  const approval = { tool: 'refund_payment' } as PendingItem['approval'];
  const item = { ...waits('refund_payment'), kind: 'approval', approval } as const;
  expect(await world.decide?.(item, session)).toMatchObject({ decision: 'approve', by: 'dana' });
  await expect(world.decide?.({ ...waits('x'), kind: 'limit' }, session)).rejects.toThrow('Nobody knows what to do');
});
