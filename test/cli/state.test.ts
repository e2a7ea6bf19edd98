/** The state of a session in a terminal: what is known, what changed it and why, and the command that changes it. */
import pc from 'picocolors';
import { changeLines, stateLines } from '../../cli/state';
import { clockTime } from '../../cli/times';
import { itemLines } from '../../cli/transcript';
import type { StateCause } from '../../client';
import { EMPTY_STATE } from '../../workflows/contracts';
import { cli } from './fake-io';

const plain = pc.createColors(false);
const NOW = new Date(2026, 2, 14, 9, 34).getTime();

describe('the state', () => {
  const fact = { id: 'f3', text: 'the card\nis \u202evalid', source: 'm1', since: NOW };
  const deed = {
    callId: 'h1:t1.s2.c1-00',
    agent: 'billing',
    tool: 'refund',
    text: 'refund(9) ok',
    at: NOW,
    undone: true,
  } as const;
  const owed = { id: 'o2', text: 'call back', by: 'desk', since: NOW };
  const state = { own: { order: '7' }, wanted: 'money back', established: [fact], done: [deed], owed: [owed] };
  const at = { turn: 1, step: 2, at: NOW };

  it('is shown by what is wanted, established, done, owed and the agent’s own', () => {
    const when = clockTime(NOW);
    expect(stateLines(state, plain)).toEqual([
      'wanted',
      '  money back',
      'established',
      `  f3  the card is \\u202evalid (${when}, from m1)`,
      'done',
      `  ${when}  refund(9) ok (undone), billing h1:t1.s2.c1-00`,
      'owed',
      `  o2  call back (desk, ${when})`,
      'own',
      '  {',
      '    "order": "7"',
      '  }',
    ]);
    expect(stateLines(EMPTY_STATE, plain)).toEqual([]);
  });

  it.each<[StateCause, string]>([
    [{ kind: 'model', callId: 'c1' }, 'by the model (c1)'],
    [{ kind: 'tool', callId: 'c1', tool: 'refund' }, 'by refund (c1)'],
    [{ kind: 'person', actId: 'a1', by: 'eva' }, 'by eva'],
    [{ kind: 'engine', messageId: 'm1' }, 'by the session (m1)'],
    [{ kind: 'engine' }, 'by the session'],
    [{ kind: 'handoff', agent: 'desk' }, 'from desk'],
    [{ kind: 'handoff', agent: 'billing', child: 'h1' }, 'from billing (h1)'],
  ])('says who changed it: %j', (cause, words) => {
    const change = {
      wanted: 'a',
      established: [fact],
      refuted: ['f1', 'f2'],
      owed: [owed],
      met: ['o1'],
      own: { b: null },
    };
    const said =
      'wanted a; established f3 the card is \\u202evalid; refuted f1, f2; owed o2 call back; met o1; own {"b":null}';
    expect(itemLines({ kind: 'state', ...at, cause, change }, plain)).toEqual([`  (state: ${said}; ${words})`]);
    expect(changeLines({ state, changes: [{ ...at, cause, change }] }, plain)).toEqual([
      'changes',
      `  ${clockTime(NOW)}  1.2  ${said} ${words}`,
    ]);
  });

  it('is changed by JSON alone, which is said before anything is connected to', async () => {
    const nowhere = ['--address', '127.0.0.1:1'];
    const none = await cli(['patch-state', 's-1', ...nowhere]);
    expect([none.code, none.err.join()]).toEqual([2, expect.stringContaining("'--json <patch>' not specified")]);
    const bad = await cli(['patch-state', 's-1', '--json', 'wanted', '--by', 'eva', ...nowhere]);
    expect([bad.code, bad.err.join()]).toEqual([
      2,
      expect.stringMatching(/--json takes JSON, what changes in the state/),
    ]);
    const good = await cli(['patch-state', 's-1', '--json', '{"wanted":"a"}', '-o', 'json', '--by', 'eva', ...nowhere]);
    expect([good.code, good.err.join()]).toEqual([1, expect.stringContaining('no Temporal server answers')]);
  });
});
