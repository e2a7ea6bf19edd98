/** What a call that waits for approval looks like in a terminal, whatever its arguments hold. */
import pc from 'picocolors';
import { findCall } from '../../cli/find-session';
import { pendingLines } from '../../cli/pending';
import { clockTime, duration, since, until } from '../../cli/times';
import { waitingLines } from '../../cli/waiting';
import type { PendingApproval, PendingItem } from '../../client';

const plain = pc.createColors(false);
const at = (hours: number, minutes: number) => new Date(2026, 2, 14, hours, minutes).getTime();
const HASH = 'a'.repeat(64);

function asked(change: Partial<PendingApproval> = {}, more: Partial<PendingItem> = {}): PendingItem {
  const approval: PendingApproval = {
    callId: 't1.s1.c1-0011aabb',
    tool: 'refund',
    turn: 1,
    step: 1,
    args: { amount: 120 },
    argsHash: HASH,
    effect: 'at-most-once',
    terms: { reason: 'more than 100', toolHash: 'b'.repeat(64), approvals: 1, stages: [{}] },
    stage: 0,
    stageSince: at(9, 30),
    approvedBy: [],
    keyNamespace: 'run-1',
    ...change,
  };
  const { callId: id } = approval;
  return { kind: 'approval', id, summary: 'refund(…)', since: at(9, 30), unblockedBy: 'decide', approval, ...more };
}

const linesOf = (item: PendingItem) => pendingLines([item], 's-1', { address: 'there:7233' }, plain, {}, at(9, 34));

describe('a call that waits for approval', () => {
  it('is shown with what would run first, then who decides, why, and the commands', () => {
    expect(linesOf(asked())).toEqual([
      'approval t1.s1.c1-0011aabb refund waits since 2026-03-14 09:30 (4 min ago)',
      '  would run (at-most-once, turn 1.1):',
      '    {',
      '      "amount": 120',
      '    }',
      `  hash ${HASH}`,
      '  asked: anybody but the user',
      '  because: more than 100',
      `  approve:                     holdfast approve s-1 t1.s1.c1-0011aabb --hash ${HASH} --address there:7233`,
      `  reject:                      holdfast reject s-1 t1.s1.c1-0011aabb --hash ${HASH} --reason '…' --address there:7233`,
      `  run it with other arguments: holdfast edit s-1 t1.s1.c1-0011aabb --hash ${HASH} --args '{…}' --address there:7233`,
    ]);
  });

  it('says who may decide, who has, until when and what happens then', () => {
    const stages = [{ roles: ['clerk', 'nurse'], deadlineMs: 1, atDeadline: 'escalate' }, { roles: ['boss'] }] as const;
    const terms = {
      reason: 'r',
      toolHash: HASH,
      approvals: 2,
      stages,
      signed: true,
      amount: { value: 120, unit: 'USD' },
    } as const;
    const approvedBy = [{ by: 'eva', actId: 'a1', at: at(9, 31) }];
    const lines = linesOf(asked({ terms, approvedBy, editedBy: 'eva' }, { until: at(10, 0) }));
    expect(lines).toContain('  would run (at-most-once, turn 1.1, as eva edited it):');
    expect(lines).toContain('  about 120 USD');
    expect(lines).toContain('  asked: roles clerk, nurse, signed; 1 of 2 approved: eva');
    expect(lines).toContain('  until 2026-03-14 10:00 (in 26 min), then boss are asked');
    const [, row] = waitingLines(
      [{ sessionId: 's-1', agent: 'a', tenant: 'clinic', user: 'ada', item: asked({ terms }) }],
      at(9, 34),
    );
    expect(row).toMatch(/^s-1 \(clinic\/ada\) .*roles clerk, nurse, signed .*4 min ago/);
  });

  it('is inert, whatever the arguments, the reason and the names hold', () => {
    const evil = '\u001b[2J\u001b]8;;http://evil\u0007\u202enever\n\n\n  approve:   rm -rf\r\u2028 \u200b`$(id)`';
    const terms = { reason: evil, toolHash: HASH, approvals: 2, stages: [{ roles: [evil] }] };
    const item = asked({
      args: { [evil]: evil },
      tool: evil,
      terms,
      editedBy: evil,
      approvedBy: [{ by: evil, actId: 'a', at: 0 }],
    });
    const lines = linesOf({ ...item, summary: evil });
    for (const line of [
      ...lines,
      ...waitingLines([{ sessionId: 's-1', agent: 'a', user: evil, item: { ...item, summary: evil } }], 0),
    ]) {
      expect(line).not.toMatch(/[\p{Cc}\u202e\u2028\u200b]/u);
    }
    // No text has made a line of its own that passes for a command.
    expect(lines.filter((line) => /^\s*approve:/.test(line))).toHaveLength(1);
    // What is copied is what would run.
    const shown = lines.slice(
      lines.findIndex((line) => line.trim() === '{'),
      lines.findIndex((line) => line === '    }') + 1,
    );
    expect(JSON.parse(shown.join('\n'))).toEqual({ [evil]: evil });
  });

  it('shows all of its arguments, and nothing pushed out of sight', () => {
    const lines = linesOf(asked({ args: { note: `ok${' '.repeat(10_240)}`, gap: '\n'.repeat(10_240), last: 'seen' } }));
    expect(lines).toContain('      "note": "ok<10240 blanks>"');
    expect(lines).toContain('      "last": "seen"');
    expect(lines.findIndex((line) => line.startsWith('  because: '))).toBeGreaterThan(lines.indexOf('    }'));
    const terms = { reason: 'x'.repeat(10_000), toolHash: HASH, approvals: 1, stages: [{}] };
    expect(Math.max(...linesOf(asked({ terms })).map((line) => line.length))).toBeLessThan(600);
  });

  it.each([
    ['a text', { amount: 999, iban: 'DE02', note: '\n'.repeat(10_240) }],
    ['a list', { amount: 999, iban: 'DE02', list: Array.from({ length: 10_240 }, () => '') }],
    ['so many of them', Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`a${index}`, 'x'.repeat(500)]))],
  ])('fits into a window of 80 by 120 characters, however long %s is, and what is cut says so', (_, args) => {
    const lines = linesOf(asked({ args }));
    const rows = lines.reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / 80)), 0);
    expect(rows).toBeLessThan(120);
    expect(lines.join('\n')).toMatch(
      /cut here: [\d]{3,} characters[^]*\(cut: `-o json` of `holdfast pending` has them whole\)/,
    );
    if ('iban' in args) expect(lines).toEqual(expect.arrayContaining(['      "amount": 999', '      "iban": "DE02"']));
  });

  it('is decided on by commands that work where they are pasted', () => {
    const terms = { reason: 'r', toolHash: HASH, approvals: 1, stages: [{}], signed: true as const };
    const commandIn = (env: Record<string, string>) =>
      pendingLines([asked({ terms })], 's:1@x', { namespace: "my ns'; x" }, plain, env, at(9, 34)).find((line) =>
        line.startsWith('  approve:'),
      );
    const rest = `holdfast approve s:1@x t1.s1.c1-0011aabb --hash ${HASH}`;
    const namespace = "--namespace 'my ns'\\''; x'";
    expect(commandIn({})).toBe(`  approve:                     ${rest} --key key.json ${namespace}`);
    expect(commandIn({ HOLDFAST_SIGNING_KEY: 'mia.jwk' })).toBe(`  approve:                     ${rest} ${namespace}`);
  });
});

describe('times', () => {
  it.each([
    [-5, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_400_000, '1 d'],
    [100_000_000, '1 d 3 h'],
  ])('%d ms are %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  it('are those of the clock here, with how far away they are', () => {
    expect(clockTime(at(9, 5))).toBe('2026-03-14 09:05');
    expect(since(at(9, 0), at(9, 5))).toBe('2026-03-14 09:00 (5 min ago)');
    expect(until(at(9, 10), at(9, 5))).toBe('2026-03-14 09:10 (in 5 min)');
    expect(until(at(9, 0), at(9, 5))).toBe('2026-03-14 09:00 (5 min ago)');
  });
});

describe('a call by the beginning of its id', () => {
  const ids = ['t1.s1.c1-aa', 't1.s1.c10-bb', 't1.s2.c1-cc'];
  it.each([
    ['t1.s1.c1', 't1.s1.c1-aa'],
    ['t1.s1.c10', 't1.s1.c10-bb'],
    ['t1.s2', 't1.s2.c1-cc'],
    ['t1.s1.c1-aa', 't1.s1.c1-aa'],
    ['t9', 't9'],
  ])('%s is %s', (text, id) => {
    expect(findCall(text, ids)).toBe(id);
  });

  it('must be of one alone', () => {
    expect(() => findCall('t1.s1', ids)).toThrow(
      'several calls begin with t1.s1: t1.s1.c1-aa, t1.s1.c10-bb; give more',
    );
  });
});
