/**
 * Every act of a person, done through hands that know nothing of the product: Temporal's own Web UI and its own command line. What is pasted into a decision is
 * copied from the page of current details, and from nowhere else.
 */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import type { SendResult, Session } from '../../client';
import { callsTool, callsTools, says, type Script } from '../../testing';
import { eventually, PATIENCE_MS, uniqueName, type Stage } from './stage';

/** How a person reaches a session. */
export interface Hands {
  /** Resolves when it was taken; rejects with what the person is told where it was refused. */
  update(sessionId: string, name: string, request: object): Promise<void>;
  signal(sessionId: string, name: string, request: object): Promise<void>;
  /** The page of current details, as text, once `pattern` is in it. */
  page(sessionId: string, pattern: RegExp): Promise<string>;
}

/** Refunds that ran: order and cents. */
export const refunded: string[] = [];
export const undone: string[] = [];

const order = { order: z.string(), cents: z.int().positive() };

export const support = defineAgent({
  name: 'support',
  instructions: 'You help customers of a shop.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'refund_order',
      description: 'Refunds an order.',
      effect: 'idempotent',
      input: z.object({ ...order, note: z.string().optional() }),
      approval: {
        when: ({ cents }) => (cents > 2_000 ? 'refunds above $20 are looked at' : false),
        amount: ({ cents }) => cents / 100,
        unit: 'USD',
        deadline: '4h',
        atDeadline: 'reject',
      },
      run: ({ order, cents }) => {
        refunded.push(`${order}: ${cents}`);
        return { refunded: cents };
      },
      compensate: ({ order }) => {
        undone.push(order);
      },
    }),
    defineTool({
      name: 'post_letter',
      description: 'Posts a letter.',
      effect: 'at-most-once',
      input: z.object({ to: z.string() }),
      run: () => {
        throw new Error('the connection broke');
      },
    }),
    defineTool({
      name: 'wait_for_stock',
      description: 'Waits until something is in stock again.',
      effect: 'read',
      input: z.object({ item: z.string() }),
      run: (_args, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('told to stop')))),
    }),
    defineTool({
      name: 'look',
      description: 'Looks.',
      effect: 'read',
      input: z.object({ at: z.int() }),
      run: ({ at }) => ({ saw: at }),
    }),
  ],
});

/** What a page must never obey, wherever it comes from. */
export const MARKUP =
  '```\n<img src=x> <script>1</script> [click](http://evil.example) https://evil.example **loud** `code` | cell | \u202egnp.exe\n\n\n# heading';

const refund = (number: string, cents: number, note?: string) => ({
  tool: 'refund_order',
  arguments: { order: number, cents, ...(note === undefined ? {} : { note }) },
});

export const script: Script = {
  name: 'support',
  turns: [
    {
      user: /^three refunds/,
      answers: [
        callsTools(refund('1043', 4_200), refund('1044', 9_900, MARKUP), refund('1045', 5_500)),
        says('Two are refunded.'),
      ],
    },
    { user: /^small refund/, answers: [callsTools(refund('7', 900)), says('It is refunded.')] },
    { user: /^look/, answers: [callsTool('look', { at: 1 }), callsTool('look', { at: 2 }), says('I looked twice.')] },
    { user: /^letter/, answers: [callsTool('post_letter', { to: 'ada' }), says('It is posted.')] },
    { user: /^wait/, answers: [callsTool('wait_for_stock', { item: 'lamp' }), says('I do not wait.')] },
    { user: /^hang on/, answers: [callsTool('wait_for_stock', { item: 'sofa' }), says('never said')] },
  ],
  fallback: () => says('Yes.'),
};

/** A decision as it stands on the page, to be pasted: the `nth` of its kind. */
export function copied(page: string, decision: 'approve' | 'reject' | 'edit', nth = 0): Record<string, unknown> {
  const found = [...page.matchAll(new RegExp(`\\{"actId": "${decision}\\..*?"by": "who"\\}`, 'g'))][nth];
  if (!found) throw new Error(`no ${decision} number ${nth} on the page:\n${page}`);
  return JSON.parse(found[0]) as Record<string, unknown>;
}

export interface ByHand {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** The whole story, in order: each step goes on where the last one left the session. */
export function everyAct(stage: () => Stage, hands: () => Hands): readonly ByHand[] {
  const sessionId = uniqueName('by-hand');
  const session = (): Session => stage().client.session(sessionId);
  const send = (text: string, id = sessionId, limits?: object): Promise<SendResult> =>
    stage().client.send({ sessionId: id, agent: 'support', user: 'carol', text, limits }, { timeoutMs: PATIENCE_MS });
  let acts = 0;
  const act = (name: string, more: object = {}) => ({ actId: `act-${(acts += 1)}`, act: name, by: 'ada', ...more });
  const intervene = (name: string, more?: object) => hands().update(sessionId, 'intervene', act(name, more));
  const callOf = async (outcome: string | undefined): Promise<string> =>
    eventually(`a call that is ${outcome ?? 'running'}`, async () => {
      const { recent } = await session().status();
      return recent.findLast((record) => record.kind === 'tool' && record.outcome === outcome)?.id;
    });
  const said = async (words: string) => JSON.stringify(await session().wholeTranscript()).includes(words);

  return [
    {
      name: 'decide: approve, reject and edit, as they stand on the page',
      run: async () => {
        const waits = await send('three refunds, please');
        expect(waits.kind).toBe('waiting_for_human');
        const page = await hands().page(sessionId, /3 calls wait for approval/);
        await hands().update(sessionId, 'decide', { ...copied(page, 'approve', 0), by: 'ada' });
        await hands().update(sessionId, 'decide', { ...copied(page, 'reject', 1), reason: 'never ordered', by: 'bob' });
        const edit = copied(page, 'edit', 2);
        const changed = { args: { ...(edit.args as object), cents: 100 }, by: 'ada' };
        await hands().update(sessionId, 'decide', { ...edit, ...changed });
        await eventually('the answer', async () => (await said('Two are refunded.')) || undefined);
        expect([...refunded].sort()).toEqual(['1043: 4200', '1045: 100']);
        expect(await said('never ordered')).toBe(true);
      },
    },
    {
      name: 'pause, note and resume',
      run: async () => {
        await intervene('pause', { reason: 'lunch' });
        const answer = send('hello?');
        await hands().page(sessionId, /Paused by ada/);
        await intervene('note', { text: 'be brief' });
        await intervene('resume');
        await eventually('the answer', async () => (await said('Yes.')) || undefined);
        await answer;
        expect(await said('be brief')).toBe(true);
      },
    },
    {
      name: 'the signal: one that is done, and one that is refused in words',
      run: async () => {
        await hands().signal(sessionId, 'intervention', act('pause'));
        await hands().page(sessionId, /Paused by ada/);
        await hands().signal(sessionId, 'intervention', { actId: 'odd', act: 'juggle', by: 'mallory' });
        await intervene('resume');
        await hands().page(sessionId, /Refused so far: 1\b[^]*juggle/);
        expect(await session().status()).toMatchObject({ refused: 1, status: 'waiting_for_user' });
      },
    },
    {
      name: 'take_over, speak and hand_back',
      run: async () => {
        await intervene('take_over');
        const sent = await send('is anybody there?');
        expect(sent).toMatchObject({ kind: 'with_person', person: 'ada' });
        await intervene('speak', { text: 'This is Ada, a person.' });
        expect(await session().answer(sent.messageId)).toMatchObject({
          kind: 'answered',
          answer: { kind: 'reply', text: 'This is Ada, a person.', by: 'ada' },
        });
        await intervene('hand_back');
        expect(await send('and now?')).toMatchObject({ kind: 'reply', text: 'Yes.' });
      },
    },
    {
      name: 'resolve',
      run: async () => {
        expect((await send('letter to ada')).kind).toBe('waiting_for_human');
        const callId = await callOf('unresolved');
        const request = { actId: 'resolve-1', callId, as: 'applied', result: { posted: true }, by: 'ada' };
        await hands().update(sessionId, 'resolve', request);
        await eventually('the answer', async () => (await said('It is posted.')) || undefined);
      },
    },
    {
      name: 'cancel_call and replace_outcome',
      run: async () => {
        const answer = send('wait for the lamp');
        const callId = await callOf(undefined);
        await intervene('cancel_call', { callId });
        expect(await answer).toMatchObject({ kind: 'reply', text: 'I do not wait.' });
        expect(await callOf('cancelled')).toBe(callId);
        await intervene('replace_outcome', { callId, result: { inStock: true } });
        expect(await said('inStock')).toBe(true);
      },
    },
    {
      name: 'undo',
      run: async () => {
        await send('small refund');
        await intervene('undo', { callId: await callOf('succeeded') });
        expect(undone).toEqual(['7']);
      },
    },
    {
      name: 'stop',
      run: async () => {
        const answer = send('hang on');
        await callOf(undefined);
        await intervene('stop');
        expect(await answer).toMatchObject({ kind: 'stopped', session: 'open' });
      },
    },
    {
      name: 'extend',
      run: async () => {
        const limited = uniqueName('by-hand-limited');
        const waits = await send('look twice', limited, { steps: 1, onLimit: 'ask' });
        expect(waits.kind).toBe('waiting_for_human');
        const page = await hands().page(limited, /May it go on\?/);
        const extend = /\{"actId": "new-id", "act": "extend".*?\}/.exec(page);
        await hands().update(limited, 'intervene', { ...JSON.parse(extend?.[0] ?? '{}'), amount: 5 } as object);
        await eventually('the answer', async () => {
          const answer = await stage().client.session(limited).answer(waits.messageId);
          return answer.kind === 'answered' || undefined;
        });
      },
    },
    {
      name: 'end',
      run: async () => {
        await intervene('end', { reason: 'all is said' });
        expect(await session().result()).toMatchObject({ status: 'completed', reason: 'ended' });
      },
    },
  ];
}
