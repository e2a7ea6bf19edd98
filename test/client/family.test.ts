/** Sessions with children, as a client sees them: what is read of a child, what is done to it by the first session, and what is no session of its own. */
import { createPublicKey } from 'node:crypto';
import { QueryNotRegisteredError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { verifyDecision } from '../../activities/approvals/decision-token';
import { InvalidRequest, newApproverKey, Session, SessionClient, signerFromJwk, type PendingItem } from '../../client';
import { asListedAbove, childSessionId, splitCallId, splitChildId } from '../../client/family';
import { listSessions } from '../../client/list-sessions';
import type { Service } from '../../client/service';
import { findWaiting } from '../../client/waiting';
import type { ApprovalCheckInput, DecideRequest, InterveneRequest } from '../../workflows/contracts';

const HASH = 'a'.repeat(64);
const TOOL = 'b'.repeat(64);

/** An approval as the child itself has it. */
const inChild: PendingItem = {
  kind: 'approval',
  id: 'c1',
  summary: 'refund',
  since: 0,
  unblockedBy: 'decide',
  approval: {
    callId: 'c1',
    tool: 'refund',
    turn: 1,
    step: 1,
    args: { note: 'all of it' },
    argsHash: HASH,
    effect: 'idempotent',
    terms: { reason: 'r', toolHash: TOOL, approvals: 1, stages: [{}] },
    stage: 0,
    stageSince: 0,
    approvedBy: [],
    keyNamespace: 'run-1/h1/h2',
  },
};
const listed = asListedAbove(inChild, 'h1/h2');
const cut: PendingItem = { ...listed, approval: { ...listed.approval!, args: { $cut: 'all' } } };

type Asked = { readonly id: string; readonly name: string; readonly argument: unknown };
type Sent = { readonly id: string; readonly update: string; readonly request: unknown; readonly updateId: string };

/** A client that calls nobody. @param answers of the queries, by session id; an error is thrown. @param executions that the store finds. */
function worldOf(answers: Readonly<Record<string, unknown>>, executions: readonly string[] = []) {
  const asked: Asked[] = [];
  const sent: Sent[] = [];
  const pages: number[] = [];
  const service = {
    namespace: 'default',
    clock: { now: () => Date.now(), sleep: async () => undefined },
    lifetime: { run: (_connection: unknown, call: () => Promise<unknown>) => call() },
    client: {
      withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
      workflow: {
        getHandle: (id: string) => ({
          query: async (name: string, argument: unknown) => {
            asked.push({ id, name, argument });
            const answer = answers[id];
            if (answer instanceof Error) throw answer;
            return await Promise.resolve(answer);
          },
          executeUpdate: async (update: string, { args, updateId }: { args: [unknown]; updateId: string }) => {
            sent.push({ id, update, request: args[0], updateId });
            return await Promise.resolve({ kind: 'done' });
          },
        }),
        async *list({ pageSize }: { pageSize: number }) {
          pages.push(pageSize);
          for (const workflowId of executions) {
            yield await Promise.resolve({
              workflowId,
              taskQueue: 'q',
              status: { name: 'RUNNING' },
              startTime: new Date(0),
              typedSearchAttributes: { getAll: () => [] },
            });
          }
        },
      },
    },
  } as unknown as Service;
  return { service, session: new Session(service, 's-1'), asked, sent, pages };
}

const notThere = () => new WorkflowNotFoundError('no such workflow', 's-1/h1', undefined);

describe('ids of a family', () => {
  it('are made of the path, and taken apart again', () => {
    expect(childSessionId('s-1', 'h1/h2')).toBe('s-1/h1/h2');
    expect(childSessionId('s-1/h1', 'h2')).toBe('s-1/h1/h2');
    expect(splitChildId('s-1/h1/h2')).toEqual({ first: 's-1', path: 'h1/h2' });
    expect(splitCallId('h1/h2:t1.s1.c1-00')).toEqual({ child: 'h1/h2', callId: 't1.s1.c1-00' });
    for (const id of ['s-1', 's:1', 'h1', 'x/h0', 'dead/1', '/h1']) expect(splitChildId(id)).toBeUndefined();
    for (const id of ['t1.s1.c1', 'h0:c1', 'x:c1', ':c1']) expect(splitCallId(id)).toEqual({ callId: id });
  });

  it.each(['', 'h0', 'h1/', '/h1', 'H1', 'h1/h2/../h3', 'h1:c1', Array(11).fill('h1').join('/')])(
    'are refused for the path %j',
    (path) => expect(() => childSessionId('s-1', path)).toThrow(InvalidRequest),
  );

  it('name what waits as the session above lists it, on every level', () => {
    const h2 = asListedAbove(inChild, 'h2');
    expect(h2).toMatchObject({ id: 'h2:c1', child: 'h2', approval: { callId: 'h2:c1' } });
    expect(asListedAbove(h2, 'h1')).toEqual(listed);
    const call = { callId: 'c1' } as NonNullable<PendingItem['call']>;
    const unresolved: PendingItem = { ...inChild, kind: 'unresolved', approval: undefined, call };
    expect(asListedAbove(unresolved, 'h3').call?.callId).toBe('h3:c1');
  });
});

describe('a child', () => {
  it('is read under its own id, and has one in the Web UI', async () => {
    const { session, asked } = worldOf({ 's-1/h1/h2': { state: {}, changes: [] } });
    const child = session.child('h1').child('h2');
    await Promise.all([child.status(), child.usage(), child.state(), child.answer('m1')]);
    expect(asked.map(({ id, name }) => `${id} ${name}`)).toEqual([
      's-1/h1/h2 status',
      's-1/h1/h2 usage',
      's-1/h1/h2 state',
      's-1/h1/h2 answer',
    ]);
    expect(child.url('http://ui/')).toBe('http://ui/namespaces/default/workflows/s-1%2Fh1%2Fh2');
  });

  it('is not acted on, which says where to', async () => {
    const { session, sent } = worldOf({});
    const child = session.child('h1');
    const by = 'eva';
    const acts: readonly (() => Promise<unknown>)[] = [
      () => child.send('hello'),
      () => child.cancel(),
      () => child.end({ by }),
      () => child.pause({ by }),
      () => child.extend('turn.steps', 1),
      () => child.patchState({ wanted: 'a' }, { by }),
      () => child.resolve('c1', { as: 'absent' }),
      () => child.approve('c1', { argsHash: HASH, by }),
    ];
    for (const act of acts) {
      const error: unknown = await act().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InvalidRequest);
      expect((error as Error).message).toMatch(/s-1\/h1 is a child.*act on the first session s-1, .*begin with h1:/);
    }
    expect(sent).toEqual([]);
  });

  it('is not found as a session, which says how it is', () => {
    const client = new SessionClient(worldOf({}).service, { taskQueue: 'q' });
    expect(() => client.session('s-1/h1/h2')).toThrow(
      /is a child of the session s-1: session\('s-1'\)\.child\('h1\/h2'\)/,
    );
    expect(() => client.session('s-1/x')).toThrow(/the session id must be/);
    expect(client.session('s-1').child('h1').id).toBe('s-1/h1');
  });
});

describe('what waits of a call of a child', () => {
  it('is whole as the child has it, under the id of the first session', async () => {
    const { session, asked } = worldOf({ 's-1/h1/h2': [inChild], 's-1': [cut] });
    expect(await session.pendingCall('h1/h2:c1')).toEqual(listed);
    expect(asked).toEqual([{ id: 's-1/h1/h2', name: 'pending', argument: { callId: 'c1' } }]);
  });

  it.each<[string, unknown]>([
    ['is not there', notThere()],
    ['is of another version', new QueryNotRegisteredError('no such query', 3)],
    ['knows nothing of it any more', []],
  ])('is as the first session has it where the child %s', async (_, answer) => {
    const { session } = worldOf({ 's-1/h1/h2': answer, 's-1': [cut] });
    expect(await session.pendingCall('h1/h2:c1')).toEqual(cut);
    expect(await session.pendingCall('h1/h2:c2')).toBeUndefined();
  });
});

test('a decision on a call of a child goes to the first session, signed over what the child’s worker compares', async () => {
  const { session, sent } = worldOf({ 's-1/h1/h2': [inChild], 's-1': [cut] });
  const { privateJwk, publicJwk } = await newApproverKey('eva');
  await session.edit(
    'h1/h2:c1',
    { amount: 1 },
    { argsHash: HASH, by: 'eva', actId: 'a1', reason: 'less', signer: signerFromJwk(privateJwk) },
  );
  const [{ id, update, request } = {} as Sent] = sent;
  expect({ id, update }).toEqual({ id: 's-1', update: 'decide' });
  const { signature = '', ...said } = request as DecideRequest;
  expect(said).toEqual({
    actId: 'a1',
    callId: 'h1/h2:c1',
    decision: 'edit',
    argsHash: HASH,
    args: { amount: 1 },
    by: 'eva',
    reason: 'less',
  });
  // As the child asks its worker.
  const input: ApprovalCheckInput = {
    agent: 'billing',
    tool: 'refund',
    callId: 'c1',
    turn: 1,
    step: 1,
    sessionId: 's-1/h1/h2',
    keyNamespace: 'run-1/h1/h2',
    actId: 'a1',
    decision: 'edit',
    argsHash: HASH,
    args: { amount: 1 },
    by: 'eva',
    reason: 'less',
    terms: inChild.approval!.terms,
    stage: 0,
    since: 0,
  };
  const key = createPublicKey({ key: publicJwk as never, format: 'jwk' });
  const keys = new Map([['eva', { name: 'eva', roles: [], alg: 'EdDSA', key } as const]]);
  expect(await verifyDecision(signature, input, keys, Date.now())).toMatchObject({ ok: true });
  for (const other of [{ sessionId: 's-1' }, { callId: 'h1/h2:c1' }, { keyNamespace: 'run-1' }]) {
    expect(await verifyDecision(signature, { ...input, ...other }, keys, Date.now())).toMatchObject({ ok: false });
  }
});

describe('acts on a family', () => {
  it('extend the bound of a child, each under an update of its own', async () => {
    const { session, sent } = worldOf({});
    await session.extend('turn.steps', 5, { actId: 'a1', child: 'h1' });
    await session.extend('turn.steps', 5, { actId: 'a1' });
    expect(sent.map(({ request }) => request)).toEqual([
      { actId: 'a1', act: 'extend', bound: 'turn.steps', amount: 5, child: 'h1' },
      { actId: 'a1', act: 'extend', bound: 'turn.steps', amount: 5 },
    ]);
    expect(new Set(sent.map(({ updateId }) => updateId)).size).toBe(2);
    await expect(session.extend('turn.steps', 5, { child: 'x' })).rejects.toThrow(/child must be the path of a child/);
  });

  it('change the state, by whom is said', async () => {
    const { session, sent } = worldOf({});
    const patch = { established: [{ text: 'the card is valid', source: 'm1' }], met: ['o2'] };
    await session.patchState(patch, { by: 'eva', actId: 'a1' });
    expect(sent[0]?.request as InterveneRequest).toEqual({ actId: 'a1', act: 'patch_state', patch, by: 'eva' });
    await expect(session.patchState({}, { by: 'eva' })).rejects.toThrow(/patch changes nothing/);
    await expect(session.patchState({ wanted: '' }, { by: 'eva' })).rejects.toBeInstanceOf(InvalidRequest);
    await expect(session.patchState({ wanted: 'a' }, { by: ' ' })).rejects.toBeInstanceOf(InvalidRequest);
    expect(sent).toHaveLength(1);
  });
});

describe('lists', () => {
  const executions = ['s-3', 's-3/h1', 's-3/h2', 's-3/h2/h1', 's-2', 's-1/h1', 's-1'];

  it('leave children out, and have as many sessions as are wanted', async () => {
    const { service, pages } = worldOf({}, executions);
    const idsOf = async (limit: number) => {
      return (await listSessions(service, {}, limit, Date.now() + 1_000)).map(({ sessionId }) => sessionId);
    };
    expect(await idsOf(10)).toEqual(['s-3', 's-2', 's-1']);
    expect(await idsOf(2)).toEqual(['s-3', 's-2']);
    // Few that are wanted do not make many small pages.
    expect(Math.min(...pages)).toBeGreaterThan(10);
  });

  it('of what waits ask first sessions alone', async () => {
    const { service, asked } = worldOf({ 's-1': [cut], 's-2': [], 's-3': [] }, executions);
    expect((await findWaiting(service, {})).map(({ sessionId, item }) => [sessionId, item.id])).toEqual([
      ['s-1', 'h1/h2:c1'],
    ]);
    expect(asked.map(({ id }) => id).sort()).toEqual(['s-1', 's-2', 's-3']);
  });
});
