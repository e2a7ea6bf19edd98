/** Sessions with children in a terminal: who has the session, what waits where, and which calls are whose. */
import pc from 'picocolors';
import { childLines } from '../../cli/child-lines';
import { findSession } from '../../cli/find-session';
import { callsOfChild, recentCall } from '../../cli/interventions';
import { pendingLines } from '../../cli/pending';
import { statusLines } from '../../cli/status';
import { waitingLines } from '../../cli/waiting';
import { whoSpoke } from '../../cli/who-spoke';
import {
  SessionNotFound,
  type ChildStatus,
  type ConversationItem,
  type PendingItem,
  type SendResult,
  type Session,
  type SessionClient,
  type SessionStatus,
  type StepRecord,
} from '../../client';

const plain = pc.createColors(false);
const NOW = new Date(2026, 2, 14, 9, 34).getTime();
const usage = {
  modelCalls: 1,
  toolCalls: 0,
  inputTokens: 1,
  outputTokens: 1,
  microUsd: 1_200,
  unpricedCalls: 0,
  cutOffMicroUsd: 0,
};
const child = (more: Partial<ChildStatus> = {}): ChildStatus => ({
  child: 'h1',
  agent: 'billing',
  role: 'transfer',
  callId: 't1.s1.c1-00',
  phase: 'open',
  since: NOW - 60_000,
  status: 'waiting_for_user',
  usage,
  ...more,
});
const status = (more: Partial<SessionStatus> = {}): SessionStatus => ({
  sessionId: 's-1',
  agent: 'desk',
  mode: 'conversation',
  status: 'waiting_for_user',
  since: NOW,
  turn: 1,
  step: 1,
  queued: 0,
  usage,
  recent: [],
  keyNamespace: 'run-1',
  ledgers: {},
  refused: 0,
  conversationLength: 3,
  ...more,
});

describe('where a family stands', () => {
  it('is said with the agent that has it, and its children', () => {
    const children = [
      child(),
      child({ child: 'h2', agent: 'tax\u001b', role: 'delegate', phase: 'closed', reason: 'answered' }),
    ];
    const family = status({ active: { agent: 'billing', child: 'h1' }, children });
    expect(statusLines(family, plain, NOW).join('\n')).toMatch(
      /agent\s+desk \(conversation\)\nis now with\s+billing \(h1\)/,
    );
    const [head, first, second] = childLines(family, plain, NOW).map((line) => line.split(/ {2,}/));
    expect(head).toEqual(['child', 'agent', 'as', 'stands', 'since', 'spent']);
    expect(first).toEqual(['h1', 'billing', 'transfer', 'open (waiting_for_user)', '1 min ago', '$0.0012']);
    expect(second?.slice(0, 4)).toEqual(['h2', 'tax\\x1b', 'delegate', 'closed (answered)']);
  });

  it('is short where there are many, and nothing where there are none', () => {
    expect(childLines(status(), plain, NOW)).toEqual([]);
    expect(statusLines(status(), plain, NOW).join('\n')).not.toContain('is now with');
    const children = Array.from({ length: 25 }, (_, index) => child({ child: `h${index + 1}` }));
    const lines = childLines(status({ children }), plain, NOW);
    expect(lines).toHaveLength(12);
    expect(lines[1]).toMatch(/^h16 /);
    expect(lines.at(-1)).toBe('15 earlier children: -o json has them');
  });
});

describe('what waits in a child', () => {
  const limit = { bound: 'turn.steps', limit: 10, used: 10 } as const;
  const met: PendingItem = {
    kind: 'limit',
    id: 'h1:turn.steps',
    child: 'h1',
    summary: 'turn.steps: 10 of 10',
    since: NOW,
    unblockedBy: 'intervene',
    limit,
  };

  it('is shown with commands on the first session that lead to it', () => {
    const lines = pendingLines([met], 's-1', {}, plain, {}, NOW);
    expect(lines[0]).toMatch(/^limit h1:turn\.steps 10 of 10 since /);
    expect(lines.join('\n')).toMatch(/holdfast extend s-1 turn\.steps \d+ --child h1$/m);
    const own = pendingLines([{ ...met, id: 'turn.steps', child: undefined }], 's-1', {}, plain, {}, NOW);
    expect(own.join('\n')).not.toContain('--child');
  });

  it('is told from what waits in the session itself, in the list over all', () => {
    const paused: PendingItem = {
      kind: 'paused',
      id: 'h1:paused',
      child: 'h1',
      summary: 'by eva',
      since: NOW,
      unblockedBy: 'intervene',
    };
    const call: PendingItem = {
      kind: 'unresolved',
      id: 'h1/h2:c1',
      child: 'h1/h2',
      summary: 'pay',
      since: NOW,
      unblockedBy: 'resolve',
    };
    const found = [met, paused, call].map((item) => ({ sessionId: 's-1', agent: 'desk', item }));
    expect(
      waitingLines(found, NOW)
        .slice(1)
        .map((line) => line.split(/ {2,}/)[1]),
    ).toEqual(['limit h1: turn.steps: 10 of 10', 'paused h1: by eva', 'unresolved h1/h2:c1 pay']);
  });
});

/** A session of which some things can be read. */
function sessionOf(
  of: SessionStatus | Error,
  items: readonly ConversationItem[] = [],
  children: Readonly<Record<string, SessionStatus | Error>> = {},
): Session {
  const answer = async (value: SessionStatus | Error | undefined) => {
    if (value === undefined || value instanceof Error) throw value ?? new SessionNotFound('s-1/h9', 'default');
    return await Promise.resolve(value);
  };
  return {
    id: 's-1',
    status: () => answer(of),
    child: (path: string) => ({ status: () => answer(children[path]) }),
    async *transcript({ from = 0 }: { from?: number }) {
      yield await Promise.resolve({ from, items: items.slice(from) });
    },
  } as unknown as Session;
}

describe('a call of a child', () => {
  const step = (id: string, more: Partial<StepRecord> = {}): StepRecord => ({
    turn: 1,
    step: 1,
    kind: 'tool',
    id,
    name: 'pay',
    summary: 'pay()',
    startedAt: 0,
    ...more,
  });
  const session = sessionOf(status({ recent: [step('t1.s1.c1-00')] }), [], {
    h1: status({ recent: [step('t1.s1.c1-11'), step('t1.s2.m', { kind: 'model' }), step('t1.s2.c1-22')] }),
  });

  it('is found by the beginning of its id, behind the path', async () => {
    expect(await recentCall(session, 'h1:t1.s1', () => true)).toBe('h1:t1.s1.c1-11');
    expect(await recentCall(session, 't1.s1', () => true)).toBe('t1.s1.c1-00');
    expect((await callsOfChild(session, 'h1')).map(({ id }) => id)).toEqual(['h1:t1.s1.c1-11', 'h1:t1.s2.c1-22']);
    await expect(recentCall(session, 'h1:t1', () => true)).rejects.toThrow(/several calls begin with h1:t1: h1:t1\.s1/);
  });

  it('is taken as it is typed where the child cannot be read', async () => {
    expect(await recentCall(session, 'h9:t1.s1.c1-33', () => true)).toBe('h9:t1.s1.c1-33');
  });
});

describe('who answered', () => {
  const said = (turn: number, agent: string, more: object = {}): ConversationItem => ({
    kind: 'assistant',
    turn,
    step: 1,
    agent,
    text: 'hi',
    ...more,
  });
  const note: ConversationItem = {
    kind: 'note',
    turn: 2,
    audience: 'record',
    reason: 'handoff',
    text: 'desk to billing',
  };
  const items = [said(1, 'desk'), note, said(2, 'billing'), said(2, 'desk', { by: 'eva' })];
  const reply: SendResult = { kind: 'reply', messageId: 'm', turn: 2, text: 'hi' };
  const family = status({ conversationLength: items.length, children: [child()] });

  it('is the agent that spoke in that turn, with the notes on how it came to that', async () => {
    expect(await whoSpoke(sessionOf(family, items), 'desk', reply)).toEqual({ agent: 'billing', handoffs: [note] });
    const before = { ...reply, turn: 1 };
    expect(await whoSpoke(sessionOf(family, items), 'desk', before)).toEqual({ agent: 'desk', handoffs: [] });
  });

  it('is the session’s own where it has no children, or that cannot be read', async () => {
    expect(await whoSpoke(sessionOf(status(), items), 'desk', reply)).toEqual({ agent: 'desk', handoffs: [] });
    expect((await whoSpoke(sessionOf(new Error('away')), 'desk', reply)).agent).toBe('desk');
    const queued: SendResult = { kind: 'queued', messageId: 'm', ahead: 1 };
    expect((await whoSpoke(sessionOf(family, items), 'desk', queued)).agent).toBe('desk');
    const active = status({ active: { agent: 'billing', child: 'h1' } });
    expect((await whoSpoke(sessionOf(active), 'desk', reply)).agent).toBe('billing');
  });
});

test('a child’s id is no session’s, which says what to give instead', async () => {
  await expect(findSession({} as SessionClient, 's-1/h1/h2')).rejects.toThrow(
    's-1/h1/h2 is a child of the session s-1: give that one, and --child h1/h2',
  );
});
