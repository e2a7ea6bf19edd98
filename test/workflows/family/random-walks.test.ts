/**
 * Random walks over six agents that hand over, ask one another, fail and wait for people, with people, deaths and new runs in between: one address, no fact lost
 * that was established, obligations and money conserved, one outcome for each call, flat chains, and no more traffic than what happened warrants.
 */
import type { PendingItem, SendResult } from '../../../workflows/contracts/messages';
import { UNTOLD_MODEL_CALLS } from '../../../workflows/session/activity-options';
import { openRecords } from '../../../workflows/session/children';
import { pendingView } from '../../../workflows/session/views';
import { seededRandom } from '../../../testing/random';
import { FULL, SEED } from '../../support/payments/scale';
import { ticks, type FamilyNode } from './family-node';
import { FamilyWorld } from './family-world';
import { KEPT_BACK, MAX_DEPTH, MAX_OPEN, MOST_OF_A_CALL, newTally, randomModel, type Tally } from './random-agents';

const WALKS = FULL ? 2_000 : 200;
const MESSAGES = 6;
/** More than it ever takes for all to settle. */
const MOST_ROUNDS = 3_000;

interface Walk {
  readonly seed: number;
  readonly world: FamilyWorld;
  readonly tally: Tally;
  readonly answers: ReadonlyMap<string, SendResult>;
  /** Sessions that were ended from outside, without a word. */
  readonly killed: number;
}

/** @param deaths whether children are terminated now and then. */
async function walk(seed: number, deaths: boolean): Promise<Walk> {
  const random = seededRandom(seed);
  const tally = newTally();
  const budget = random() < 0.4 ? { session: { microUsd: 2_000 + Math.floor(random() * 4_000) } } : undefined;
  const world = new FamilyWorld(
    { model: randomModel(seed, tally), delay: () => 1 + Math.floor(random() * 3) },
    { agent: 'a0', ...(budget ? { limits: budget } : {}) },
  );
  const answers = new Map<string, SendResult>();
  let killed = 0;
  let acts = 0;
  let open = 0;
  const granted = new Map<string, number>();
  const send = (messageId: string) => {
    open += 1;
    void world.say(messageId, `text of ${messageId}`).then((answer) => {
      open -= 1;
      answers.set(messageId, answer);
    });
  };
  for (let message = 1; message <= MESSAGES; message += 1) {
    send(`m-${message}`);
    for (let round = 0; ; round += 1) {
      if (round > MOST_ROUNDS) throw new Error(`seed ${seed}: ${stuck(world)}`);
      await ticks(4);
      if (world.broken.length > 0) throw world.broken[0];
      checkBounds(world, granted);
      const { root } = world;
      if (root.state.status === 'waiting_for_user' && root.state.queue.length === 0 && open === 0) break;
      acts += 1;
      await act(world, random, `act-${message}.${acts}`);
      if (deaths && random() < 0.02) killed += kill(world, random);
      if (random() < 0.03) world.passTime(40_000);
      if (random() < 0.05) root.suggest();
      if (random() < 0.03) world.all[Math.floor(random() * world.all.length)]?.suggest();
      // Whoever was told that people are needed asks again.
      const waits = answers.get(`m-${message}`)?.kind;
      if (open === 0 && waits !== undefined && waits !== 'reply' && waits !== 'stopped' && waits !== 'ended')
        send(`m-${message}`);
    }
    send(`m-${message}`);
    await ticks(4);
  }
  await world.intervene({ actId: 'end', act: 'end', by: 'ada' });
  for (let round = 0; world.all.some(({ over }) => !over); round += 1) {
    if (round > MOST_ROUNDS) throw new Error(`seed ${seed}: it never ended: ${stuck(world)}`);
    await ticks(4);
    if (round % 200 === 199) world.passTime(40_000);
  }
  if (world.broken.length > 0) throw world.broken[0];
  return { seed, world, tally, answers, killed };
}

/** People decide on what waits, now and then hold the session, or stop a turn. */
async function act(world: FamilyWorld, random: () => number, actId: string): Promise<void> {
  const { root } = world;
  const drawn = random();
  const by = 'ada';
  const done = async (): Promise<unknown> => {
    const { paused } = root.state;
    if (paused) return random() < 0.5 ? world.intervene({ actId, act: 'resume', by }) : undefined;
    if (drawn < 0.02) return world.intervene({ actId, act: 'pause', by });
    if (drawn < 0.03 && root.state.active) return world.intervene({ actId, act: 'stop', by });
    if (drawn < 0.05) return world.intervene({ actId, act: 'note', text: 'Be kind.', by });
    const items = pendingView(root.state, undefined);
    const item = items[Math.floor(random() * items.length)];
    return item ? settle(world, item, actId, random) : undefined;
  };
  await Promise.race([done(), ticks(30)]);
}

function settle(
  world: FamilyWorld,
  item: PendingItem,
  actId: string,
  random: () => number,
): Promise<unknown> | undefined {
  const by = 'ada';
  const { approval, limit, child } = item;
  if (approval) {
    const decision = random() < 0.8 ? 'approve' : 'reject';
    return world.decide({ actId, callId: approval.callId, decision, argsHash: approval.argsHash, by });
  }
  if (!limit) return undefined;
  if (random() < 0.1) return world.intervene({ actId, act: 'stop', by });
  const amount = limit.bound.endsWith('microUsd') ? 1_500 : 3;
  return world.intervene({
    actId,
    act: 'extend',
    bound: limit.bound,
    amount,
    ...(child === undefined ? {} : { child }),
    by,
  });
}

function kill(world: FamilyWorld, random: () => number): number {
  const alive = world.all.filter(({ over, parent }) => !over && parent);
  const node = alive[Math.floor(random() * alive.length)];
  node?.terminate();
  return node ? 1 : 0;
}

/** What holds at every moment. @param granted the most that each child was ever let use. */
function checkBounds(world: FamilyWorld, granted: Map<string, number>): void {
  const { all, nodes } = world;
  // What a lost one had told, or tells still, may come in after what it had was free again.
  const isConserved = lostIn(world).size === 0;
  for (const { id, over, state } of all) {
    if (over) continue;
    checkSlices(state, `${id}/`, granted, isConserved);
    const { slice: { microUsd } = {} } = state;
    // What it takes for its own was never more than what its parent has put aside for it.
    if (nodes.get(id)?.state === state && microUsd !== undefined) {
      expect({ id, within: microUsd <= (granted.get(id) ?? 0) }).toEqual({ id, within: true });
    }
    expect(openRecords(state.family).filter(({ role }) => role === 'delegate').length).toBeLessThanOrEqual(MAX_OPEN);
    expect(id.split('/').length).toBeLessThanOrEqual(MAX_DEPTH + 2);
  }
}

/** Of a bound nobody has more than there is: what is used, what is put aside and what whoever asked keeps back are within it. */
function checkSlices(
  state: FamilyNode['state'],
  prefix: string,
  granted: Map<string, number>,
  isConserved: boolean,
): void {
  const { family, bounding, slice, input, runningStep } = state;
  const isAsking = runningStep?.calls.some(({ call }) => call.kind === 'delegate' && call.keeps);
  // Whoever takes over, after all who were asked have come back, may use that too.
  const keeps = isAsking && openRecords(family).every(({ role }) => role === 'delegate') ? KEPT_BACK : 0;
  let aside = 0;
  for (const record of openRecords(family)) {
    const most = record.granted.microUsd;
    if (most === undefined) continue;
    const id = `${prefix}${record.child}`;
    granted.set(id, Math.max(granted.get(id) ?? 0, most));
    // Whoever wants to hand over gets anew what is left, should nobody take over.
    if (record.proposal === undefined) aside += Math.max(0, most - record.spent.microUsd);
  }
  const own = input.limits?.session?.microUsd;
  const limit = slice?.microUsd ?? (own === undefined ? undefined : own + (bounding.extended['session.microUsd'] ?? 0));
  const { microUsd } = bounding.session;
  if (limit !== undefined && isConserved) {
    expect({ prefix, limit, within: aside === 0 || microUsd + aside + keeps <= limit }).toEqual({
      prefix,
      limit,
      within: true,
    });
  }
}

function stuck({ root, all }: FamilyWorld): string {
  const open = all
    .filter(({ over }) => !over)
    .map(
      ({ id, state }) =>
        `${id} ${state.status} ${state.turn}.${state.step} ${state.continuing ? 'continuing' : ''} ${JSON.stringify([...state.family.records.values()].map(({ child, phase, role, waits, wants }) => [child, phase, role, waits, wants]))}`,
    );
  return `${root.state.status} ${JSON.stringify(pendingView(root.state, undefined).map(({ id }) => id))}\n${open.join('\n')}`;
}

/** Everything of all runs of a session, each item once. */
function itemsOf(node: FamilyNode) {
  const seen = new Map<string, SessionItem>();
  for (const state of node.states) for (const item of state.items) seen.set(JSON.stringify(item), item);
  return [...seen.values()];
}

type SessionItem = FamilyNode['state']['items'][number];

/** Sessions that had nobody who would wait for all that they say: of those above them, or of them, one was ended from outside, or was given up. By id. */
function lostIn({ all }: FamilyWorld): ReadonlySet<string> {
  const givenUp = all.flatMap(({ id, states }) =>
    states.flatMap(({ family }) =>
      [...family.records.values()].flatMap(({ child, message = '' }) =>
        /not answered/.test(message) ? [`${id}/${child}`] : [],
      ),
    ),
  );
  const ended = all.flatMap(({ id, lost }) => (lost ? [id] : []));
  const roots = new Set([...givenUp, ...ended]);
  const isLost = (id: string) => [...roots].some((root) => id === root || id.startsWith(`${root}/`));
  return new Set(roots.size === 0 ? [] : all.map(({ id }) => id).filter(isLost));
}

function checkOutcomes(node: FamilyNode): void {
  const items = node.state.items;
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
  const ended = items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
  expect({ id: node.id, ended: ended.sort() }).toEqual({ id: node.id, ended: asked.sort() });
}

function checkFamily({ seed, world, tally, answers, killed }: Walk): void {
  const { root, all } = world;
  const { state } = root;
  // One address: each message has its answer there.
  for (let message = 1; message <= MESSAGES; message += 1) {
    const answer = answers.get(`m-${message}`);
    expect({ seed, message, kind: answer?.kind }).toEqual({
      seed,
      message,
      kind: expect.stringMatching(/^(reply|stopped)$/),
    });
  }
  // Of each the last: one that came back went on in another.
  const lostIds = lostIn(world);
  // Of one that was lost, what it was at has no end; nor has what was to go on below it.
  for (const node of world.nodes.values()) if (!lostIds.has(node.id)) checkOutcomes(node);
  // Flat: whoever has the user is a child of the first session.
  for (const { id, state: of } of all) {
    if (of.input.child?.role === 'transfer') expect(id).toMatch(/^root\/h\d+$/);
  }
  // Nobody ever spends what another has: the family stays within what the first session may use.
  const limit = state.input.limits?.session?.microUsd;
  const lost = all.filter(({ id }) => lostIds.has(id)).length;
  // Of each that was lost, what it had not told yet: a few calls.
  const untold = lost * (UNTOLD_MODEL_CALLS + 1) * MOST_OF_A_CALL;
  if (limit !== undefined) {
    const most = limit + (state.bounding.extended['session.microUsd'] ?? 0) + untold;
    expect({ seed, within: state.bounding.session.microUsd <= most }).toEqual({ seed, within: true });
  }
  if (killed > 0 || lost > 0) {
    expect(state.usage.microUsd).toBeLessThanOrEqual(tally.billed);
    expect({ seed, lost, known: state.usage.microUsd >= tally.billed - untold }).toEqual({ seed, lost, known: true });
    return;
  }
  // To the micro-dollar.
  expect({ seed, usd: state.usage.microUsd }).toEqual({ seed, usd: tally.billed });
  expect({ seed, usd: state.bounding.session.microUsd }).toEqual({ seed, usd: tally.billed });
  const items = all.flatMap(itemsOf);
  const changes = items.flatMap((item) =>
    item.kind === 'state' && item.cause.kind !== 'handoff' ? [item.change] : [],
  );
  const facts = changes.flatMap(({ established = [] }) => established.map(({ id }) => id));
  expect({ seed, facts: state.doc.established.map(({ id }) => id).sort() }).toEqual({
    seed,
    facts: [...new Set(facts)].sort(),
  });
  // Told once.
  const told = itemsOf(root).flatMap((item) =>
    item.kind === 'state' ? (item.change.established ?? []).map(({ id }) => id) : [],
  );
  expect({ seed, told: told.length }).toEqual({ seed, told: new Set(told).size });
  const met = new Set(changes.flatMap(({ met: ids = [] }) => ids));
  const owed = changes.flatMap(({ owed: opened = [] }) => opened.map(({ id }) => id)).filter((id) => !met.has(id));
  expect({ seed, owed: state.doc.owed.map(({ id }) => id).sort() }).toEqual({ seed, owed: [...new Set(owed)].sort() });
  // No more is told than what happened warrants: a few signals for each session, message and model call, and for each act what it takes to tell all who run.
  const warranted = 6 * (all.length + world.modelCalls + MESSAGES) + 2 * (MAX_OPEN + 1) * world.acts;
  expect({ seed, few: world.signals <= warranted }).toEqual({ seed, few: true });
}

test(`random walks of families (${WALKS}): nothing is lost, and nothing is spent twice`, async () => {
  const seen = { children: 0, deepest: 0, runs: 0, killed: 0, ...newTally().seen };
  for (let number = 0; number < WALKS; number += 1) {
    const one = await walk(SEED * 1_000 + number, number % 4 === 3);
    checkFamily(one);
    const { world, tally, killed } = one;
    seen.children += world.all.length - 1;
    seen.killed += killed;
    seen.runs = Math.max(seen.runs, ...world.all.map(({ states }) => states.length));
    seen.deepest = Math.max(seen.deepest, ...world.all.map(({ id }) => id.split('/').length - 1));
    for (const [name, count] of Object.entries(tally.seen)) seen[name as keyof typeof tally.seen] += count;
  }
  // What was looked for was there.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
  // A handoff is no depth of its own: below it there may be as many delegations as below the first session.
  expect(seen.deepest).toBe(MAX_DEPTH + 1);
}, 300_000);
