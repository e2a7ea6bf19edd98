import { readableLine } from '../../worker/readable-log';

const line = (fields: object) =>
  JSON.stringify({
    level: 40,
    time: Date.UTC(2027, 0, 1, 12, 30, 1),
    pid: 7,
    hostname: 'h',
    name: 'holdfast',
    ...fields,
    msg: 'model call failed',
  });

describe('a log line at a terminal', () => {
  it('has its time, level and words, and the fields that tell which call it was', () => {
    expect(readableLine(line({ type: 'UnknownAgent', callId: 't1.s1.m', taskToken: 'Q2lR', attempt: 1 }))).toBe(
      '12:30:01 warn  model call failed · type UnknownAgent · callId t1.s1.m · attempt 1',
    );
  });

  it('obeys nothing that is in it, and stays one line of bounded length', () => {
    const shown = readableLine(line({ reason: `\u001b[2J\n${'x'.repeat(5_000)}`, error: { message: 'a\nb' } }));
    expect(shown).toContain('reason \\u001b[2J\\u000axxx');
    expect(shown).not.toMatch(/[\u001b\n]/);
    expect(shown.length).toBeLessThan(1_000);
  });

  it('is shown as it is where it is no JSON', () => {
    expect(readableLine('panic: \u0007 no JSON\n')).toBe('panic: \\u0007 no JSON');
  });
});
