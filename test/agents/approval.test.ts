/** What a tool may declare of people who must allow its calls: what comes of it, and what is refused, by tool and field. */
import { z } from 'zod';
import { defineAgent, defineTool, type ApprovalOption, type Duration, type Tool } from '../../agents';
import { definitionOf } from '../../activities/model/definition';
import { toolHashOf } from '../../activities/approvals/tool-hash';

interface Args {
  readonly cents: number;
}

const spec = {
  name: 'pay',
  description: 'Pays.',
  effect: 'at-most-once',
  input: z.object({ cents: z.number() }),
  run: () => null,
} as const;

const withApproval = (approval: unknown): Tool => defineTool({ ...spec, approval: approval as ApprovalOption<Args> });

test('calls need no approval unless the tool says so', () => {
  expect(defineTool(spec).approval).toBeUndefined();
  expect(withApproval('never').approval).toBeUndefined();
});

test.each<[string, unknown]>([
  ['always', 'always'],
  ['a rule', (): boolean => true],
  ['a policy without anything else', { when: 'always' }],
])('%s asks one person, for as long as it takes, without a signature', (_what, approval) => {
  expect(withApproval(approval).approval).toMatchObject({ approvals: 1, stages: [{}], signed: false });
});

test('a rule is given the arguments as the schema makes them, by their types', () => {
  const tool = defineTool({
    ...spec,
    input: z.object({ on: z.coerce.date() }),
    approval: {
      when: ({ on }, { now, session }) => on.getTime() < now.getTime() && `in the past, says ${session.id}`,
      amount: ({ on }) => on.getUTCFullYear(),
    },
  });
  const context = { session: { id: 's', agent: 'a' }, turn: 1, step: 1, now: new Date('2026-01-05') };
  const { when, amount } = tool.approval ?? {};
  expect(typeof when === 'function' && when({ on: new Date('2026-01-04') }, context)).toBe('in the past, says s');
  expect(amount?.({ on: new Date('2026-01-04') })).toBe(2026);
});

test('a tool that only reads may need approval too', () => {
  expect(defineTool({ ...spec, effect: 'read', approval: 'always' }).approval).toMatchObject({ when: 'always' });
});

test('reminders are counted back from the deadline, and come in order', () => {
  expect(withApproval({ when: 'always', deadline: '24h', reminders: ['1h', '4h', '60m'] }).approval?.stages).toEqual([
    { deadlineMs: 86_400_000, atDeadline: 'reject', remindMs: [72_000_000, 82_800_000] },
  ]);
});

test('a stage escalates to the next by itself, the last one rejects, and roles ask for signatures', () => {
  const { approval } = withApproval({
    when: 'always',
    roles: ['clerk'],
    deadline: '1h',
    escalate: [{ roles: ['manager', 'owner'], deadline: '1d' }, {}],
  });
  expect(approval).toMatchObject({
    signed: true,
    stages: [
      { roles: ['clerk'], deadlineMs: 3_600_000, atDeadline: 'escalate' },
      { roles: ['manager', 'owner'], deadlineMs: 86_400_000, atDeadline: 'escalate' },
      {},
    ],
  });
  expect(withApproval({ when: 'always', deadline: '1h' }).approval?.stages).toEqual([
    { deadlineMs: 3_600_000, atDeadline: 'reject' },
  ]);
});

describe('what could not hold is refused', () => {
  const always = (fields: object) => ({ when: 'always', ...fields });
  const manyRoles = Array.from({ length: 21 }, (_, index) => `r${index}`);

  it.each<[string, unknown, RegExp]>([
    ['a word that is none', 'sometimes', /approval must be "never", "always", a function/],
    ['a list', ['always'], /approval must be .* got a list/],
    ['no rule', {}, /approval\.when must be "always" or a function/],
    [
      'a misspelt field',
      always({ approver: 2 }),
      /approval does not know "approver"; it takes: when, reason, approvals/,
    ],
    ['no people at all', always({ approvals: 0 }), /approval\.approvals must be a whole number of 1 to 10, got 0/],
    ['eleven people', always({ approvals: 11 }), /approval\.approvals/],
    ['one and a half people', always({ approvals: 1.5 }), /approval\.approvals/],
    ['people as a text', always({ approvals: '2' }), /approval\.approvals/],
    ['an empty reason', always({ reason: ' ' }), /approval\.reason must be a text/],
    ['signatures as a text', always({ signed: 'yes' }), /approval\.signed must be true or false/],
    ['no list of roles', always({ roles: 'clerk' }), /approval\.roles must be a list of 1 to 20/],
    ['an empty list of roles', always({ roles: [] }), /approval\.roles must be a list/],
    ['too many roles', always({ roles: manyRoles }), /approval\.roles must be a list/],
    ['a role of two words', always({ roles: ['head nurse'] }), /approval\.roles: a role is 1 to 64 characters/],
    ['a role twice', always({ roles: ['a', 'a'] }), /approval\.roles names a role twice/],
    ['roles without signatures', always({ roles: ['a'], signed: false }), /approval\.roles needs signed decisions/],
    ['a deadline of no time', always({ deadline: '10ms' }), /approval\.deadline must be 1 second to 1 year/],
    ['a deadline of two years', always({ deadline: '730d' }), /approval\.deadline must be 1 second to 1 year/],
    ['a deadline that is none', always({ deadline: 'soon' }), /approval\.deadline must be a positive duration/],
    ['what comes at no deadline', always({ atDeadline: 'reject' }), /approval\.atDeadline needs a deadline beside it/],
    ['reminders of no deadline', always({ reminders: ['1h'] }), /approval\.reminders needs a deadline beside it/],
    [
      'a strange end',
      always({ deadline: '1h', atDeadline: 'run' }),
      /approval\.atDeadline must be one of reject, approve/,
    ],
    ['nobody to escalate to', always({ deadline: '1h', atDeadline: 'escalate' }), /there is no further stage/],
    [
      'an approval by itself with signatures',
      always({ signed: true, deadline: '1h', atDeadline: 'approve' }),
      /approval\.atDeadline is "approve", which nobody signs/,
    ],
    [
      'an approval by itself at the last stage with roles at the first',
      always({ roles: ['a'], deadline: '1h', escalate: [{ deadline: '1h', atDeadline: 'approve' }] }),
      /approval\.escalate\[0\]\.atDeadline is "approve"/,
    ],
    [
      'a reminder after the deadline',
      always({ deadline: '1h', reminders: ['2h'] }),
      /approval\.reminders\[0\] is 7200000 ms/,
    ],
    ['a reminder at the very beginning', always({ deadline: '1h', reminders: ['1h'] }), /approval\.reminders\[0\]/],
    ['eleven reminders', always({ deadline: '1h', reminders: Array<Duration>(11).fill('1m') }), /at most 10 durations/],
    ['stages that are none', always({ escalate: 'boss' }), /approval\.escalate must be a list/],
    [
      'a stage that is no object',
      always({ deadline: '1h', escalate: ['boss'] }),
      /approval\.escalate\[0\] must be \{ roles/,
    ],
    [
      'a stage with fields of the whole',
      always({ deadline: '1h', escalate: [{ when: 'always' }] }),
      /approval\.escalate\[0\] does not know "when"/,
    ],
    [
      'a stage that is never reached',
      always({ escalate: [{}] }),
      /approval\.deadline is missing: without one the stage after it/,
    ],
    [
      'a stage that ends before the next',
      always({ deadline: '1h', atDeadline: 'reject', escalate: [{}] }),
      /approval\.atDeadline is "reject", so the stage after it is never asked/,
    ],
    ['an amount that is none', always({ amount: 100 }), /approval\.amount must be a function/],
    ['a unit of nothing', always({ unit: 'USD' }), /approval\.unit is the unit of approval\.amount, which is missing/],
  ])('%s', (_what, approval, words) => {
    expect(() => withApproval(approval)).toThrow(TypeError);
    expect(() => withApproval(approval)).toThrow(words);
    expect(() => withApproval(approval)).toThrow(/tool "pay"/);
  });
});

describe('an agent', () => {
  const agent = { name: 'clerk', instructions: 'x', model: 'm' } as const;

  it('says what becomes of messages, and its definition changes only where it does', () => {
    expect(defineAgent({ ...agent, messages: 'steer', whileWaiting: 'withdraw' }).policy).toMatchObject({
      messages: 'steer',
      whileWaiting: 'withdraw',
    });
    expect(Object.keys(defineAgent(agent).policy)).not.toContain('messages');
    const hash = (tool: Tool) => definitionOf(defineAgent({ ...agent, tools: [tool] })).hash;
    expect(hash(withApproval('always'))).toBe(hash(withApproval('never')));
  });

  it.each<[string, object, RegExp]>([
    [
      'another policy for messages',
      { messages: 'drop' },
      /agent "clerk": messages must be one of queue, steer, interrupt/,
    ],
    ['another policy while it waits', { whileWaiting: 'queue' }, /agent "clerk": whileWaiting must be "withdraw"/],
  ])('with %s is refused', (_what, fields, words) => {
    expect(() => defineAgent({ ...agent, ...fields })).toThrow(words);
  });
});

test('the hash of a tool changes with what a person relies on, and with nothing else', () => {
  const hash = toolHashOf(defineTool(spec));
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(toolHashOf(defineTool({ ...spec, timeout: '5s', approval: 'always', run: () => 1 }))).toBe(hash);
  const changed = [
    defineTool({ ...spec, name: 'pay_out' }),
    defineTool({ ...spec, description: 'Pays twice.' }),
    defineTool({ ...spec, effect: 'idempotent' }),
    defineTool({ ...spec, input: z.object({ cents: z.number(), to: z.string() }) }),
  ];
  expect(new Set([hash, ...changed.map(toolHashOf)]).size).toBe(5);
});
