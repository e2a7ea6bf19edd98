/** The long conversation with the support desk against a real server: what the user hears, and what became of the shop, the payments, the state and the children. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConversationItem, PendingItem, Session, SessionStateView } from '../../client';
import { supportDesk } from '../../examples/support-desk/agents';
import { CONVERSATION, SAYS } from '../../examples/support-desk/conversation';
import { TRIAGE } from '../../examples/support-desk/names';
import { startPayments, type Payments } from '../../examples/support-desk/payments/service';
import { script } from '../../examples/support-desk/script';
import { openShop, type Shop } from '../../examples/support-desk/shop';
import { SHOP_LEDGER } from '../../examples/support-desk/shop-ledger';
import { shopIn } from '../../examples/support-desk/sweep';
import { applied } from '../../examples/shared/services/journal';
import { startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { familyRunsOf } from '../../testing/run-chain';
import { replayAll } from '../replay/replay';
import { failedTasks } from '../session/history';
import { PATIENCE_MS, startStage, uniqueName, type Stage } from '../session/stage';

let folder: string;
let shop: Shop;
let payments: Payments;
let model: ScriptedOpenAI;
let stage: Stage;
let session: Session;
/** What the user heard, by what the user had said. */
const heard = new Map<string, string>();
/** What people were asked on the way. */
const asked: PendingItem[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'support-desk-test-'));
  shop = openShop(path.join(folder, 'shop.sqlite'));
  payments = await startPayments({ file: path.join(folder, 'payments.jsonl') });
  model = await startScriptedOpenAI({ script });
  stage = await startStage({
    agents: supportDesk(shop, payments.url),
    ledgers: () => ({ [SHOP_LEDGER.name]: shop.file }),
    modelUrl: model.url,
  });
  session = stage.client.session(uniqueName('support-desk'));
  for (const text of CONVERSATION) {
    heard.set(text, await say(text));
    // A person adds what nobody at the desks can know, once the refunds desk has the user.
    if (text === SAYS.lamp) await session.patchState(CARRIER, { by: 'dana', actId: 'carrier' });
  }
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await model?.stop();
  await payments?.close();
  shop?.close();
  rmSync(folder, { recursive: true });
});

const CARRIER = { established: [{ text: 'The carrier pays for the lamp.', source: 'the carrier' }] };

/** Sends a message, and agrees to what waits for a person on the way. */
async function say(text: string): Promise<string> {
  const message = { sessionId: session.id, agent: TRIAGE, text, messageId: `m-${heard.size + 1}` };
  for (;;) {
    const answer = await stage.client.send(message, { timeoutMs: PATIENCE_MS });
    if (answer.kind === 'reply') return answer.text;
    if (answer.kind !== 'waiting_for_human') throw new Error(`${text}: ${JSON.stringify(answer)}`);
    asked.push(...answer.pending);
    for (const { id, approval } of answer.pending) {
      await session.approve(id, { by: 'dana', argsHash: approval?.argsHash ?? '' });
    }
  }
}

test('thirteen turns at one address, each answered with what the tools said', () => {
  expect(heard.size).toBe(13);
  expect(Object.fromEntries(Object.entries(SAYS).map(([name, text]) => [name, heard.get(text)]))).toMatchObject({
    hello: expect.stringMatching(/what is your full name/),
    who: 'Thank you, Ms Berger, I have found you. What may I do first?',
    rights: expect.stringMatching(/paid back in full.*"Your report of 1 March 2027", is ready/),
    shipped: 'Order 70001 is being packed, not shipped yet. It goes to 18 Elm Road, Manchester M14 5RQ.',
    address: 'Done: order 70001 goes to 7 Canal Street, Leeds LS1 4DT. You will have that in writing.',
    mugs: 'The mugs are out of order 70001, and £24.00 for MUGS-4 was paid back. The reference is rf_0001.',
    lamp: 'That is £149.00 for the floor lamp of order 70002, back to the card you paid with. Shall I?',
    agreed: 'Done: £149.00 for LAMP-2 was paid back. The reference is rf_0002.',
    again: expect.stringMatching(/^It did go through: £24\.00 for MUGS-4 was paid back, with the reference rf_0001\./),
    onItsWay: 'Order 70001 is being packed, not shipped yet. It goes to 7 Canal Street, Leeds LS1 4DT.',
    letter: 'Letter 1, "Your report of 1 March 2027", is on its way, and it names your new address.',
    done: expect.stringMatching(/^We did 6 things for you.*\n- £149\.00 for LAMP-2 of order 70002 was paid back\./s),
    goodbye: 'Nothing is left open. Goodbye, Ms Berger!',
  });
});

test('one refund for each item, though two desks were asked for one of them, and one approval', () => {
  expect(applied(payments.journal(), 'refund')).toMatchObject([
    { id: 'rf_0001', order: 70001, item: 'MUGS-4', amount: 2_400, reference: expect.stringMatching(/\/h3\/t3\.s2\./) },
    { id: 'rf_0002', order: 70002, item: 'LAMP-2', amount: 14_900, reference: expect.stringMatching(/\/h4\/t2\.s1\./) },
  ]);
  expect(asked).toMatchObject([
    {
      kind: 'approval',
      child: 'h4',
      summary: 'refund_payment(£149.00 for LAMP-2 of 70002)',
      approval: { terms: { amount: { value: 149, unit: 'GBP' } } },
    },
  ]);
});

test('one address, one letter, one cancelled item in the shop', () => {
  const { orders, items, letters, identified } = shopIn(shop.file);
  expect(orders[0]).toEqual({ order_number: 70001, address: '7 Canal Street, Leeds LS1 4DT', status: 'packing' });
  expect(items.filter(({ status }) => status === 'cancelled')).toMatchObject([{ sku: 'MUGS-4' }]);
  expect(letters).toMatchObject([{ customer_id: 501, body: expect.stringMatching(/^Dear Nadia Berger,.*Leeds/s) }]);
  expect(identified).toEqual([{ customer_id: 501 }]);
});

test('the state: what was established at every desk, what was done where, and nothing owed; changed by each means there is', async () => {
  const { state, changes } = await session.state();
  expect(state.own).toEqual({
    topic: 'a broken lamp, and another order',
    customer: { customer_id: 501, name: 'Nadia Berger' },
  });
  expect(state.owed).toEqual([]);
  expect(state.established.map(({ text }) => text)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^The user is Nadia Berger/),
      expect.stringMatching(/^Whatever arrives broken/),
      'The carrier pays for the lamp.',
      '£24.00 for MUGS-4 of order 70001 was paid back.',
      '£149.00 for LAMP-2 of order 70002 was paid back.',
      'Order 70001 goes to 7 Canal Street, Leeds LS1 4DT.',
    ]),
  );
  expect(state.done.map(({ agent, tool }) => `${agent} ${tool}`)).toEqual([
    'triage check_identity',
    'orders change_address',
    'orders cancel_item',
    'orders refund_payment',
    'refunds refund_payment',
    'triage send_letter',
  ]);
  expect(kindsOf(changes)).toEqual(new Set(['model', 'tool', 'engine', 'handoff']));
  // It was the refunds desk that had the user: the person's change is in its conversation, with who made it, and came from there.
  const there = await session.child('h4').state();
  expect(kindsOf(there.changes)).toEqual(new Set(['handoff', 'tool', 'model', 'person', 'engine']));
});

function kindsOf(changes: SessionStateView['changes']): ReadonlySet<string> {
  return new Set(changes.map(({ cause }) => cause.kind));
}

test('five children, all closed; the family’s bill is the first session’s', async () => {
  const { children = [], usage, active } = await session.status();
  expect(active).toBeUndefined();
  expect(
    children.map(({ child, agent, role, phase, reason }) => `${child} ${agent} ${role} ${phase} ${reason}`),
  ).toEqual([
    'h1 researcher delegate closed answered',
    'h2 writer delegate closed answered',
    'h3 orders transfer closed handed_over',
    'h4 refunds transfer closed handed_over',
    'h5 orders transfer closed handed_back',
  ]);
  const own = model.requests().filter(({ body }) => body.toString().includes('"You are the front desk of'));
  const calls = children.reduce((sum, child) => sum + child.usage.modelCalls, own.length);
  expect(usage.modelCalls).toBe(calls);
  expect(usage.modelCalls).toBe(model.requests().length);
  const runs = await familyRunsOf(stage.temporal, session.id);
  expect(new Set(runs.map(({ workflowId }) => workflowId.slice(session.id.length)))).toEqual(
    new Set(['', '/h1', '/h2', '/h3', '/h4', '/h5']),
  );
});

test('every call of the family has its one outcome; careless ones were refused, and the second refund is the first', async () => {
  const outcomes: string[] = [];
  for (const each of [session, ...['h1', 'h2', 'h3', 'h4', 'h5'].map((path) => session.child(path))]) {
    const items = await each.wholeTranscript();
    expect(callsOf(items).toSorted()).toEqual(
      outcomesOf(items)
        .map(({ callId }) => callId)
        .toSorted(),
    );
    outcomes.push(
      ...outcomesOf(items).map(({ tool, outcome }) =>
        outcome.kind === 'succeeded' && outcome.sameAsCall !== undefined ? `${tool} same` : `${tool} ${outcome.kind}`,
      ),
    );
  }
  expect(outcomes.filter((one) => !one.endsWith('succeeded'))).toEqual([
    'chek_identity rejected',
    'give_result rejected',
    'refund_payment same',
  ]);
});

test('no workflow task failed, and every history of the family replays', async () => {
  await session.end({ by: 'the test' });
  await session.result({ timeoutMs: PATIENCE_MS });
  const runs = await familyRunsOf(stage.temporal, session.id);
  expect(runs.flatMap(({ history }) => failedTasks(history))).toEqual([]);
  expect(await replayAll(runs.map(({ workflowId, history }) => ({ workflowId, history })))).toEqual({});
});

function callsOf(items: readonly ConversationItem[]): readonly string[] {
  return items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
}

function outcomesOf(items: readonly ConversationItem[]) {
  return items.flatMap((item) => (item.kind === 'outcome' ? [item] : []));
}
