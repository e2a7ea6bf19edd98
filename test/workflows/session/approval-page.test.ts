/** What a person is shown of calls that wait for approval: enough to decide, and nothing that others wrote can get in its way. */
import { checkDecideRequest, checkInterveneRequest } from '../../../workflows/contracts/check-acts';
import type { DecideRequest } from '../../../workflows/contracts/messages';
import { apply } from '../../../workflows/session/session-state';
import { currentDetails } from '../../../workflows/session/summaries';
import { askedSession, HASH, NOON, type Asked } from './approvals-made';

const HOUR = 3_600_000;
const page = (...calls: readonly Asked[]) => currentDetails(askedSession(calls));
/** All acts on a page that stand there to be copied. */
const pastable = (text: string) =>
  [...text.matchAll(/`(\{"actId".*?\})`/g)].map((match) => JSON.parse(match[1] as string) as DecideRequest);

const decisions = (text: string) => pastable(text).filter((request) => 'decision' in request);

describe('a call that waits for approval', () => {
  it('is shown with its arguments first, then why, who may decide and until when', () => {
    const text = page({
      terms: {
        stages: [
          { roles: ['ops', 'lead'], deadlineMs: HOUR, atDeadline: 'escalate' },
          { roles: ['boss'], deadlineMs: HOUR, atDeadline: 'reject' },
        ],
        approvals: 2,
        signed: true,
      },
      approving: { approvedBy: [{ by: 'ada', actId: 'a1', at: NOON, verified: true }] },
    });
    const order = [
      '**waiting_for_human**: a call waits for approval (since 2026-11-21 12:00:00 UTC)',
      '**May this run?** refund, call `t1.s1.c1-a`, with these arguments:',
      '```\n"cents": 4200\n"order": "17"\n```',
      'Why a person is asked: refunds are looked at',
      'May decide: the roles ops, lead, with a signature. 2 people must approve: so far ada (2026-11-21 12:00:00 UTC, signed).',
      'Until 2026-11-21 13:00:00 UTC; then the role boss may decide in their place.',
      '- Approve: the update `decide` with ',
      '- Reject, and tell the model why: ',
      '- Approve with other arguments: ',
    ].map((words) => text.indexOf(words));
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(order).not.toContain(-1);
    expect(text).toContain(`\`holdfast approve session-1 t1.s1.c1-a --hash ${HASH} --key key.json\``);
  });

  it.each([
    [{}, 'May decide: anybody but the session’s user. It waits for ever.'],
    [{ stages: [{ deadlineMs: HOUR, atDeadline: 'reject' }] }, 'Until 2026-11-21 13:00:00 UTC; then it is rejected.'],
    [{ stages: [{ deadlineMs: HOUR, atDeadline: 'approve' }] }, 'then it runs unless somebody rejects it before.'],
  ] as const)('says what happens at the deadline: %j', (terms, words) => {
    expect(page({ terms })).toContain(words);
  });

  it('comes with decisions that the session takes as they stand', () => {
    const text = page({ id: 't1.s1.c1-a' });
    const requests = decisions(text);
    expect(requests).toEqual([
      { actId: 'approve.1.t1.s1.c1-a', callId: 't1.s1.c1-a', decision: 'approve', argsHash: HASH, by: 'who' },
      {
        actId: 'reject.1.t1.s1.c1-a',
        callId: 't1.s1.c1-a',
        decision: 'reject',
        argsHash: HASH,
        reason: 'why',
        by: 'who',
      },
      {
        actId: 'edit.1.t1.s1.c1-a',
        callId: 't1.s1.c1-a',
        decision: 'edit',
        argsHash: HASH,
        args: { cents: 4200, order: '17' },
        by: 'who',
      },
    ]);
    for (const request of requests) expect(checkDecideRequest(request)).toEqual({ ok: true, value: request });
    expect(text).toContain('With `"standing": {}` in it, later calls of this tool in this session are approved too');
    expect(page({ terms: { amount: { value: 42 } } })).toContain('With `"standing": {"upTo": 42}` in it');
  });

  it('offers the second of two people another act than the first', () => {
    const approvedBy = [{ by: 'ada', actId: 'approve.1.t1.s1.c1-a', at: NOON }];
    const text = page({ terms: { approvals: 2 }, approving: { approvedBy } });
    expect(decisions(text)[0]?.actId).toBe('approve.2.t1.s1.c1-a');
  });

  it('offers another act than before where approvals were void, or the next stage is asked', () => {
    const approvedBy = [{ by: 'ada', actId: 'edit.1.t1.s1.c1-a', at: NOON }];
    const edited = { args: { cents: 100 }, argsHash: 'cd'.repeat(32), summary: 'refund(100)', by: 'ada' };
    const terms = { approvals: 3, stages: [{}, {}] };
    expect(decisions(page({ terms, approving: { approvedBy, edited } }))[0]?.actId).toBe(
      'approve.2.cdcdcdcd.t1.s1.c1-a',
    );
    expect(decisions(page({ terms, approving: { stage: 1 } }))[0]?.actId).toBe('approve.1.s2.t1.s1.c1-a');
  });

  it('gives arguments with several blanks in a row to be edited, where a page would show one', () => {
    const args = { note: 'a   b ', list: ['  '] };
    const text = page({ args });
    const edit = decisions(text)[2];
    expect(edit?.args).toEqual(args);
    expect(
      text
        .split('`')
        .filter((part) => part.includes('"edit"'))
        .join(),
    ).not.toMatch(/ {2}/);
  });

  it('comes before any other words that could be copied', () => {
    const [first = ''] = /\{"actId[^`]*/.exec(page({ id: 't1.s1.c1-a' })) ?? [];
    expect(JSON.parse(first)).toMatchObject({ decision: 'approve' });
  });

  it('shows what a person made of the arguments, which is what waits now', () => {
    const edited = { args: { cents: 100 }, argsHash: 'cd'.repeat(32), summary: 'refund(100)', by: 'ada' };
    const text = page({ terms: { approvals: 2 }, approving: { edited } });
    expect(text).toContain('```\n"cents": 100\n```');
    expect(text).toContain('- A person changed them: ada');
    expect(new Set(decisions(text).map(({ argsHash }) => argsHash))).toEqual(new Set([edited.argsHash]));
  });

  it('shows four in full and names the others', () => {
    const text = page(...Array.from({ length: 6 }, () => ({})));
    expect(text).toContain('6 calls wait for approval');
    expect(text.match(/May this run\?/g)).toHaveLength(4);
    expect(text).toContain('And 2 more: refund (`t1.s1.c5-a`), refund (`t1.s1.c6-a`);');
  });
});

describe('arguments of others on the page', () => {
  const MARKUP =
    '`code` ```\n```\n# heading <script>x</script> [click](http://evil) ![x](http://evil) \u202egnp.exe \u001b[2J\u0007';

  it('are in the block of code, and nothing in them ends it', () => {
    const text = page({ args: { [MARKUP]: MARKUP, order: '17' }, terms: { reason: MARKUP } });
    const [before = '', block = '', after = ''] = text.split(/^```$/m);
    expect(text.split('```')).toHaveLength(3);
    expect(before).not.toMatch(/heading|evil/);
    const lines = block
      .trim()
      .split(/\n(?!  ↳ )/)
      .map((line) => line.replaceAll('\n  ↳ ', ''));
    expect(JSON.parse(`{${lines.join(',')}}`)).toEqual({ [MARKUP]: MARKUP, order: '17' });
    expect(Math.max(...block.split('\n').map((line) => line.length))).toBeLessThanOrEqual(58);
    expect(`${before}${after}`.replace(/`[^`]*`/g, '')).not.toMatch(/<script|http:|[^\\][[`]/);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(text).not.toMatch(/^# /m);
  });

  it('are the same when they are copied', () => {
    const args = { note: MARKUP, deep: { list: ['`', '\u2028', '\ud83d\ude00'] } };
    const edit = pastable(page({ args })).find(({ decision }) => decision === 'edit');
    expect(edit?.args).toEqual(args);
  });

  it('cannot push one another off the page: each is cut by itself, and the page says where the whole is', () => {
    const text = page({ args: { a: ' '.repeat(10_000), b: '\n'.repeat(10_000), cents: 4200 } });
    expect(text).toContain('\n"cents": 4200\n');
    expect(text.replaceAll('\n  ↳ ', '')).toContain('… (cut, 10007 characters)');
    expect(text).toContain(
      '**The arguments are cut here**: the query `pending` with `{"callId": "t1.s1.c1-a"}` has them whole',
    );
    expect(text).not.toMatch(/\n{3}/);
    expect(pastable(text).some(({ decision }) => decision === 'edit')).toBe(false);
    expect(text.length).toBeLessThan(5_000);
  });

  it('are bounded in number, depth and length', () => {
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key${index}`, 'x'.repeat(50)]));
    let deep = {};
    for (let level = 0; level < 500; level += 1) deep = { deep };
    const text = page(...Array.from({ length: 20 }, () => ({ args: { wide, deep } })), { args: wide });
    expect(text.length).toBeLessThan(20_000);
    expect(page({ args: wide })).toContain('… (4970 more arguments)');
  });

  it('are folded between characters, never within one: half of one cannot be shown', () => {
    const text = page({ args: { a: '\ud83d\ude00'.repeat(5_000) } });
    expect(() => encodeURIComponent(text)).not.toThrow();
  });

  it('are made into words once, however often the page is made', () => {
    let reads = 0;
    const args = {
      get cents() {
        reads += 1;
        return 4200;
      },
    };
    const state = askedSession([{ args }]);
    currentDetails(state);
    const once = reads;
    currentDetails(state);
    expect(reads).toBe(once);
  });
});

describe('people on the page', () => {
  it('says who holds the session, and what lets it go on', () => {
    const state = askedSession([{}]);
    apply(state, { kind: 'paused', hold: { by: 'ada', since: NOON, reason: '<b>lunch</b>' } }, NOON);
    apply(state, { kind: 'taken_over', hold: { by: 'bob', since: NOON } }, NOON);
    const text = currentDetails(state);
    expect(text).toContain('**waiting_for_human**: a call waits for approval; paused by ada');
    expect(text).toContain('**Paused** by ada since 2026-11-21 12:00:00 UTC (&#60;b&#62;lunch&#60;/b&#62;).');
    expect(text).toContain('**With bob**, who took over');
    expect(text).toContain('`holdfast hand-back session-1`');
    const acts = pastable(text).filter((request) => 'act' in request);
    expect(acts.map((request) => ('act' in request ? request.act : ''))).toEqual(
      expect.arrayContaining(['resume', 'speak', 'hand_back']),
    );
    for (const request of acts) expect(checkInterveneRequest(request)).toMatchObject({ ok: true });
  });

  it('lists what is approved for later calls, with the act that takes it back', () => {
    const state = askedSession([]);
    const standing = { tool: 'refund', toolHash: 'h', upTo: 50, by: 'ada', actId: 'odd`id"', at: NOON };
    apply(state, { kind: 'standing_given', standing }, NOON);
    const text = currentDetails(state);
    expect(text).toContain('- refund up to 50, by ada since 2026-11-21 12:00:00 UTC; taken back by the update');
    const [revoke] = pastable(text).filter((request) => 'standing' in request);
    expect(revoke).toMatchObject({ act: 'revoke', standing: 'odd`id"' });
    expect(checkInterveneRequest(revoke)).toMatchObject({ ok: true });
  });

  it('shows the last acts that were refused, who said to do them and why not', () => {
    const state = askedSession([]);
    for (let index = 0; index < 5; index += 1) {
      const act = {
        at: NOON,
        message: 'decide',
        act: 'approve',
        callId: 'c',
        by: `<b>${index}</b>`,
        problem: 'not *you*',
      };
      apply(state, { kind: 'refused', act }, NOON);
    }
    const text = currentDetails(state);
    expect(text).toContain('Refused so far: 5. The last:');
    expect(text).toContain('- 2026-11-21 12:00:00 UTC: decide approve c by &#60;b&#62;4&#60;/b&#62;: not \\*you\\*');
    expect(text).not.toContain('&#60;b&#62;1');
  });
});
