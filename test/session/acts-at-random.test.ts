/**
 * Acts of people at random moments, by a seed: sessions whose tools fail before they do anything in half of all calls are resolved, undone, stopped,
 * spoken to, cancelled and ended all at once. Whatever meets whatever, each call has one outcome, the ledger says the same and holds nothing open,
 * and nothing is done, or undone, twice. Every other session goes on in a new run as often as it can. HOLDFAST_TEST_SEED chooses other acts; in which order they arrive is for the server to say.
 */
import { z } from 'zod';
import { openLedger } from '../../activities/ledger';
import { defineAgent, defineTool, type Tool } from '../../agents';
import { HoldfastError, type Session } from '../../client';
import { callsTools, says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { seededRandom } from '../../testing/random';
import { runsOf } from '../../testing/run-chain';
import { failedTasks } from './history';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';

const SESSIONS = 8;
const ROUNDS = 25;
/** After these everybody takes a breath, since a run does not end while people act on it. */
const QUIET_ROUNDS: readonly number[] = [4, 8, 12];
const random = seededRandom(Number(process.env.HOLDFAST_TEST_SEED ?? 4));
const oneOf = <T>(some: readonly T[]): T | undefined => some[Math.floor(random() * some.length)];

/** How often each thing was done, and undone, at the destination. */
const done = new Map<string, number>();
const refusals = new Set<string>();
let model: ScriptedOpenAI;
let stage: Stage;

async function shakily(what: string): Promise<object> {
  await new Promise((resolve) => setTimeout(resolve, random() * 40));
  // Before anything is done: who says afterwards that it did not happen is right.
  if (random() < 0.5) throw new Error('the connection broke');
  done.set(what, (done.get(what) ?? 0) + 1);
  return {};
}

function shaky(name: string, key?: (args: { readonly name: string }) => string): Tool {
  return defineTool({
    name,
    description: 'Fails often.',
    effect: 'at-most-once',
    input: z.object({ name: z.string() }),
    ...(key ? { key, sameAs: key } : {}),
    run: (args) => shakily(`${name} ${args.name}`),
    compensate: { effect: 'at-most-once', run: (args) => shakily(`undo ${name} ${args.name}`) },
  });
}

beforeAll(async () => {
  const till = defineAgent({
    name: 'till',
    instructions: 'You take money.',
    model: 'gpt-5-mini',
    tools: [shaky('pay'), shaky('sell', ({ name }) => name)],
  });
  const fallback = ({ user, position }: { readonly user: string; readonly position: number }) => {
    if (position > 1) return says('done');
    const sell = { tool: 'sell', arguments: { name: user } };
    return callsTools({ tool: 'pay', arguments: { name: `${user}.${position}` } }, sell, sell);
  };
  model = await startScriptedOpenAI({ script: { name: 'till', turns: [], fallback } });
  stage = await startStage({ agents: [till], modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

/** An act may be refused, since another was faster; anything else it must not come to. */
async function allowed(act: Promise<unknown>): Promise<void> {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    refusals.add(error.name);
  }
}

function send(session: Session, messageId: string): Promise<void> {
  const often = Number(session.id.split('-').at(-1)) % 2 === 0;
  const text = `${session.id}.${messageId}`;
  const continueAfter = often ? { updates: 2, events: 20 } : undefined;
  const message = { sessionId: session.id, agent: 'till', continueAfter, text, messageId };
  return allowed(stage.client.send(message, { timeoutMs: PATIENCE_MS }));
}

/** What people do to a session at one moment. */
async function acts(session: Session, round: number): Promise<readonly Promise<void>[]> {
  const { recent } = await session.status();
  const waiting = (await session.pending()).filter(() => random() < 0.6);
  const started = waiting.map(({ id }) =>
    allowed(session.resolve(id, { as: oneOf(['absent', 'absent', 'give_up'] as const) ?? 'absent' })),
  );
  const choice = random();
  const onStop = oneOf(['keep', 'compensate'] as const);
  const call = oneOf(recent.filter(({ kind }) => kind === 'tool'));
  if (choice < 0.25 && call) started.push(allowed(session.undo(call.id)));
  else if (choice > 0.85) started.push(allowed(session.stop({ onStop })));
  else if (choice < 0.35) started.push(send(session, `m-${round}`));
  else if (choice > 0.8 && round > ROUNDS / 2) {
    started.push(allowed(random() < 0.5 ? session.end({ onStop }) : session.cancel()));
  }
  return started;
}

/** @returns in how many runs it was. */
async function inspect(session: Session): Promise<number> {
  const runs = await runsOf(stage.temporal, session.id);
  for (const { history } of runs) expect(failedTasks(history)).toEqual([]);
  expect(await stage.replayAll(runs.map(({ runId: workflowId, history }) => ({ workflowId, history })))).toEqual({});
  const items = await session.wholeTranscript();
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
  const ended = items.flatMap((item) => (item.kind === 'outcome' ? [item] : []));
  // Where the run ended in the middle of a step, those that were done by then come first.
  expect(ended.map(({ callId }) => callId).sort()).toEqual(asked.sort());
  const { keyNamespace } = await session.status();
  const ledger = await openLedger({ name: 'default', url: stage.ledgerFile });
  try {
    for (const { callId, outcome } of ended) {
      const row = await ledger.readCall(`${keyNamespace}/${callId}`);
      const undo = await ledger.readCall(`${keyNamespace}/${callId}.undo`);
      expect([callId, row?.outcome?.kind ?? outcome.kind]).toEqual([callId, outcome.kind]);
      expect([callId, row?.state, undo?.state]).not.toContain('started');
    }
  } finally {
    await ledger.close();
  }
  return runs.length;
}

it('leave every session, and the ledger, in order', async () => {
  const inOne = async (): Promise<number> => {
    const session = stage.client.session(uniqueName('random'));
    const started: Promise<void>[] = [send(session, 'm')];
    await eventually('the session', () => session.status());
    for (let round = 0; round < ROUNDS; round += 1) {
      const now = await acts(session, round);
      started.push(...now);
      // Often at once with the next, and else one after the other.
      if (random() < 0.7) await Promise.race([Promise.all(now), new Promise((resolve) => setTimeout(resolve, 1_000))]);
      if (QUIET_ROUNDS.includes(round)) {
        await Promise.all(now);
        for (let count = 0; count < 3; count += 1) await send(session, 'm');
      }
    }
    await allowed(session.end());
    await within(PATIENCE_MS, 'all acts', Promise.all(started));
    await eventually('the end', () => session.ended());
    return inspect(session);
  };
  const runs = await Promise.all(Array.from({ length: SESSIONS }, inOne));
  expect(Math.max(...runs)).toBeGreaterThan(2);
  const twice = [...done].filter(([what, times]) =>
    what.startsWith('undo ') ? times > (done.get(what.slice(5)) ?? 0) : times > 1 + (done.get(`undo ${what}`) ?? 0),
  );
  expect(twice).toEqual([]);
  expect(done.size).toBeGreaterThan(SESSIONS);
  expect([...refusals].filter((name) => !['Refused', 'SessionClosed', 'SessionClosing'].includes(name))).toEqual([]);
}, 120_000);
