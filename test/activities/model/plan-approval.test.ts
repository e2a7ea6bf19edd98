/** Which calls of a plan wait for people, and on what terms: as the tool's rule says, and asked wherever it does not say. */
import { z } from 'zod';
import { toolHashOf } from '../../../activities/approvals/tool-hash';
import type { Asking } from '../../../activities/approvals/approval-terms';
import { definitionOf } from '../../../activities/model/definition';
import { planCalls } from '../../../activities/model/plan';
import { defineAgent, defineTool, type ApprovalContext, type ApprovalOption, type Tool } from '../../../agents';
import type { ApprovalTerms } from '../../../workflows/contracts/approval';
import { DEFAULT_ID } from './model-fixture';

interface Payment {
  readonly to: string;
  readonly cents: number;
}

const input = z.object({ to: z.string().trim(), cents: z.number().int() });

function payWith(approval?: ApprovalOption<Payment>): Tool {
  return defineTool({ name: 'pay', description: 'Pays.', effect: 'at-most-once', input, approval, run: () => null });
}

async function planOf(tool: Tool, args: object = { to: 'Ann', cents: 500 }, asking?: Asking) {
  const agent = defineAgent({ name: 'clerk', instructions: 'x', model: 'm', tools: [tool] });
  const { calls } = await planCalls([{ tool: 'pay', arguments: JSON.stringify(args) }], {
    agent,
    schemas: definitionOf(agent).schemas,
    profile: 'dev',
    session: { id: 's-1', agent: 'clerk', tenant: 'north', user: 'ann' },
    now: Date.parse('2026-01-05T09:00:00Z'),
    asking,
    turn: 3,
    step: 2,
    answer: 'a1',
    ledger: (name) => ({ name, id: DEFAULT_ID }),
  });
  return calls[0];
}

async function termsFor(approval: unknown, args?: object, asking?: Asking): Promise<ApprovalTerms | undefined> {
  const call = await planOf(payWith(approval as ApprovalOption<Payment>), args, asking);
  return call?.kind === 'approval' ? call.approval : undefined;
}

test('a call that needs approval is the same call under another kind, with its terms', async () => {
  const tool = payWith('always');
  const asked = await planOf(tool);
  const run = await planOf(payWith('never'));
  expect(run?.kind).toBe('run');
  const { approval, ...call } = asked?.kind === 'approval' ? asked : { approval: undefined };
  expect({ ...call, kind: 'run' }).toEqual(run);
  expect(approval).toEqual({
    reason: 'every call of pay needs approval',
    toolHash: toolHashOf(tool),
    approvals: 1,
    stages: [{}],
  });
});

test('a rule decides by what the schema made of the arguments and by the session', async () => {
  const seen: [Payment, ApprovalContext][] = [];
  const rule = (args: Payment, context: ApprovalContext) => {
    seen.push([args, context]);
    return args.cents > 1000 && `more than $10 to ${args.to}`;
  };
  expect(await termsFor(rule, { to: ' Bob ', cents: 5000 })).toMatchObject({ reason: 'more than $10 to Bob' });
  expect(await termsFor(rule, { to: 'Bob', cents: 1000 })).toBeUndefined();
  expect(seen[0]).toEqual([
    { to: 'Bob', cents: 5000 },
    {
      session: { id: 's-1', agent: 'clerk', tenant: 'north', user: 'ann' },
      turn: 3,
      step: 2,
      now: new Date('2026-01-05T09:00:00Z'),
    },
  ]);
});

test('all that the policy says is in the terms, and what the worker adds', async () => {
  const policy: ApprovalOption<Payment> = {
    when: () => true,
    reason: 'money leaves',
    approvals: 2,
    roles: ['clerk'],
    deadline: '1h',
    reminders: ['10m'],
    escalate: [{ roles: ['manager'] }],
    amount: ({ cents }) => cents / 100,
    unit: 'USD',
  };
  expect(await termsFor(policy, undefined, { notify: true })).toMatchObject({
    reason: 'money leaves',
    approvals: 2,
    stages: [
      { roles: ['clerk'], deadlineMs: 3_600_000, atDeadline: 'escalate', remindMs: [3_000_000] },
      { roles: ['manager'] },
    ],
    signed: true,
    amount: { value: 5, unit: 'USD' },
    notify: true,
  });
  expect(await termsFor('always', undefined, { signed: true })).toMatchObject({ signed: true });
  expect(await termsFor('always', undefined, { signed: false })).not.toHaveProperty('signed');
});

describe('what cannot be judged is asked, with the reason', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'a rule that throws',
      () => {
        throw new Error('no price for this');
      },
      /^its rule could not say whether it needs approval \(no price for this\)$/,
    ],
    ['a rule that returns nothing', () => undefined, /^its rule returned nothing, where true, false or a reason/],
    ['a rule that returns 0', () => 0, /^its rule returned 0/],
    ['a rule that returns null', () => null, /^its rule returned null/],
    ['a rule that returns an object', () => ({}), /^its rule returned an object/],
    ['a rule that returns a promise', () => Promise.resolve(false), /^its rule returned a promise/],
    ['a rule whose promise fails', () => Promise.reject(new Error('x')), /^its rule returned a promise/],
    ['a rule that returns an empty reason', () => '', /^pay asks for approval of this call$/],
    [
      'an amount of NaN',
      { when: () => false, amount: () => NaN },
      /^its amount is NaN, which is no finite number from 0$/,
    ],
    ['an amount without end', { when: () => false, amount: () => Infinity }, /^its amount is Infinity/],
    ['an amount below 0', { when: () => false, amount: () => -1 }, /^its amount is -1/],
    ['an amount as a text', { when: () => false, amount: () => '5' }, /^its amount is the text "5"/],
    [
      'an amount that throws',
      {
        when: () => false,
        amount: () => {
          throw new Error('no rate');
        },
      },
      /^its amount could not be found \(no rate\)$/,
    ],
  ])('%s', async (_what, approval, words) => {
    const terms = await termsFor(approval);
    expect(terms?.reason).toMatch(words);
    expect(terms).not.toHaveProperty('amount');
  });

  test('and both reasons where the rule asks as well', async () => {
    const terms = await termsFor({ when: () => 'much', amount: () => NaN });
    expect(terms?.reason).toBe('much; its amount is NaN, which is no finite number from 0');
  });
});

test('a reason is one inert line of bounded length, and holds no secret', async () => {
  const shown = await termsFor(() => `to \u202eevil\n\u001b[2J${'x'.repeat(9000)}`);
  expect(shown?.reason).toMatch(/^to \\u202eevil\\u000a\\u001b\[2Jx+…$/);
  expect(shown?.reason).toHaveLength(500);
  const failing = await termsFor(() => {
    throw new Error('401 for Bearer abcdefgh12345678');
  });
  expect(failing?.reason).toContain('Bearer [redacted]');
});

test('a rule that changes what it is given changes neither what runs nor what people see', async () => {
  const call = await planOf(
    payWith((args) => {
      (args as { to: string }).to = 'somebody nice';
      return true;
    }),
  );
  expect(call).toMatchObject({ args: { to: 'Ann', cents: 500 }, summary: 'pay(cents=500, to=Ann)' });
});

test('arguments that do not pass are refused as before, whatever the rule', async () => {
  const call = await planOf(payWith('always'), { to: 'Ann' });
  expect(call).toMatchObject({ kind: 'refused', outcome: { reason: 'invalid_arguments' } });
});
