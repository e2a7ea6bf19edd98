/** What people said, and what waits for them, from one run to the next: all of it, and nothing where nobody said anything. */
import type { SessionInput } from '../../../workflows/contracts/session';
import { decodeCarry, encodeCarry, restoreSession } from '../../../workflows/session/carry';
import type { StepCall } from '../../../workflows/session/running-step';
import { newSession, type SessionState } from '../../../workflows/session/session-state';
import { A, approvalCall, B, editedTo, hashOf, TERMS } from './asked';

const INPUT: SessionInput = { v: 1, agent: 'clerk' };
const ANNA = { by: 'anna', actId: 'a1', at: 5, verified: true, roles: ['boss'] } as const;

function withPeople(): SessionState {
  const calls: readonly StepCall[] = [
    {
      call: approvalCall(A),
      approving: {
        since: 1,
        stage: 0,
        stageSince: 2,
        reminded: 1,
        approvedBy: [ANNA],
        edited: { ...editedTo({ cents: 5 }, TERMS), by: 'anna' },
      },
    },
    {
      call: approvalCall(B),
      approved: {
        args: { cents: 7 },
        argsHash: hashOf({ cents: 7 }),
        summary: 'pay',
        toolHash: 'tool-1',
        by: ['bert'],
        at: 6,
      },
    },
  ];
  return {
    ...newSession('session-1', INPUT, 'ns', 1),
    status: 'waiting_for_human',
    runningStep: { calls },
    standing: [{ ...ANNA, tool: 'pay', toolHash: 'tool-1', upTo: 9, unit: 'EUR' }],
    decided: new Map([['t0', { callId: 't0', call: 'rejected', by: ['anna'], at: 3, argsHash: 'h' }]]),
    paused: { by: 'otto', since: 4, reason: 'lunch' },
    person: { by: 'petra', since: 5 },
    steered: ['m2'],
    refusals: [{ at: 7, message: 'decide', act: 'approve', callId: 't0', by: 'eve', problem: 'no' }],
    lastOutcome: 'reply',
  };
}

const APPROVING = { since: 1, stage: 0, stageSince: 1, reminded: 0, approvedBy: [] };

const carried = (state: SessionState) => JSON.parse(JSON.stringify(encodeCarry(state))) as Record<string, unknown>;

it('all of it is there again', () => {
  const state = withPeople();
  const decoded = decodeCarry(carried(state));
  if ('problem' in decoded) throw new Error(decoded.problem);
  const again = restoreSession('session-1', INPUT, decoded.carry, 9);
  for (const part of [
    'runningStep',
    'standing',
    'decided',
    'paused',
    'person',
    'steered',
    'refusals',
    'lastOutcome',
  ] as const) {
    expect([part, again[part]]).toEqual([part, state[part]]);
  }
});

it('a session in which nobody said anything hands on what it always did', () => {
  const carry = carried(newSession('session-1', INPUT, 'ns', 1));
  for (const name of ['standing', 'decided', 'paused', 'person', 'steered', 'refusals', 'lastOutcome']) {
    expect(carry).not.toHaveProperty(name);
  }
});

it('arguments that nobody changed are there once', () => {
  const text = JSON.stringify(carried(withPeople()).runningStep);
  expect(text.split('"args":{"cents":7}')).toHaveLength(3);
});

it.each([
  ['decided', [{ callId: 't0', call: 'maybe', by: [], at: 1, argsHash: 'h' }], 'carry.decided[0].call must be one of'],
  ['standing', [{ ...ANNA, tool: 'pay' }], 'carry.standing[0].toolHash must be a text'],
  ['paused', { since: 1 }, 'carry.paused.by must be a text'],
  ['steered', 'm1', 'carry.steered must be a list'],
  [
    'runningStep',
    { calls: [{ call: { ...approvalCall(A), approval: { ...TERMS, approvals: -1 } }, approving: APPROVING }] },
    'carry.runningStep.calls[0].call.approval must be terms of an approval',
  ],
  [
    'runningStep',
    { calls: [{ call: approvalCall(A), approving: { since: 1, stage: 0, stageSince: 1, reminded: 0 } }] },
    'carry.runningStep.calls[0].approving.approvedBy must be a list',
  ],
])('%s that cannot be read is said by name', (name, value, problem) => {
  expect(decodeCarry({ ...carried(withPeople()), [name]: value })).toMatchObject({
    problem: expect.stringContaining(problem) as string,
  });
});

it('fits a payload, however many decided and however long their names are', () => {
  const names = Array.from({ length: 10 }, (_, index) => `${index}${'\u4e00'.repeat(199)}`);
  const state = withPeople();
  for (let index = 0; index < 200; index += 1) {
    const callId = `t${index}.s1.c1-x`;
    const decision = { actId: `a${index}`, callId, decision: 'approve', call: 'approved', approvedBy: names } as const;
    const done = { ...decision, approvals: 10, argsHash: 'h' };
    state.acts.set(`a${index}`, { act: 'decide', callId, content: 'c', decision: done });
    state.decided.set(callId, { callId, call: 'approved', by: names, at: index, argsHash: 'h' });
  }
  const carry = encodeCarry(state);
  expect(carry).toBeDefined();
  expect(carry?.decided?.at(-1)).toMatchObject({ callId: 't199.s1.c1-x' });
  expect(carry?.acts.at(-1)).toMatchObject({ actId: 'a199', done: { decision: { call: 'approved' } } });
});
