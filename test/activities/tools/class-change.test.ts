/** Tools whose effect class has changed between two attempts of one call, or between planning and the first. */
import { z } from 'zod';
import { defineTool, ledgerNamed, type EffectClass, type Tool } from '../../../agents';
import { howToRun } from '../../../activities/tools/effect-class';
import { claimOf, granted, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

const CLASSES: readonly EffectClass[] = ['read', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'];

/** Planned class: by today's class, in the order above. */
const HOW: Readonly<Record<EffectClass, readonly string[]>> = {
  read: ['read', 'withdrawn', 'withdrawn', 'withdrawn', 'withdrawn'],
  idempotent: ['idempotent', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'],
  transactional: ['idempotent', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'],
  reconcilable: ['at-most-once', 'at-most-once', 'transactional', 'reconcilable', 'at-most-once'],
  'at-most-once': ['at-most-once', 'at-most-once', 'transactional', 'at-most-once', 'at-most-once'],
};

it.each(CLASSES.flatMap((planned) => CLASSES.map((today, index) => [planned, today, HOW[planned][index]] as const)))(
  'planned %s, today %s: run as %s',
  (planned, today, kind) => {
    expect(howToRun(planned, today)).toEqual({ kind });
  },
);

const callKey = 'ns-1/t1.s1.c1-00000000';
const policy = { heartbeatMs: 600 };

function toolOf(effect: EffectClass, found: 'applied' | 'absent', run: () => unknown): Tool {
  const common = { name: 'work', description: 'works', input: z.object({}), ledger: ledgerNamed('default'), run };
  if (effect !== 'reconcilable') return defineTool({ ...common, effect });
  const reconcile = async () => ({ kind: found, result: 'found' }) as never;
  return defineTool({ ...common, effect, reconcile, settleWithin: 10 });
}

interface Case {
  readonly planned: EffectClass;
  readonly today: EffectClass;
  /** Where the planned attempt died: what the next one, of today, ends as; and how often it runs the body. */
  readonly died: readonly [string, number];
}

const EFFECTS = CLASSES.filter((effect) => effect !== 'read');

/** What must hold of a call that the planned class's attempt died in, whatever it is today. */
const CASES: readonly Case[] = EFFECTS.flatMap((planned) =>
  CLASSES.map((today): Case => {
    const strict = planned === 'at-most-once' || today === 'at-most-once';
    const asks = today === 'reconcilable' && planned !== 'at-most-once';
    if (asks) return { planned, today, died: ['succeeded', 0] };
    const again = !strict && planned !== 'reconcilable' && today !== 'transactional';
    return { planned, today, died: again ? ['succeeded', 1] : ['unknown', 0] };
  }),
);

describe('a call whose attempt died', () => {
  it.each(CASES.map(({ planned, today, died: [kind, runs] }) => [planned, today, kind, runs] as const))(
    'under %s, taken up by %s: %s, its body run %i times',
    async (planned, today, kind, runs) => {
      const body = jest.fn(() => 'done');
      const ledger = await temporaryLedger();
      granted(
        await ledger.claimToolCall({
          ...claimOf('x', { args: {}, tool: 'work', effect: planned, leaseMs: 1 }),
          callKey,
        }),
      );
      const tool = toolOf(today, 'applied', body);
      const pinned = { ledger: { name: 'default', id: ledger.id } };
      const end = await desk([tool], [ledger]).call(tool, {
        policy: { ...policy, effect: planned },
        input: pinned,
        info: { attempt: 2 },
      });
      expect(end).toMatchObject({ outcome: { kind } });
      expect(body).toHaveBeenCalledTimes(runs);
      expect('unresolved' in end).toBe(kind === 'unknown');
    },
  );
});

describe('a call that nothing has happened to', () => {
  it.each(EFFECTS.flatMap((planned) => CLASSES.map((today) => [planned, today] as const)))(
    'planned %s, today %s: is run once, and its record answers under either',
    async (planned, today) => {
      const body = jest.fn(() => 'done');
      const ledger = await temporaryLedger();
      const tool = toolOf(today, 'absent', body);
      const options = { policy: { ...policy, effect: planned }, input: { ledger: { name: 'default', id: ledger.id } } };
      const { call } = desk([tool], [ledger]);
      expect(await call(tool, options)).toMatchObject({ ledger: 'ran', outcome: { kind: 'succeeded' } });
      expect(await call(tool, options)).toMatchObject({ ledger: 'replayed', outcome: { kind: 'succeeded' } });
      expect(body).toHaveBeenCalledTimes(1);
    },
  );
});
