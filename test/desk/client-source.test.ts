/** A desk of one tenant, over a client that answers as told. */
import { ClientSource } from '../../cli/desk/client-source';
import { SigningKeys } from '../../cli/desk/signing-keys';
import { DeadlineExceeded, type ListOptions, type SessionClient } from '../../client';

/** Sessions whose worker is away, by their tenant. */
function deskOf(tenant: string, tenants: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const client = {
    listSessions: async ({ sessionId = '', tenant: of }: ListOptions) =>
      await Promise.resolve(tenants[sessionId] === of ? [{ sessionId }] : []),
    session: (id: string) => ({
      status: async () => {
        asked.push(id);
        await Promise.reject(new DeadlineExceeded('the worker on queue-7 is away'));
      },
    }),
  };
  return { asked, desk: new ClientSource(client as unknown as SessionClient, new SigningKeys(), tenant) };
}

it('does not let another tenant’s session be told from one that is not there, also where its worker is away', async () => {
  const { asked, desk } = deskOf('north', { theirs: 'south', ours: 'north' });
  const act = { kind: 'stop', actId: 'a1' } as const;
  for (const id of ['theirs', 'nothing', "x' OR '1'='1"]) {
    expect(await desk.look(id)).toBeUndefined();
    expect(await desk.view(id, 10)).toBeUndefined();
    expect(await desk.act(id, act, { name: 'ada' })).toBeUndefined();
  }
  expect(asked).toEqual([]);
  await expect(desk.look('ours')).rejects.toThrow('is away');
});
