/**
 * 200 acts and messages of people at random, by a seed, to each of a few sessions: whatever meets whatever, each call has one outcome, nothing ran without
 * its approval or with other arguments than were approved, no workflow task failed, every run replays, and the session is at rest in the end.
 * HOLDFAST_TEST_SEED chooses others; test/workflows/session/people-at-random has the same without a server, with more of them.
 */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import fc from 'fast-check';
import { FAILURE_TYPES } from '../../workflows/contracts';
import { FULL, SEED } from '../support/payments/scale';
import { decisionsIn, unapproved } from './decisions';
import { actOf, drawn, USER, type Draw, type Sent } from './random-people';
import { eventually, PATIENCE_MS, within } from './stage';
import { inspect, newSession, ran, ranIn, shaky, stage, tellerNamed, useTeller, type Talk } from './teller';

const ACTS = 200;
const LOOK_EVERY = 3;
const AGENTS = ['queueing', 'steering', 'interrupted', 'withdrawing'] as const;
/** Of each agent. */
const SESSIONS = FULL ? 10 : 1;

useTeller([
  tellerNamed('queueing', { limits: { steps: 3, parallelCalls: 2, onLimit: 'ask' } }),
  tellerNamed('steering', { messages: 'steer' }),
  tellerNamed('interrupted', { messages: 'interrupt' }),
  tellerNamed('withdrawing', { messages: 'steer', whileWaiting: 'withdraw' }),
]);

/** How acts were refused, over all sessions. */
const refusals = new Map<string, number>();
const KNOWN = new Set<string>(Object.values(FAILURE_TYPES));

/** Sends it; a refusal in the words of the session is an answer like any other. */
async function perform(session: Talk, sent: Sent): Promise<void> {
  const handle = stage.temporal.workflow.getHandle(session.id);
  try {
    if (sent.kind === 'signal') await handle.signal('intervention', sent.request);
    else if (sent.kind === 'nonsense') await handle.executeUpdate(sent.name, { args: [sent.request] });
    else if (sent.name === 'send') await session.say(sent.request.text, sent.request.messageId);
    else await handle.executeUpdate(sent.name, { args: [sent.request] });
  } catch (error) {
    // A run that was about to end met it: nobody took it in, which `inspect` would tell from a task that failed otherwise.
    if (inWords(error).includes('due to unexpected workflow task failure')) return perform(session, sent);
    const type = refusedAs(error);
    if (!KNOWN.has(type))
      throw new Error(`${session.id} answered ${JSON.stringify(sent)} with: ${inWords(error)}`, { cause: error });
    refusals.set(type, (refusals.get(type) ?? 0) + 1);
  }
}

/** An error of the client's, and what it came of. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message}${error.cause === undefined ? '' : `: ${inWords(error.cause)}`}`;
}

function refusedAs(error: unknown): string {
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    return error.cause.type ?? '';
  }
  return '';
}

async function look(session: Talk) {
  const [status, pending] = await Promise.all([session.status(), session.pending()]);
  return { status, pending };
}

async function act(session: Talk, draws: readonly Draw[]): Promise<void> {
  const sent: Sent[] = [];
  const started: Promise<void>[] = [session.say('hello', 'm-0').then(() => undefined)];
  let sight = await eventually('the session', () => look(session));
  for (const [index, draw] of draws.entries()) {
    // Several act on what they saw at the same moment.
    if (index % LOOK_EVERY === 0) sight = await look(session);
    const one = actOf(draw, { ...sight, sent, id: `a${index}` });
    if (!one) continue;
    sent.push(one);
    if (one.kind === 'update' && one.name === 'send') {
      for (const [, name = ''] of one.request.text.matchAll(/ (x-[\w-]+)/g)) shaky.add(name);
    }
    const performed = perform(session, one);
    performed.catch(() => undefined);
    started.push(performed);
    // A message is answered when its turn is over, which may be for others to bring about.
    if (!draw.rash && !(one.kind === 'update' && one.name === 'send')) await performed;
  }
  await settle(session);
  await within(2 * PATIENCE_MS, 'all acts', Promise.all(started));
}

/** Brings the session to rest: whoever holds it lets go, and all that waits is decided. */
async function settle(session: Talk): Promise<void> {
  let made = 0;
  const by = 'dora';
  await eventually(`${session.id} to come to rest`, async () => {
    const { status, pending } = await look(session);
    if (status.status === 'waiting_for_user' && pending.length === 0 && status.queued === 0) return true;
    for (const item of pending) {
      made += 1;
      const common = { by, actId: `settle-${made}` };
      const { approval } = item;
      await perform(session, settling(item.kind, item.id, approval?.argsHash ?? '', common));
    }
    return undefined;
  });
}

function settling(
  kind: string,
  callId: string,
  argsHash: string,
  common: { readonly by: string; readonly actId: string },
): Sent {
  switch (kind) {
    case 'approval':
      return { kind: 'update', name: 'decide', request: { ...common, callId, argsHash, decision: 'reject' } };
    case 'unresolved':
      return { kind: 'update', name: 'resolve', request: { ...common, callId, as: 'give_up' } };
    case 'paused':
      return { kind: 'update', name: 'intervene', request: { ...common, act: 'resume' } };
    case 'with_person':
      return { kind: 'update', name: 'intervene', request: { ...common, act: 'hand_back' } };
    default:
      return { kind: 'update', name: 'intervene', request: { ...common, act: 'stop' } };
  }
}

const NEEDED: Readonly<Record<string, number>> = { pay: 1, pay_two: 2, pay_soon: 1, pay_or_not: 1 };

async function check(session: Talk): Promise<{ readonly approved: number; readonly runs: number }> {
  const runs = await inspect(session);
  const mine = ranIn(session);
  expect(new Set(mine.map(({ callId }) => callId)).size).toBe(mine.length);
  const decisions = decisionsIn(runs);
  expect(unapproved(mine, decisions, (tool) => NEEDED[tool] ?? 0)).toEqual([]);
  // Nobody decides on what they asked for themselves.
  expect(decisions.filter(({ request, result }) => result && request.by.trim().toLowerCase() === USER)).toEqual([]);
  // A call is decided once: after that, nothing is done about it any more.
  const decided = decisions.flatMap(({ request, result }) =>
    result?.kind === 'done' && result.call !== 'waiting' ? [request.callId] : [],
  );
  expect(new Set(decided).size).toBe(decided.length);
  return { approved: mine.filter(({ approvedBy }) => approvedBy.length > 0).length, runs: runs.length };
}

test(`${ACTS} acts and messages of people leave every session in order`, async () => {
  const draws = fc.array(drawn, { minLength: ACTS, maxLength: ACTS });
  const samples = fc.sample(draws, { seed: SEED, numRuns: AGENTS.length * SESSIONS });
  const ends = await Promise.all(
    samples.map(async (sample, index) => {
      const continueAfter = index % 2 === 0 ? { updates: 12, events: 60 } : undefined;
      const session = newSession(
        { user: USER, ...(continueAfter ? { continueAfter } : {}) },
        AGENTS[index % AGENTS.length],
      );
      await act(session, sample);
      return check(session);
    }),
  );
  console.info(
    `${ran.length} payments; refused: ${JSON.stringify(Object.fromEntries(refusals))}; ${JSON.stringify(ends)}`,
  );
  expect(Math.max(...ends.map(({ runs }) => runs))).toBeGreaterThan(1);
  expect(ends.reduce((sum, { approved }) => sum + approved, 0)).toBeGreaterThan(AGENTS.length);
  expect([...refusals.keys()]).toEqual(
    expect.arrayContaining([FAILURE_TYPES.alreadyDecided, FAILURE_TYPES.staleDecision, FAILURE_TYPES.notAuthorized]),
  );
}, 180_000);
