/** What waits over all sessions, over a client that answers as told. */
import { WorkflowNotFoundError } from '@temporalio/common';
import { NoWorker, ServerRefused, type HoldfastError, type PendingItem, type WaitingOptions } from '../../client';
import type { Service } from '../../client/service';
import { findWaiting } from '../../client/waiting';

const item = (id: string, since: number, roles?: readonly string[]): PendingItem =>
  ({
    kind: 'approval',
    id,
    summary: id,
    since,
    unblockedBy: 'decide',
    approval: { stage: 0, terms: { stages: [roles ? { roles } : {}] } },
  }) as unknown as PendingItem;

const closed = () => new WorkflowNotFoundError('workflow execution already completed', 's', undefined);
const denied = () => Object.assign(new Error('7 PERMISSION_DENIED: no'), { code: 7, details: 'no', metadata: {} });

/** @param sessions what each answers with: its items, or what its query throws. */
function ask(
  sessions: Readonly<Record<string, readonly PendingItem[] | Error | Promise<readonly PendingItem[]>>>,
  options: WaitingOptions = {},
) {
  const asked = { queries: [] as string[], most: 0, now: 0, sessions: 0 };
  const query = async (id: string) => {
    asked.sessions += 1;
    asked.most = Math.max(asked.most, (asked.now += 1));
    await new Promise((resolve) => setImmediate(resolve));
    asked.now -= 1;
    const answer = sessions[id];
    if (answer instanceof Error) throw answer;
    const items = await answer;
    tell.get(id)?.();
    return items;
  };
  const tell = new Map<string, () => void>();
  const answered = (id: string) => new Promise<void>((resolve) => tell.set(id, resolve));
  const service = {
    clock: { now: () => Date.now(), sleep: async () => undefined },
    lifetime: { run: (_connection: unknown, call: () => Promise<unknown>) => call() },
    client: {
      withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
      workflow: {
        getHandle: (id: string) => ({ query: () => query(id) }),
        async *list({ query: text }: { query: string }) {
          asked.queries.push(text);
          for (const workflowId of Object.keys(sessions)) {
            yield await Promise.resolve({
              workflowId,
              // Its worker's.
              taskQueue: workflowId.includes('/') ? workflowId.split('/')[0] : 'q',
              status: { name: 'RUNNING' },
              startTime: new Date(0),
              typedSearchAttributes: { getAll: () => [] },
            });
          }
        },
      },
    },
  };
  return { asked, answered, found: findWaiting(service as unknown as Service, options) };
}

const idsOf = async (found: ReturnType<typeof findWaiting>) => (await found).map((each) => each.item.id);

describe('what waits over all sessions', () => {
  it('comes oldest first, whichever session it is in, and no more than is wanted', async () => {
    const sessions = { s1: [item('b', 2), item('d', 4)], s2: [item('a', 1)], s3: [], s4: [item('c', 3)] };
    expect(await idsOf(ask(sessions).found)).toEqual(['a', 'b', 'c', 'd']);
    expect(await idsOf(ask(sessions, { limit: 2 }).found)).toEqual(['a', 'b']);
  });

  it('is what a role is asked for, where one is named', async () => {
    const sessions = { s1: [item('a', 1, ['boss']), item('b', 2, ['clerk']), item('c', 3)] };
    const { asked, found } = ask(sessions, { role: 'boss' });
    expect(await idsOf(found)).toEqual(['a']);
    expect(asked.queries).toEqual([expect.stringContaining("HoldfastAwaiting = 'role:boss'")]);
    await expect(ask(sessions, { role: 'a\nb' }).found).rejects.toThrow('role must be');
  });

  it('leaves a session out that closed meanwhile, and tells of one that cannot be read', async () => {
    const unreadable: [string, HoldfastError][] = [];
    const sessions = { s1: closed(), s2: denied(), s3: [item('a', 1)] };
    const onUnreadable = (id: string, error: HoldfastError) => unreadable.push([id, error]);
    expect(await idsOf(ask(sessions, { onUnreadable }).found)).toEqual(['a']);
    expect(unreadable).toEqual([['s2', expect.any(ServerRefused)]]);
    expect(await idsOf(ask({ s1: closed() }).found)).toEqual([]);
    await expect(ask({ s1: closed(), s2: denied() }).found).rejects.toBeInstanceOf(ServerRefused);
  });

  it('is asked of few sessions at once, however many there are', async () => {
    const sessions = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`s${index}`, [item(`i${index}`, index)]]),
    );
    const { asked, found } = ask(sessions);
    expect(await found).toHaveLength(50);
    expect(asked.most).toBeLessThanOrEqual(8);
  });

  it('is read of the others while the worker of some is away, however many these are', async () => {
    let comeBack: (items: readonly PendingItem[]) => void = () => undefined;
    const away = new Promise<readonly PendingItem[]>((resolve) => (comeBack = resolve));
    const dead = Array.from({ length: 20 }, (_, index) => [`dead/${index}`, away] as const);
    const { answered, found } = ask({ ...Object.fromEntries(dead), 'alive/1': [item('a', 1)] });
    await answered('alive/1');
    comeBack([]);
    expect(await idsOf(found)).toEqual(['a']);
  });

  it('asks no further for sessions of a worker that answers for none, and names them all', async () => {
    const away = new NoWorker('dead', 'no worker polls the task queue dead');
    const dead = Array.from({ length: 40 }, (_, index) => [`dead/${index}`, away] as const);
    const unreadable: string[] = [];
    const { asked, found } = ask(
      { ...Object.fromEntries(dead), 'alive/1': [item('a', 1)] },
      { onUnreadable: (id) => unreadable.push(id) },
    );
    expect(await idsOf(found)).toEqual(['a']);
    expect(unreadable.sort()).toEqual(dead.map(([id]) => id).sort());
    expect(asked.sessions).toBeLessThanOrEqual(16);
  });

  it('says where something waits in more sessions than are looked at', async () => {
    const sessions = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`q/${index}`, []]));
    const looked: number[] = [];
    await ask(sessions, { onMore: (most) => looked.push(most) }).found;
    await ask({ 'q/1': [] }, { onMore: (most) => looked.push(most) }).found;
    expect(looked).toEqual([1_000]);
  });
});
