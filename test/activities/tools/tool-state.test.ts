/** `ctx.state`: what a tool changes of its session's state is part of the outcome of its call, whatever its effect class. */
import { z } from 'zod';
import { outcomeText } from '../../../activities/model/outcome-text';
import { defineTool, ledgerNamed, type Tool, type ToolContext, type ToolState } from '../../../agents';
import type { JsonObject } from '../../../workflows/contracts/json';
import { mergePatch } from '../../../workflows/contracts/state';
import type { EffectClass, SucceededOutcome, ToolCallReport } from '../../../workflows/contracts/tool';
import { temporaryLedger } from '../ledger/temporary-ledger';
import { desk, type CallOptions } from './tool-harness';

const state = z.object({
  order: z.string().regex(/^A-/).optional(),
  status: z.enum(['open', 'paid']).optional(),
  address: z.object({ city: z.string().optional(), street: z.string().optional() }).optional(),
});

const EFFECTS: readonly EffectClass[] = ['read', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'];

type Work = (state: ToolState, ctx: ToolContext) => unknown;

function toolOf(effect: EffectClass, work: Work, more: Partial<Tool> = {}): Tool {
  const run = (_args: object, ctx: ToolContext) => work(ctx.state as ToolState, ctx);
  const common = { name: 'work', description: 'works', input: z.object({}), usesState: true, run } as const;
  const made = ((): Tool => {
    switch (effect) {
      case 'transactional':
        return defineTool({ ...common, effect, ledger: ledgerNamed('default') });
      case 'reconcilable':
        return defineTool({
          ...common,
          effect,
          settleWithin: '1s',
          reconcile: () => Promise.resolve({ kind: 'absent' }),
        });
      case 'read':
      case 'idempotent':
      case 'at-most-once':
        return defineTool({ ...common, effect });
    }
  })();
  return { ...made, ...more };
}

async function called(tool: Tool, options: CallOptions = {}) {
  const { call } = desk([tool], [await temporaryLedger()], { state });
  return { first: await call(tool, options), again: () => call(tool, { ...options, info: { attempt: 2 } }), call };
}

const outcomeOf = (report: unknown): SucceededOutcome => {
  const { outcome } = report as ToolCallReport;
  if (outcome?.kind !== 'succeeded') throw new Error(`expected a success, got ${JSON.stringify(report)}`);
  return outcome;
};

const draft = {
  own: { order: 'A-7', status: 'paid' },
  established: [{ text: 'it is paid', source: 't1.s1.c1-00000000' }],
  opened: ['a receipt'],
  met: ['o1'],
  wanted: 'a receipt',
};

const change: Work = (session) => {
  session.patch({ order: 'A-7' });
  session.patch({ status: 'paid' });
  session.establish('it is paid');
  session.open('a receipt');
  session.meet('o1');
  session.want('a receipt');
  return 'done';
};

describe.each(EFFECTS)('%s', (effect) => {
  test('what the tool changes is in its outcome, also in the one that is replayed', async () => {
    const { first, again } = await called(toolOf(effect, change));
    expect(outcomeOf(first)).toEqual({ kind: 'succeeded', result: 'done', state: draft });
    const replayed = await again();
    expect(outcomeOf(replayed)).toEqual(outcomeOf(first));
    if (effect !== 'read') expect(replayed).toMatchObject({ ledger: 'replayed' });
  });

  test('an attempt that failed leaves nothing of its changes', async () => {
    let runs = 0;
    const tool = toolOf(effect, (session) => {
      runs += 1;
      session.establish(`run ${runs}`);
      if (runs === 1) throw Object.assign(new Error('busy'), { name: 'NotApplied' });
      return 'done';
    });
    const { first, again } = await called(tool);
    expect(first).toMatchObject({ thrown: 'ToolFailed' });
    expect(outcomeOf(await again()).state).toEqual({
      established: [{ text: 'run 2', source: 't1.s1.c1-00000000' }],
    });
  });

  test('a tool that changes nothing says nothing of it', async () => {
    const { first } = await called(toolOf(effect, () => 'done'));
    expect(outcomeOf(first)).toEqual({ kind: 'succeeded', result: 'done' });
  });

  test('a refused change is told to the model, and changes nothing', async () => {
    let said: unknown;
    const { first } = await called(
      toolOf(effect, (session) => {
        session.patch({ order: 'A-7' });
        said = session.patch({ order: 'B-7' });
        return 'done';
      }),
    );
    expect(said).toEqual({ ok: false, problem: expect.stringMatching(/^order: /) as string });
    const outcome = outcomeOf(first);
    expect(outcome.state).toEqual({ own: { order: 'A-7' } });
    expect(outcomeText(outcome)).toMatch(/^done\n\[the session's state was not changed: order: .*\]$/);
  });
});

test('the model is not told what was changed', () => {
  expect(outcomeText({ kind: 'succeeded', result: 'done', state: draft })).toBe('done');
});

test('a call that was answered with another one’s outcome changes nothing', async () => {
  const tool = toolOf('idempotent', change, { key: () => 'one' });
  const { first, call } = await called(tool);
  expect(outcomeOf(first).state).toEqual(draft);
  const options = { callId: 't1.s1.c2-00000000' };
  const same = { kind: 'succeeded', result: 'done', sameAsCall: 't1.s1.c1-00000000' };
  expect(outcomeOf(await call(tool, options))).toEqual(same);
  expect(outcomeOf(await call(tool, options))).toEqual(same);
});

describe('a probe', () => {
  test.each([true, false])('changes the state where it finds the effect (%s)', async (found) => {
    let runs = 0;
    const tool: Tool = {
      ...toolOf('reconcilable', (session) => {
        runs += 1;
        session.establish('run');
        if (runs === 1) throw new Error('cut off');
        return 'done';
      }),
      settleWithinMs: 1,
      reconcile: async (_args, ctx) => {
        ctx.state?.establish('probed');
        return found ? { kind: 'applied', result: 'found' } : { kind: 'absent' };
      },
    };
    const { call } = desk([tool], [await temporaryLedger()], { state });
    expect(await call(tool)).toMatchObject({ thrown: 'ToolFailed' });
    const { established } = outcomeOf(await call(tool, { info: { attempt: 2 } })).state ?? {};
    expect(established?.map(({ text }) => text)).toEqual([found ? 'probed' : 'run']);
  });
});

describe('what a tool is given', () => {
  test('its own part as it was, then with its patches; a copy', async () => {
    const seen: JsonObject[] = [];
    const own = { order: 'A-1', address: { city: 'Bern', street: 'Gasse' } };
    const { first } = await called(
      toolOf('read', (session) => {
        seen.push(session.value);
        (session.value as { order: string }).order = 'B';
        session.patch({ address: { street: null } });
        seen.push(session.value);
        session.patch({ address: null });
        session.patch({ address: { street: 'Weg' } });
        return 'done';
      }),
      { input: { own } },
    );
    expect(seen).toEqual([own, { order: 'A-1', address: { city: 'Bern' } }]);
    const patch = outcomeOf(first).state?.own as JsonObject;
    expect(mergePatch(own, patch)).toEqual({ order: 'A-1', address: { street: 'Weg' } });
  });

  test('nothing without usesState, and nothing for a call that was planned without it', async () => {
    const without = { ...toolOf('read', (session) => typeof session), usesState: undefined };
    expect(outcomeOf((await called(without, { policy: { usesState: true } })).first).result).toBe('undefined');
    const tool = toolOf('read', (session) => typeof session);
    expect(outcomeOf((await called(tool, { policy: { usesState: undefined } })).first).result).toBe('undefined');
  });

  test('the first session’s id, in a child', async () => {
    const tool = toolOf('read', (_session, ctx) => ctx.session.id);
    expect(outcomeOf((await called(tool, { input: { sessionId: 's/h1', root: 's' } })).first).result).toBe('s');
    expect(outcomeOf((await called(tool)).first).result).toBe('session-1');
  });

  test('an own part that is none is refused before anything runs', async () => {
    const { first } = await called(
      toolOf('read', () => 1),
      { input: { own: [] as never } },
    );
    expect(first).toMatchObject({
      thrown: 'BadActivityInput',
      message: expect.stringMatching(/own part of the state/) as string,
    });
  });
});

describe('a change that cannot be recorded is refused at once', () => {
  const holds: Record<string, unknown> = {};
  holds.itself = holds;
  test.each<[string, Work, RegExp]>([
    ['what the schema does not know', (session) => session.patch({ town: 'x' }), /"town" is not known in the own part/],
    ['no object', (session) => session.patch('x' as never), /state\.own must be an object/],
    ['no JSON', (session) => session.patch({ order: (() => 1) as never }), /not JSON/],
    ['a big integer', (session) => session.patch({ order: 1n as never }), /not JSON/],
    ['a value that holds itself', (session) => session.patch(holds as never), /nested deeper|more than/],
    ['a poisoned key', (session) => session.patch(JSON.parse('{"__proto__":{"a":1}}') as JsonObject), /not allowed/],
    ['an empty fact', (session) => session.establish(' '), /established\[0\]\.text must be a text/],
    ['a fact that is none', (session) => session.establish(7 as never), /established\[0\]\.text must be a text/],
    ['a long wish', (session) => session.want('x'.repeat(501)), /wanted must be a text of 1 to 500/],
    ['half a character', (session) => session.open('\ud800'), /half of a surrogate pair/],
    ['more than anybody means', (session) => Array.from({ length: 51 }, () => session.meet('o1')).at(-1), /at most 50/],
  ])('%s', async (_, work, problem) => {
    let said: unknown;
    const { first } = await called(
      toolOf('read', (session, ctx) => {
        said = work(session, ctx);
        return 'done';
      }),
    );
    expect(said).toEqual({ ok: false, problem: expect.stringMatching(problem) as string });
    expect(outcomeOf(first).stateProblem).toMatch(problem);
  });

  test('an own part where the agent keeps none', async () => {
    const tool = toolOf('read', (session) => [session.patch({ a: 1 }), session.want('a lamp')]);
    const { call } = desk([tool], []);
    expect(outcomeOf(await call(tool))).toMatchObject({
      result: [{ ok: false, problem: 'the agent desk keeps no own part of the state' }, { ok: true }],
      state: { wanted: 'a lamp' },
    });
  });
});
