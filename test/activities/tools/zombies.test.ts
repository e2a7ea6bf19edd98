/**
 * Attempts that go on after they were given up: paused past their lease while another attempt took over, or delivered twice. None of
 * them writes an outcome, and each effect class keeps its promise.
 */
import path from 'node:path';
import { z } from 'zod';
import { defineTool, ledgerNamed, NotApplied, ToolError, type Tool, type ToolContext } from '../../../agents';
import { LedgerUnavailable, type Ledger } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { temporaryFolder, temporaryLedger } from '../ledger/temporary-ledger';
import { desk } from './tool-harness';

const callKey = 'ns-1/t1.s1.c1-00000000';
const policy = { heartbeatMs: 600, initialIntervalMs: 1, maxIntervalMs: 1 };
type Effect = 'idempotent' | 'transactional' | 'reconcilable' | 'at-most-once';
type Run = (ctx: ToolContext) => unknown;

function toolOf(effect: Effect, run: Run, applied: () => boolean): Tool {
  const common = {
    name: 'work',
    description: 'works',
    input: z.object({}),
    run: (_args: object, ctx: ToolContext) => run(ctx),
  };
  if (effect === 'transactional') return defineTool({ ...common, effect, ledger: ledgerNamed('default') });
  if (effect !== 'reconcilable') return defineTool({ ...common, effect });
  const reconcile = async () =>
    applied() ? ({ kind: 'applied', result: 'found' } as const) : ({ kind: 'absent' } as const);
  return defineTool({ ...common, effect, reconcile, settleWithin: 20 });
}

/** A ledger whose renewals do not arrive, as those of a process that is stopped. */
function unrenewed(ledger: Ledger): Ledger {
  return { ...ledger, renewLease: () => Promise.reject(new LedgerUnavailable('stopped')) };
}

/** The first attempt stands still in its body until the second has reported, and then ends as `last` says. */
async function overtaken(effect: Effect, applies: boolean, last: Run) {
  const ledger = await temporaryLedger();
  let effects = 0;
  let goOn = (): void => undefined;
  const paused = new Promise<void>((resolve) => (goOn = resolve));
  let begun = (): void => undefined;
  const running = new Promise<void>((resolve) => (begun = resolve));
  const slow = toolOf(
    effect,
    async (ctx) => {
      if (applies) effects += 1;
      begun();
      await paused;
      return last(ctx);
    },
    () => effects > 0,
  );
  const quick = toolOf(
    effect,
    () => {
      effects += 1;
      return 'second';
    },
    () => effects > 0,
  );
  const first = desk([slow], [unrenewed(ledger)]).call(slow, { policy });
  // Where the machine was so slow that it never began, there is nothing to wait for.
  await Promise.race([running, first]);
  const second = await desk([quick], [ledger]).call(quick, { policy, info: { attempt: 2 } });
  const before = await ledger.readCall(callKey);
  goOn();
  return { first: await first, second, before, after: await ledger.readCall(callKey), effects: () => effects };
}

const ENDS: readonly (readonly [string, Run, ToolOutcome['kind'] | null])[] = [
  ['returns', () => 'first', 'succeeded'],
  [
    'throws a ToolError',
    () => {
      throw new ToolError('taken');
    },
    'failed',
  ],
  [
    'throws NotApplied',
    () => {
      throw new NotApplied('busy');
    },
    null,
  ],
  [
    'throws',
    () => {
      throw new Error('reset');
    },
    null,
  ],
];

/** What the second attempt ends as where the first has had its effect, and how many effects there are then. */
const SECOND: Readonly<Record<Exclude<Effect, 'transactional'>, readonly [string, string | undefined, number]>> = {
  // Under one key: the destination applies it once.
  idempotent: ['succeeded', 'second', 2],
  reconcilable: ['succeeded', 'found', 1],
  'at-most-once': ['unknown', undefined, 1],
};

describe.each(Object.entries(SECOND) as [Exclude<Effect, 'transactional'>, (typeof SECOND)['idempotent']][])(
  'an attempt that was paused past its lease: %s',
  (effect, [kind, result, count]) => {
    it.each(ENDS)('and then %s writes nothing but evidence', async (_how, last, evidence) => {
      const { first, second, before, after, effects } = await overtaken(effect, true, last);
      expect(second).toMatchObject({ outcome: { kind, ...(result === undefined ? {} : { result }) } });
      expect(first).toMatchObject({ thrown: 'LeaseHeld', nonRetryable: false });
      expect(effects()).toBe(count);
      const { lateEvidence, ...row } = after ?? { lateEvidence: [] };
      const { lateEvidence: _none, ...same } = before ?? { lateEvidence: [] };
      expect(row).toEqual(same);
      expect(lateEvidence.map(({ outcome }) => outcome.kind)).toEqual(evidence === null ? [] : [evidence]);
    });

    it('before its effect can send nothing any more through ctx.fetch', async () => {
      let refusal: unknown;
      await overtaken(effect, false, async (ctx) => {
        refusal = await ctx.fetch('http://127.0.0.1:1/').catch((error: unknown) => error);
        throw refusal;
      });
      expect(String(refusal)).toMatch(/LeaseLost/);
    });
  },
);

describe('two attempts of one call at once, on two handles of one ledger', () => {
  it.each<[Effect]>([['idempotent'], ['transactional'], ['reconcilable'], ['at-most-once']])(
    '%s: one effect and one outcome',
    async (effect) => {
      const url = path.join(temporaryFolder(), 'ledger.sqlite');
      const ledgers = [await temporaryLedger({ url }), await temporaryLedger({ url })];
      let effects = 0;
      const tool = toolOf(
        effect,
        async () => {
          effects += 1;
          await new Promise((resolve) => setTimeout(resolve, 30));
          return `run ${effects}`;
        },
        () => effects > 0,
      );
      const ends = await Promise.all(ledgers.map((ledger) => desk([tool], [ledger]).call(tool, { policy })));
      expect(effects).toBe(1);
      const outcome = { kind: 'succeeded', result: 'run 1' };
      for (const [index, end] of ends.entries()) {
        // One that met the other's lease comes again.
        const ledger = ledgers[index] as Ledger;
        const told = 'thrown' in end ? await desk([tool], [ledger]).call(tool, { policy, info: { attempt: 2 } }) : end;
        expect(told).toMatchObject({ outcome });
      }
      expect(effects).toBe(1);
    },
  );
});

describe('a ledger that is away while a reconcilable call runs', () => {
  const away = () => Promise.reject(new LedgerUnavailable('the database does not answer'));
  const gone = { policy, info: { startToCloseTimeoutMs: 300 } };

  it.each(['settleToolCall', 'bodyFailed'] as const)('at %s: the next attempt asks the destination', async (method) => {
    const ledger = await temporaryLedger();
    let effects = 0;
    const tool = toolOf(
      'reconcilable',
      () => {
        effects += 1;
        if (method === 'bodyFailed') throw new Error('reset');
        return 'done';
      },
      () => effects > 0,
    );
    expect(await desk([tool], [{ ...ledger, [method]: away }]).call(tool, gone)).toMatchObject({
      thrown: 'LedgerUnavailable',
    });
    expect(await desk([tool], [ledger]).call(tool, { policy, info: { attempt: 2 } })).toMatchObject({
      outcome: { kind: 'succeeded', result: 'found' },
    });
    expect(effects).toBe(1);
  });

  it('before it: nothing runs', async () => {
    const run = jest.fn();
    const tool = toolOf('reconcilable', run, () => false);
    const ledger = await temporaryLedger();
    expect(await desk([tool], [{ ...ledger, claimToolCall: away }]).call(tool, { policy })).toMatchObject({
      thrown: 'LedgerUnavailable',
    });
    expect(run).not.toHaveBeenCalled();
  });

  it('when a lease is to be given back: the next attempt waits for its end', async () => {
    const ledger = await temporaryLedger();
    let effects = 0;
    const tool = toolOf(
      'reconcilable',
      () => (effects += 1),
      () => effects > 0,
    );
    const reset: Tool = {
      ...tool,
      run: () => {
        throw new Error('reset');
      },
    };
    expect(await desk([reset], [ledger]).call(reset, { policy })).toMatchObject({ thrown: 'ToolFailed' });
    const failing: Tool = { ...tool, reconcile: () => Promise.reject(new Error('502')) };
    const cut = desk([failing], [{ ...ledger, giveBack: away }]);
    expect(await cut.call(failing, { ...gone, info: { ...gone.info, attempt: 2 } })).toMatchObject({
      thrown: 'LedgerUnavailable',
    });
    expect(await desk([tool], [ledger]).call(tool, { policy, info: { attempt: 3 } })).toMatchObject({
      outcome: { kind: 'succeeded' },
    });
    expect(effects).toBe(1);
  });
});
