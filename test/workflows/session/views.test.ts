import type { StepRecord } from '../../../workflows/contracts';
import { newSession, apply, type SessionState } from '../../../workflows/session/session-state';
import { currentDetails, modelSummary } from '../../../workflows/session/summaries';
import { statusView, transcriptView } from '../../../workflows/session/views';

const note = (text: string) => ({ kind: 'note', turn: 1, audience: 'record', reason: 'test', text }) as const;

function sessionWith(texts: readonly string[]) {
  const state = newSession('session-1', { v: 1, agent: 'clerk' }, 'run-1', 1000);
  apply(state, { kind: 'items_appended', items: texts.map(note) }, 1000);
  return state;
}

describe('the transcript', () => {
  it('comes in pages of at most 1 MB that together are the conversation', () => {
    const texts = Array.from({ length: 9 }, (_, index) => `${index}${'x'.repeat(300_000)}`);
    const state = sessionWith(texts);
    const read: string[] = [];
    let pages = 0;
    for (let from: number | undefined = 0; from !== undefined; pages += 1) {
      const page = transcriptView(state, { from });
      expect(JSON.stringify(page).length).toBeLessThan(1_010_000);
      read.push(...page.items.map((item) => (item.kind === 'note' ? item.text : '')));
      from = page.next;
    }
    expect(read).toEqual(texts);
    expect(pages).toBe(3);
  });

  it('gives an item that is larger than a page a page of its own', () => {
    const page = transcriptView(sessionWith(['x'.repeat(1_500_000), 'y']), { from: 0 });
    expect(page.items).toHaveLength(1);
    expect(page.next).toBe(1);
  });

  it.each([[{ from: -1 }], [{ from: 'x' }], [{ limit: 0 }], [7], [{ $undecodable: {}, from: {} }]])(
    'refuses %j',
    (request) => {
      expect(() => transcriptView(sessionWith(['a']), request)).toThrow('transcript expects');
    },
  );

  it('is empty past its end', () => {
    expect(transcriptView(sessionWith(['a']), { from: 5 })).toMatchObject({ items: [], total: 1 });
  });
});

describe('what people see', () => {
  const ask = (state: SessionState, turn: number, text: string) => {
    const request = { messageId: `m${turn}`, text };
    apply(state, { kind: 'message_accepted', request }, 1000);
    apply(state, { kind: 'turn_started', request }, 1000);
  };
  const answer = (state: SessionState, turn: number, text: string) =>
    apply(
      state,
      { kind: 'turn_ended', messageId: `m${turn}`, answer: { kind: 'reply', messageId: `m${turn}`, turn, text } },
      1000,
    );
  const record = (fields: Partial<StepRecord>): StepRecord => {
    return {
      turn: 1,
      step: 1,
      kind: 'tool',
      id: 'c',
      name: 'book',
      summary: 'book(Tue 09:00)',
      startedAt: 1000,
      ...fields,
    };
  };

  it('says where the session stands, since when, and which update unblocks it', () => {
    const state = sessionWith([]);
    apply(state, { kind: 'status_changed', status: 'waiting_for_user', reason: "the user's next message" }, 61_000);
    expect(statusView(state)).toMatchObject({
      status: 'waiting_for_user',
      since: 61_000,
      reason: "the user's next message",
    });
    const page = currentDetails(state);
    expect(page).toContain("**waiting_for_user**: the user's next message (since 1970-01-01 00:01:01 UTC)");
    expect(page).toContain('update `send` with `{"messageId": "new-id", "text": "…"}`');
    expect(page).toContain('`intervene` with `{"actId": "new-id", "act": "end"');
  });

  it('says before each model call which step it is and what was spent before it', () => {
    const state = sessionWith([]);
    ask(state, 1, 'hello');
    apply(state, { kind: 'step_started' }, 1000);
    expect(modelSummary(state)).toBe('step 1.1 · clerk · so far 0→0 tok $0');
    state.usage = { ...state.usage, modelCalls: 2, inputTokens: 812, outputTokens: 64, microUsd: 15_300 };
    expect(modelSummary(state)).toBe('step 1.1 · clerk · so far 812→64 tok $0.0153');
    state.usage = { ...state.usage, unpricedCalls: 1 };
    expect(modelSummary(state)).toContain('$0.0153+unpriced');
    state.usage = { ...state.usage, unpricedCalls: 2 };
    expect(modelSummary(state)).toContain('812→64 tok unpriced');
  });

  it('shows the last message, and only an answer to that one', () => {
    const state = sessionWith([]);
    ask(state, 1, 'first question');
    answer(state, 1, 'first answer');
    expect(currentDetails(state)).toContain('User: first question\n\nAnswer: first answer');
    ask(state, 2, 'second question');
    expect(currentDetails(state)).toContain('User: second question');
    expect(currentDetails(state)).not.toContain('first answer');
  });

  it('says in a later run what the server shows of the first one alone, and the message whose turn goes on', () => {
    const input = { v: 1, agent: 'clerk', mode: 'task', tenant: 'acme', user: 'ada|<b>' } as const;
    const first = newSession('session-1', input, 'run-1', 1000);
    expect(currentDetails(first)).not.toContain('acme');
    const page = currentDetails({ ...first, run: 3, active: { messageId: 'm-1', text: 'what was asked long ago' } });
    expect(page).toContain('Run 3 of this session. Mode: task. Tenant: acme. User: ada');
    expect(page).not.toContain('<b>');
    expect(page).toContain('User: what was asked long ago');
  });

  it('lists the last calls: model, tokens and cost, or tool and arguments, each with its outcome', () => {
    const state = sessionWith([]);
    const model = {
      kind: 'model',
      name: 'clerk',
      summary: 'not shown',
      model: 'gpt-5-mini',
      tokens: '812→64',
      cost: '$0.0012',
    } as const;
    state.recent.push(
      record({ id: 'old', summary: 'book(too long ago)' }),
      ...Array.from({ length: 3 }, () => record({ outcome: 'succeeded' })),
      record({ ...model, outcome: 'calls', attempt: 1 }),
      record({ ...model, outcome: 'ModelUnavailable', message: 'no answer | in 60 s', model: undefined }),
      record({ outcome: 'succeeded', attempt: 2 }),
      record({ outcome: 'rejected', attempt: 0, message: 'that slot is gone' }),
      record({ turn: 2, step: 3 }),
    );
    const rows = currentDetails(state)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(2 + 8);
    expect(rows.slice(-5)).toEqual([
      '| 1.1 | gpt-5-mini · 812→64 tok · \\$0.0012 | called tools |',
      '| 1.1 | model | ModelUnavailable: no answer \\| in 60 s |',
      '| 1.1 | book\\(Tue 09:00\\) | succeeded, attempt 2 |',
      '| 1.1 | book\\(Tue 09:00\\) | rejected: that slot is gone |',
      '| 2.3 | book\\(Tue 09:00\\) | … |',
    ]);
  });

  it('makes what users, models and tools wrote inert', () => {
    const state = sessionWith([]);
    const evil = '[click](http://evil) <img src=x> | a |\n# heading';
    ask(state, 1, evil);
    answer(state, 1, evil);
    apply(state, { kind: 'status_changed', status: 'stopped', reason: evil }, 1000);
    state.recent.push(record({ summary: `book(${evil})`, outcome: 'failed', message: evil }));
    const page = currentDetails(state);
    expect(page).not.toMatch(/<img|[^\\]\[click|http:|\n#/);
    expect(page.split('\n').at(-1)?.replace(/\\\|/g, '').split('|')).toHaveLength(5);
  });
});
