/** Calls that wait for approval while the session goes on in a new run: people are asked on, and what they said holds. */
import type { ApprovalCheckInput } from '../../../workflows/contracts/approval';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { PlannedCall, ToolCallInput } from '../../../workflows/contracts/tool';
import type { CheckEnd } from '../../../workflows/session/approvals';
import { askedCalls } from '../../../workflows/session/running-step';
import { A, approvalCall, B, decision, editedTo, hashOf, settled } from './asked';
import { DOUBT } from './in-doubt';
import { Chain, until, type World } from './scripted-chain';
import { modelTurn, plannedCall, SUCCEEDED } from './scripted-session';

const HOUR = 3_600_000;

/** A chain whose model asks for `calls` first, and which waits for people by now. */
async function waitingChain(calls: readonly PlannedCall[], world: Partial<World> = {}) {
  const ran: ToolCallInput[] = [];
  const chain = new Chain({
    model: (input: ModelCallInput) => ({
      kind: 'answered',
      turn: modelTurn(input, input.step === 1 ? { kind: 'calls', calls } : { kind: 'answer', text: 'done' }),
    }),
    tool: (call, activityId, input) => {
      ran.push(input);
      return world.tool?.(call, activityId, input) ?? SUCCEEDED;
    },
    ...(world.check ? { check: world.check } : {}),
    ...(world.notify ? { notify: world.notify } : {}),
  });
  expect(await chain.say('m1')).toMatchObject({ kind: 'waiting_for_human' });
  return { chain, ran };
}

async function nextRun(chain: Chain): Promise<void> {
  const { run } = chain.state;
  chain.suggest();
  await until(() => chain.state.run === run + 1);
  await settled();
}

const waiting = (chain: Chain) => askedCalls(chain.state.runningStep).map(({ call }) => call.id);
const outcomes = (chain: Chain) =>
  chain.state.items.flatMap((item) => (item.kind === 'outcome' ? [[item.callId, item.outcome.kind]] : []));

async function end(chain: Chain): Promise<void> {
  await chain.intervene({ actId: 'end-of-test', act: 'end' });
  await chain.finished;
}

it('a call that waits is asked about on, with who approved it, and a repeat is known', async () => {
  const { chain, ran } = await waitingChain([approvalCall(A, { approvals: 2 }), plannedCall(B)]);
  await chain.decide(decision(A));
  await nextRun(chain);
  expect([waiting(chain), outcomes(chain)]).toEqual([[A], [[B, 'succeeded']]]);
  expect(await chain.decide(decision(A))).toMatchObject({ kind: 'already_done', call: 'waiting' });
  expect(await chain.decide(decision(A, { actId: 'twice' }))).toMatchObject({ type: 'NotAuthorized' });
  expect(await chain.say('m1')).toMatchObject({ kind: 'waiting_for_human', pending: [{ id: A }] });
  await chain.decide(decision(A, { by: 'bert' }));
  expect(await chain.say('m1')).toMatchObject({ kind: 'reply' });
  expect(ran.at(-1)?.approved?.by).toEqual(['anna', 'bert']);
  await nextRun(chain);
  expect(await chain.decide(decision(A, { by: 'carl' }))).toMatchObject({ type: 'AlreadyDecided' });
  await end(chain);
});

it('what people made of the arguments waits on, and runs', async () => {
  const check = ({ by, args }: ApprovalCheckInput): CheckEnd => ({
    kind: 'accepted',
    by,
    ...(args ? { edited: editedTo(args) } : {}),
  });
  const { chain, ran } = await waitingChain([approvalCall(A, { approvals: 2 })], { check });
  await chain.decide(decision(A, { decision: 'edit', args: { cents: 5 } }));
  await nextRun(chain);
  expect(await chain.decide(decision(A, { by: 'bert' }))).toMatchObject({ type: 'StaleDecision' });
  expect(await chain.decide(decision(A, { by: 'bert', argsHash: hashOf({ cents: 5 }) }))).toMatchObject({
    call: 'approved',
  });
  await chain.say('m1');
  expect(ran).toMatchObject([{ args: { cents: 5 }, argsHash: hashOf({ cents: 5 }) }]);
  await end(chain);
});

it('a call that was approved and could not begin yet begins in the next run', async () => {
  const { chain, ran } = await waitingChain([approvalCall(A)]);
  await chain.intervene({ actId: 'p', act: 'pause', by: 'otto' });
  await chain.decide(decision(A));
  await nextRun(chain);
  expect([ran, outcomes(chain)]).toEqual([[], []]);
  await chain.intervene({ actId: 'r', act: 'resume', by: 'otto' });
  expect(await chain.say('m1')).toMatchObject({ kind: 'reply' });
  expect(ran).toMatchObject([{ args: { cents: 7 }, approved: { by: ['anna'] } }]);
  await end(chain);
});

it('its deadline is the one it had, also where it passes between two runs', async () => {
  const { chain, ran } = await waitingChain([
    approvalCall(A, { stages: [{ deadlineMs: HOUR }] }),
    approvalCall(B, { stages: [{ deadlineMs: 3 * HOUR }] }),
  ]);
  chain.suggest();
  chain.passTime(2 * HOUR);
  await until(() => chain.state.run === 2);
  await settled();
  expect(waiting(chain)).toEqual([B]);
  chain.passTime(HOUR);
  expect(await chain.say('m1')).toMatchObject({ kind: 'reply' });
  expect([ran, outcomes(chain)]).toEqual([
    [],
    [
      [A, 'rejected'],
      [B, 'rejected'],
    ],
  ]);
  await end(chain);
});

it('the next run waits for a decision that is being checked, and a rejection meanwhile is not lost', async () => {
  let checked = (_end: CheckEnd): void => undefined;
  const { chain, ran } = await waitingChain([approvalCall(A), approvalCall(B)], {
    check: () => new Promise((resolve) => (checked = resolve)),
  });
  const edit = chain.decide(decision(A, { decision: 'edit', args: { cents: 5 } }));
  chain.suggest();
  await settled();
  expect(chain.state).toMatchObject({ run: 1, continuing: true });
  expect(await chain.decide(decision(B, { decision: 'reject' }))).toMatchObject({ call: 'rejected' });
  checked({ kind: 'accepted', by: 'anna', edited: editedTo({ cents: 5 }) });
  expect(await edit).toMatchObject({ call: 'approved' });
  expect(await chain.say('m1')).toMatchObject({ kind: 'reply' });
  expect(ran).toMatchObject([{ callId: A, args: { cents: 5 } }]);
  expect(outcomes(chain).sort()).toEqual([
    [A, 'succeeded'],
    [B, 'rejected'],
  ]);
  await until(() => chain.state.run === 2);
  await end(chain);
});

it('the next run waits until people were notified: a run that closes would take that along', async () => {
  let notified = (_end: undefined): void => undefined;
  const { chain } = await waitingChain([approvalCall(A, { notify: true })], {
    notify: () => new Promise((resolve) => (notified = resolve)),
  });
  chain.suggest();
  await settled();
  expect(chain.state).toMatchObject({ run: 1, continuing: true });
  notified(undefined);
  await until(() => chain.state.run === 2);
  await settled();
  expect(waiting(chain)).toEqual([A]);
  await end(chain);
});

it('an approved call that may have happened waits on, and runs again with what was approved', async () => {
  const check = ({ by, args }: ApprovalCheckInput): CheckEnd => ({
    kind: 'accepted',
    by,
    ...(args ? { edited: editedTo(args) } : {}),
  });
  const reports = [DOUBT];
  const call = { ...approvalCall(A), ledger: { name: 'default', id: 'ledger-1' } };
  const { chain, ran } = await waitingChain([call], { check, tool: () => reports.shift() ?? SUCCEEDED });
  await chain.decide(decision(A, { decision: 'edit', args: { cents: 5 } }));
  await until(() => chain.state.unresolved.size === 1);
  await nextRun(chain);
  expect(chain.state.unresolved.get(A)?.args).toEqual({ cents: 5 });
  await chain.resolve({ actId: 'r', callId: A, as: 'absent' });
  expect(await chain.say('m1')).toMatchObject({ kind: 'reply' });
  expect(ran).toHaveLength(2);
  expect(ran[1]).toEqual(ran[0]);
  expect(ran[1]).toMatchObject({ args: { cents: 5 }, approved: { by: ['anna'] } });
  await end(chain);
});

it('a decision that stands goes along', async () => {
  const { chain } = await waitingChain([approvalCall(A, { amount: { value: 3 } })]);
  await chain.decide(decision(A, { standing: { upTo: 9 } }));
  await chain.say('m1');
  await nextRun(chain);
  expect(chain.state.standing).toMatchObject([{ by: 'anna', tool: 'pay', toolHash: 'tool-1', upTo: 9 }]);
  await end(chain);
});
