/** Decisions as the client sends them: what is signed, what is refused before anything is sent, and the errors of a session that says no. */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { AlreadyDecided, InvalidRequest, NotAuthorized, Session, StaleDecision, type PendingItem } from '../../client';
import type { Service } from '../../client/service';
import type { ClaimedDecision, DecideRequest, FailureType } from '../../workflows/contracts';

const HASH = 'a'.repeat(64);
const TOOL = 'b'.repeat(64);

const waiting: PendingItem = {
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
    args: {},
    argsHash: HASH,
    effect: 'idempotent',
    terms: { reason: 'r', toolHash: TOOL, approvals: 1, stages: [{}] },
    stage: 0,
    stageSince: 0,
    approvedBy: [],
    keyNamespace: 'run-1',
  },
};

/** A session that lets `c1` wait and keeps what it is sent, over a client that calls nobody. */
function sessionThat(answers: () => unknown, items: readonly PendingItem[] = [waiting]) {
  const sent: { readonly request: DecideRequest; readonly updateId: string }[] = [];
  const handle = {
    query: async () => items,
    executeUpdate: async (_name: string, how: { args: [DecideRequest]; updateId: string }) => {
      sent.push({ request: how.args[0], updateId: how.updateId });
      return answers();
    },
  };
  const service = {
    clock: { now: () => Date.now(), sleep: async () => undefined },
    lifetime: { run: (_connection: unknown, call: () => Promise<unknown>) => call() },
    client: {
      withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
      workflow: { getHandle: () => handle },
    },
  };
  return { session: new Session(service as unknown as Service, 's-1'), sent };
}

describe('a decision', () => {
  it('is sent as it is, under an id that may be repeated and an update of its own', async () => {
    const { session, sent } = sessionThat(() => ({ kind: 'done' }));
    for (let time = 0; time < 2; time += 1) {
      await session.approve('c1', { argsHash: HASH, by: 'eva', standing: { upTo: 5 }, actId: 'a1' });
    }
    const request = {
      actId: 'a1',
      callId: 'c1',
      decision: 'approve',
      argsHash: HASH,
      standing: { upTo: 5 },
      by: 'eva',
    };
    expect(sent.map((each) => each.request)).toEqual([request, request]);
    expect(new Set(sent.map(({ updateId }) => updateId)).size).toBe(2);
    await session.reject('c1', { argsHash: HASH, by: 'eva', reason: 'no' });
    await session.edit('c1', { amount: 1 }, { argsHash: HASH, by: 'eva' });
    expect(sent[2]?.request).toMatchObject({ decision: 'reject', reason: 'no' });
    expect(sent[3]?.request).toMatchObject({ decision: 'edit', args: { amount: 1 } });
  });

  it('is signed over the session, the call, its tool and arguments, and all that is decided', async () => {
    const { session, sent } = sessionThat(() => ({ kind: 'done' }));
    const signed: ClaimedDecision[] = [];
    const signer = async (claims: ClaimedDecision) => {
      signed.push(claims);
      return 'the.signature.itself';
    };
    await session.edit(
      'c1',
      { b: 1, a: 2 },
      { argsHash: HASH, by: 'eva', actId: 'a1', reason: 'less', standing: {}, signer },
    );
    expect(signed).toEqual([
      {
        session: 's-1',
        key: 'run-1',
        call: 'c1',
        tool: TOOL,
        argsHash: HASH,
        decision: 'edit',
        // sha256 of {"a":2,"b":1}
        edited: 'd3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772',
        standing: {},
        reason: 'less',
        by: 'eva',
        act: 'a1',
      },
    ]);
    expect(sent[0]?.request.signature).toBe('the.signature.itself');
  });

  it('on a call that waits no more goes unsigned, for the session to say what became of it', async () => {
    const { session, sent } = sessionThat(() => ({ kind: 'already_done' }), []);
    const signer = () => Promise.reject(new Error('there is nothing to sign'));
    await session.approve('c1', { argsHash: HASH, by: 'eva', signer });
    expect(sent[0]?.request).not.toHaveProperty('signature');
  });

  it.each<[string, Parameters<Session['decide']>[1], RegExp]>([
    ['names no hash', { decision: 'approve', argsHash: '', by: 'eva' }, /argsHash must be the hash/],
    ['says not whose it is', { decision: 'approve', argsHash: HASH, by: ' ' }, /by is empty/],
    ['edits to nothing', { decision: 'edit', argsHash: HASH, by: 'eva' }, /edit expects args/],
    [
      'is signed twice',
      { decision: 'approve', argsHash: HASH, by: 'eva', signature: 'x', signer: async () => 'y' },
      /a signer or a signature/,
    ],
  ])('that %s is not sent', async (_, options, problem) => {
    const { session, sent } = sessionThat(() => ({}));
    const error: unknown = await session.decide('c1', options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequest);
    expect((error as Error).message).toMatch(problem);
    expect(sent).toEqual([]);
  });

  it.each<[FailureType, abstract new (...args: never) => Error, object]>([
    [
      'AlreadyDecided',
      AlreadyDecided,
      { code: 'ALREADY_DECIDED', decided: { call: 'approved', by: ['bo'], at: 7, argsHash: HASH } },
    ],
    ['StaleDecision', StaleDecision, { code: 'STALE_DECISION' }],
    ['NotAuthorized', NotAuthorized, { code: 'NOT_AUTHORIZED' }],
  ])('that is refused as %s is an error of its own, in the words of the session', async (type, kind, fields) => {
    const details = { call: 'approved', by: ['bo'], at: 7, argsHash: HASH };
    const { session, sent } = sessionThat(() => {
      throw new WorkflowUpdateFailedError('no', ApplicationFailure.nonRetryable('because', type, details));
    });
    const error: unknown = await session
      .approve('c1', { argsHash: HASH, by: 'eva' })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ message: 'because', ...fields });
    expect(sent).toHaveLength(1);
  });
});

test('the whole of one call is found among what an earlier session answers with', async () => {
  const { session } = sessionThat(() => ({}), [{ ...waiting, id: 'c0' }, waiting]);
  expect(await session.pendingCall('c1')).toEqual(waiting);
  expect(await session.pendingCall('c2')).toBeUndefined();
});
