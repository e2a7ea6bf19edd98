import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import { MessageIdReused, QueueFull, Refused, SessionClosed, SessionClosing } from '../../client';
import { sendMessage, type SendPort } from '../../client/send-message';
import { FAILURE_TYPES, type AnswerResult, type PendingItem, type SendResult } from '../../workflows/contracts';

const REQUEST = { messageId: 'm-1', text: 'hi' };
const REPLY: SendResult = { kind: 'reply', messageId: 'm-1', turn: 1, text: 'hello' };
const CONTINUED: SendResult = { kind: 'continued', messageId: 'm-1' };
const QUEUED: SendResult = { kind: 'queued', messageId: 'm-1', ahead: 2 };

const unavailable = () => Object.assign(new Error('14 UNAVAILABLE: gone'), { code: 14, details: 'gone', metadata: {} });
const refusal = (type: string) => new WorkflowUpdateFailedError('refused', ApplicationFailure.nonRetryable('no', type));
const outlived = () =>
  new WorkflowUpdateFailedError('closed', ApplicationFailure.nonRetryable('closed', 'AcceptedUpdateCompletedWorkflow'));

type Reaction = SendResult | Error;

/** A session that reacts to each update, in turn, as listed; time passes only by sleeping. */
class FakeSession implements SendPort {
  readonly sessionId = 's';
  readonly updateIds: string[] = [];
  now = 0;
  private minted = 0;

  constructor(
    private readonly reactions: Reaction[],
    private readonly rest: Partial<Pick<SendPort, 'findEnd'>> & { readonly answers?: AnswerResult[] } = {},
  ) {}

  readonly clock = {
    now: () => this.now,
    sleep: async (ms: number) => {
      this.now += ms;
    },
  };
  async update(request: typeof REQUEST, updateId: string): Promise<SendResult> {
    expect(request).toEqual(REQUEST);
    this.updateIds.push(updateId);
    // The last reaction is repeated for ever.
    const reaction = (this.reactions.length > 1 ? this.reactions.shift() : this.reactions[0]) as Reaction;
    if (reaction instanceof Error) throw reaction;
    return reaction;
  }
  async answer(): Promise<AnswerResult> {
    const answers = this.rest.answers ?? [];
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? { kind: 'unknown_message', messageId: 'm-1' };
  }
  async findEnd(deadline: number) {
    return this.rest.findEnd?.(deadline);
  }
  mintUpdateId(): string {
    this.minted += 1;
    return `u-${this.minted}`;
  }
  async explain(failure: { readonly kind: string }): Promise<Error> {
    return new Error(`explained: ${failure.kind}`);
  }
}

const send = (session: FakeSession, follow = true) => sendMessage(session, REQUEST, follow, 60_000);

describe('sending a message', () => {
  it('is one update when nothing goes wrong', async () => {
    const session = new FakeSession([REPLY]);
    expect(await send(session)).toBe(REPLY);
    expect(session.updateIds).toEqual(['u-1']);
  });

  it('goes on under the same update id while the server is away, so that no second one waits', async () => {
    const session = new FakeSession([unavailable(), unavailable(), REPLY]);
    expect(await send(session)).toBe(REPLY);
    expect(session.updateIds).toEqual(['u-1', 'u-1', 'u-1']);
    expect(session.now).toBeGreaterThanOrEqual(240);
  });

  it.each([
    ['a call that was cancelled by a server or proxy that went away', 1],
    ['a deadline of the server, long before the own', 4],
  ])('goes on after %s', async (_what, code) => {
    const cut = Object.assign(new Error(`${code} cut off`), { code, details: '', metadata: {} });
    const session = new FakeSession([cut, REPLY]);
    expect(await send(session)).toBe(REPLY);
    expect(session.updateIds).toEqual(['u-1', 'u-1']);
  });

  it('ends with the deadline when the server stays away', async () => {
    const session = new FakeSession([unavailable()]);
    await expect(send(session)).rejects.toThrow('explained: retry');
    expect(session.now).toBeLessThanOrEqual(60_000);
    expect(session.now).toBeGreaterThan(55_000);
  });

  it('follows a session that continues as new, by a new update', async () => {
    const session = new FakeSession([CONTINUED, CONTINUED, REPLY]);
    expect(await send(session)).toBe(REPLY);
    expect(session.updateIds).toEqual(['u-1', 'u-2', 'u-3']);
  });

  it('follows one through as many runs as there are in its time', async () => {
    const runs = Array.from({ length: 100 }, (_, index) => ({ ...CONTINUED, run: index + 1 }));
    expect(await send(new FakeSession([...runs, REPLY]))).toBe(REPLY);
    const endless = new FakeSession([CONTINUED]);
    let run = 0;
    const update = endless.update.bind(endless);
    endless.update = async (request, id) => ({ ...(await update(request, id)), run: (run += 1) }) as SendResult;
    await expect(send(endless)).rejects.toThrow('explained: deadline');
  });

  it.each([
    ['whose run does not end', { ...CONTINUED, run: 3 }],
    ['that does not say which run it is', CONTINUED],
  ])('asks one %s less and less often, and not for ever', async (_, answer) => {
    const session = new FakeSession([answer]);
    await expect(send(session)).rejects.toThrow(Refused);
    expect(session.now).toBeGreaterThan(20_000);
    expect(session.updateIds.length).toBeLessThan(30);
  });

  it('follows a queued message until it is answered', async () => {
    const waiting: AnswerResult = { kind: 'in_progress', messageId: 'm-1' };
    const session = new FakeSession([QUEUED], { answers: [waiting, waiting, { kind: 'answered', answer: REPLY }] });
    expect(await send(session)).toBe(REPLY);
    expect(session.updateIds).toHaveLength(1);
  });

  it('stops following where a person is needed: for its own turn, or for one before it', async () => {
    const call = { turn: 3 } as NonNullable<PendingItem['call']>;
    const pending: readonly PendingItem[] = [
      { kind: 'unresolved', id: 'c', summary: 'pay()', since: 0, unblockedBy: 'resolve', call },
    ];
    const own: AnswerResult = { kind: 'in_progress', messageId: 'm-1', pending };
    expect(await send(new FakeSession([QUEUED], { answers: [own] }))).toEqual({
      kind: 'waiting_for_human',
      messageId: 'm-1',
      turn: 3,
      pending,
    });
    expect(await send(new FakeSession([QUEUED], { answers: [{ ...own, ahead: 1 }] }))).toEqual({ ...QUEUED, ahead: 1 });
  });

  it('says who has taken over, where a message comes to wait for a person behind a turn', async () => {
    const held: PendingItem = {
      kind: 'with_person',
      id: 'with_person',
      summary: 'eva has taken over',
      since: 0,
      unblockedBy: 'intervene',
      by: 'eva',
    };
    const answers: AnswerResult[] = [{ kind: 'in_progress', messageId: 'm-1', pending: [held], ahead: 1 }];
    const session = new FakeSession([QUEUED], { answers });
    expect(await send(session)).toEqual({ kind: 'with_person', messageId: 'm-1', person: 'eva' });
  });

  it('returns a queued message as it is where that is wanted', async () => {
    expect(await send(new FakeSession([QUEUED]), false)).toBe(QUEUED);
  });

  it('sends a queued message again that the session does not know', async () => {
    const session = new FakeSession([QUEUED, REPLY]);
    expect(await send(session)).toBe(REPLY);
    expect(session.updateIds).toEqual(['u-1', 'u-2']);
  });

  it('ends with the deadline while its message is queued', async () => {
    const session = new FakeSession([QUEUED], { answers: [{ kind: 'in_progress', messageId: 'm-1' }] });
    await expect(send(session)).rejects.toThrow('explained: deadline');
  });

  it('sends to the present run when the one it was sent to is over', async () => {
    const session = new FakeSession([new WorkflowNotFoundError('gone', 's', undefined), REPLY]);
    expect(await send(session)).toBe(REPLY);
    expect(session.updateIds).toEqual(['u-1', 'u-2']);
  });

  const end = async () => ({ status: 'completed', reason: 'ended' }) as const;
  it.each<[string, () => Error]>([
    ['not found', () => new WorkflowNotFoundError('gone', 's', undefined)],
    ['already started', () => new WorkflowExecutionAlreadyStartedError('there', 's', 'agentSession')],
    ['outlived', outlived],
    ['closing', () => refusal(FAILURE_TYPES.sessionClosing)],
  ])('to a closed session (%s) is answered with what was answered before, or not at all', async (_, error) => {
    const answered = new FakeSession([error()], { findEnd: end, answers: [{ kind: 'answered', answer: REPLY }] });
    expect(await send(answered)).toBe(REPLY);
    const closed = new FakeSession([error()], { findEnd: end });
    await expect(send(closed)).rejects.toThrow(SessionClosed);
  });

  it.each([
    [FAILURE_TYPES.messageIdReused, MessageIdReused],
    [FAILURE_TYPES.queueFull, QueueFull],
    [FAILURE_TYPES.refused, Refused],
    ['SomethingNew', Refused],
  ])('that the session refuses (%s) is not sent again', async (type, errorClass) => {
    const session = new FakeSession([refusal(type)]);
    await expect(send(session)).rejects.toThrow(errorClass);
    expect(session.updateIds).toHaveLength(1);
  });

  it('waits a little for a session that is closing, and then says so', async () => {
    const session = new FakeSession([refusal(FAILURE_TYPES.sessionClosing)]);
    await expect(send(session)).rejects.toThrow(SessionClosing);
    expect(session.updateIds).toHaveLength(5);
    expect(session.now).toBeLessThan(5_000);
  });
});
