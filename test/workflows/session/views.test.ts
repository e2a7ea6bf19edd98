import { newSession, apply } from '../../../workflows/session/session-state';
import { currentDetails, inert, modelSummary } from '../../../workflows/session/summaries';
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
  it('says where the session stands', () => {
    const state = sessionWith([]);
    apply(state, { kind: 'status_changed', status: 'waiting_for_user', reason: "the user's next message" }, 2000);
    expect(statusView(state)).toMatchObject({
      status: 'waiting_for_user',
      since: 2000,
      reason: "the user's next message",
    });
    expect(currentDetails(state)).toContain('**waiting_for_user**');
    expect(currentDetails(state)).toContain('update `send`');
    expect(modelSummary(state)).toBe('step 0 · clerk · so far 0→0 tok $0.0000');
  });

  it('shows foreign text inert: no markup, no links, no control or bidirectional characters', () => {
    const shown = inert('[click](http://evil) <script>x</script> `a` **b** \u202e \u001b[2J\nnext');
    expect(shown).not.toMatch(/[\u001b\u202e\n<>]/);
    expect(shown).toContain('\\[click\\]\\(http&#58;//evil\\)');
    expect(shown).toContain('\\\\u202e');
    expect(inert('x'.repeat(500)).length).toBeLessThanOrEqual(201);
  });
});
