/**
 * Calls in doubt that share one effect, on a real server with a real ledger: what a person says of one is said of all, and nothing is left open
 * in the ledger, whatever comes in between.
 */
import { z } from 'zod';
import { openLedger } from '../../activities/ledger';
import { defineAgent, defineTool } from '../../agents';
import type { ConversationItem, PendingItem, Session } from '../../client';
import {
  callsTools,
  says,
  startScriptedOpenAI,
  type ScriptedAnswer,
  type ScriptedOpenAI,
  type ScriptedRequest,
} from '../../testing';
import { failedTasks, fetchHistory } from './history';
import { eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

let model: ScriptedOpenAI;
let stage: Stage;
let done: string[];
let shaky: boolean;

const seller = defineAgent({
  name: 'seller',
  instructions: 'You sell.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'sell',
      description: 'Sells what cannot be asked about.',
      effect: 'at-most-once',
      input: z.object({ name: z.string(), note: z.string() }),
      key: ({ name }) => name,
      sameAs: ({ name }) => name,
      run: ({ name }) => {
        if (shaky) {
          shaky = false;
          throw new Error('the connection broke');
        }
        done.push(`sell ${name}`);
        return { sold: name };
      },
      compensate: { effect: 'idempotent', run: ({ name }) => void done.push(`refund ${name}`) },
    }),
  ],
});

/** Told `sell <times> <name>`, asks for the same so often in one step. */
function answer({ user, position }: ScriptedRequest): ScriptedAnswer {
  const [, times, name = ''] = user.split(' ');
  if (position > 0) return says('sold');
  return callsTools(
    ...Array.from({ length: Number(times) }, (_, note) => ({ tool: 'sell', arguments: { name, note: String(note) } })),
  );
}

beforeAll(async () => {
  model = await startScriptedOpenAI({ script: { name: 'seller', turns: [], fallback: answer } });
  stage = await startStage({ agents: [seller], modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

/** A session whose model asked for the same `times` times in one step, all in doubt. */
async function inDoubt(
  times: number,
): Promise<{ readonly session: Session; readonly pending: readonly PendingItem[] }> {
  done = [];
  shaky = true;
  const name = uniqueName('thing');
  const session = stage.client.session(uniqueName('shared'));
  await stage.client.send(
    { sessionId: session.id, agent: 'seller', text: `sell ${times} ${name}` },
    { timeoutMs: PATIENCE_MS },
  );
  const pending = await eventually('all to wait', async () => {
    const found = await session.pending();
    return found.length === times ? found : undefined;
  });
  return { session, pending };
}

const rested = (session: Session) =>
  eventually('rest', async () => (await session.status()).status === 'waiting_for_user' || undefined);

const outcomes = (items: readonly ConversationItem[]) =>
  items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : []));

/** States of the session's calls in the ledger. */
async function states(session: Session): Promise<readonly (string | undefined)[]> {
  const ledger = await openLedger({ name: 'default', url: stage.ledgerFile });
  try {
    const { keyNamespace } = await session.status();
    const asked = (await session.wholeTranscript()).flatMap((item) =>
      item.kind === 'assistant' ? (item.calls ?? []) : [],
    );
    return await Promise.all(asked.map(async ({ id }) => (await ledger.readCall(`${keyNamespace}/${id}`))?.state));
  } finally {
    await ledger.close();
  }
}

async function finish(session: Session): Promise<void> {
  await session.end();
  await session.result({ timeoutMs: PATIENCE_MS });
  const history = await fetchHistory(stage.temporal, session.id);
  expect(failedTasks(history)).toEqual([]);
  expect(await stage.replayAll([{ workflowId: session.id, history }])).toEqual({});
}

describe.each([0, 1])('two calls for one thing, of which a person decides on number %i', (index) => {
  it.each([
    ['applied', { as: 'applied', result: { sold: 'by hand' } }, []],
    ['absent', { as: 'absent' }, [expect.stringMatching(/^sell /)]],
  ] as const)('as %s: both end, by one sale at most, that is refunded once', async (_as, decision, sales) => {
    const { session, pending } = await inDoubt(2);
    await session.resolve(pending[index]?.id ?? '', decision);
    await rested(session);
    expect(await session.pending()).toEqual([]);
    expect(done).toEqual(sales);
    const ended = outcomes(await session.wholeTranscript());
    expect(ended.map(({ kind }) => kind)).toEqual(['succeeded', 'succeeded']);
    expect(ended.filter((outcome) => 'sameAsCall' in outcome)).toHaveLength(1);
    expect(await states(session)).toEqual(['succeeded', 'succeeded']);
    const undone = await Promise.allSettled(pending.map(({ id }) => session.undo(id)));
    expect(undone.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(done.filter((what) => what.startsWith('refund'))).toHaveLength(1);
    await finish(session);
  });

  it('by giving up: the other waits on', async () => {
    const { session, pending } = await inDoubt(2);
    await session.resolve(pending[index]?.id ?? '', { as: 'give_up' });
    expect((await session.pending()).map(({ id }) => id)).toEqual([pending[1 - index]?.id]);
    await finish(session);
    expect(done).toEqual([]);
  });
});

it('a call that a person finds not to have happened, while its turn is stopped: closed in the ledger as it is told', async () => {
  const ends: Record<string, readonly [state: string, sales: number]> = {
    succeeded: ['succeeded', 1],
    cancelled: ['failed', 0],
    unknown: ['unresolved', 0],
  };
  for (let race = 0; race < 8; race += 1) {
    const { session, pending } = await inDoubt(1);
    await Promise.allSettled([session.resolve(pending[0]?.id ?? '', { as: 'absent' }), session.stop({ by: 'ada' })]);
    await rested(session);
    const [outcome] = outcomes(await session.wholeTranscript());
    const [state] = await states(session);
    expect([outcome?.kind, state, done.length]).toEqual([outcome?.kind, ...(ends[outcome?.kind ?? ''] ?? [])]);
    await finish(session);
  }
});
