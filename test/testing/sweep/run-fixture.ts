/** What a right run leaves behind, for tests that plant a fault in it. */
import type { LedgerCall } from '../../../activities/ledger/port';
import type { ConversationItem } from '../../../client';
import type { RunEvidence } from '../../../testing/sweep/run-evidence';
import type { ToolOutcome } from '../../../workflows/contracts';

export const BOOKED: ToolOutcome = { kind: 'succeeded', result: { appointment: 7 } };

export function toolRow(callId: string, more: Partial<LedgerCall> = {}): LedgerCall {
  return {
    callKey: `ns/${callId}`,
    callId,
    kind: 'tool',
    state: 'succeeded',
    tool: 'book',
    attempt: 1,
    fence: 1,
    owner: 'here:1',
    bodyFailures: 0,
    outcome: BOOKED,
    lateEvidence: [],
    startedAt: 1,
    settledAt: 2,
    heldForMs: 0,
    ...more,
  };
}

const modelRow = (callId: string): LedgerCall => ({
  ...toolRow(callId),
  kind: 'model',
  tool: undefined,
  outcome: undefined,
});

/** One turn with one booking. `mark` makes its ids those of a run of its own. */
export function rightRun(mark = 'a', more: Partial<RunEvidence> = {}): RunEvidence {
  const callId = `t1.s1.c1-${mark}`;
  const conversation: readonly ConversationItem[] = [
    { kind: 'user', turn: 1, messageId: 'm-1', text: 'book' },
    {
      kind: 'assistant',
      turn: 1,
      step: 1,
      agent: 'clerk',
      text: null,
      calls: [{ id: callId, tool: 'book', arguments: '{}' }],
    },
    { kind: 'outcome', turn: 1, step: 1, callId, tool: 'book', outcome: BOOKED },
    { kind: 'assistant', turn: 1, step: 2, agent: 'clerk', text: 'Booked.' },
  ];
  return {
    sessionId: `session-${mark}`,
    keyNamespace: 'ns',
    answers: [{ kind: 'reply', messageId: 'm-1', turn: 1, text: 'Booked.' }] as unknown as RunEvidence['answers'],
    status: 'waiting_for_user',
    conversation,
    children: [],
    world: { appointments: [{ id: 7, by: `session-${mark}` }] },
    rows: [modelRow('t1.s1.m'), toolRow(callId), modelRow('t1.s2.m')],
    failedTasks: [],
    requests: ['first', 'second'],
    workers: [{ passed: [] }],
    startedAt: Date.parse('2027-01-01T00:00:00Z'),
    endedAt: Date.parse('2027-01-01T00:00:10Z'),
    ...more,
  };
}
