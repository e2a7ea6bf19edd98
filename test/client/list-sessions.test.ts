/** Filters of `listSessions`, on a real server: what comes from outside is a value in the query, and never a part of it. */
import { connect, InvalidRequest, type ListOptions, type SessionClient } from '../../client';
import { visibilityText } from '../../client/list-sessions';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/temporal-server';
import { startStubWorker, uniqueName, type StubWorker } from './stub-worker';

let server: TestServer;
let worker: StubWorker;
let client: SessionClient;

beforeAll(async () => {
  server = await TestServer.start();
  worker = await startStubWorker({ address: server.address });
  client = await connect({ address: server.address, taskQueue: worker.taskQueue });
});

afterAll(async () => {
  await client?.close();
  await worker?.stop();
  await server?.stop();
});

/** Names as they come, and names that would be more than a name. */
const USERS = [
  'ada',
  "O'Brien",
  "x' OR HoldfastUser != '",
  "' OR '1'='1",
  'back\\slash',
  "trailing\\' OR 1=1 --",
  'zoë ☎ %_*',
  '"quoted"',
];

describe('sessions', () => {
  it('of one user are found under whatever name, and nobody else’s with them', async () => {
    const tenant = uniqueName('tenant');
    const ids = new Map<string, string>();
    for (const user of USERS) ids.set(user, (await client.startSession({ agent: 'parrot', tenant, user })).id);
    await eventually('all to be listed', async () => {
      return (await client.listSessions({ tenant })).length === USERS.length || undefined;
    });
    for (const user of USERS) {
      const found = await client.listSessions({ tenant, user });
      expect(found.map(({ sessionId, user: of }) => ({ sessionId, of }))).toEqual([
        { sessionId: ids.get(user), of: user },
      ]);
    }
    expect(await client.listSessions({ tenant: `${tenant}' OR HoldfastTenant != '` })).toEqual([]);
  });

  it('are found by their state, cost and the beginning of their id', async () => {
    const prefix = uniqueName('lists');
    const tenant = uniqueName('tenant');
    const [open, closed] = [`${prefix}.a`, `${prefix}.b`];
    for (const sessionId of [open, closed]) {
      await client.startSession({ agent: 'parrot', sessionId, tenant, user: 'ada' });
      await client.session(sessionId).send('hi');
    }
    await client.session(closed).end();
    await client.session(closed).result();
    const idsOf = async (options: ListOptions) =>
      (await client.listSessions(options)).map(({ sessionId }) => sessionId).sort();
    await eventually('the end to be listed', async () => (await idsOf({ tenant, open: false })).length || undefined);
    expect(await idsOf({ idPrefix: prefix })).toEqual([open, closed]);
    expect(await idsOf({ idPrefix: prefix, open: true })).toEqual([open]);
    expect(await idsOf({ tenant, status: 'completed' })).toEqual([closed]);
    expect(await idsOf({ tenant, agent: 'other' })).toEqual([]);
    await eventually('the cost', async () => (await idsOf({ tenant, minCostUsd: 0.000001 })).length === 2 || undefined);
    expect(await idsOf({ tenant, minCostUsd: 1 })).toEqual([]);
    // The store takes them for the same.
    expect(await idsOf({ idPrefix: prefix.toUpperCase() })).toEqual([]);
    const [summary] = await client.listSessions({ idPrefix: open });
    expect(summary).toMatchObject({ agent: 'parrot', tenant, user: 'ada', costUsd: expect.any(Number) as unknown });
  });

  it.each<[string, ListOptions]>([
    ['a control character', { user: 'a\u0000b' }],
    ['a line break', { tenant: "a'\nOR 1=1" }],
    ['nothing', { user: '' }],
    ['an agent that is none', { agent: "a' OR '1'='1" }],
    ['an id that is none', { idPrefix: "a'" }],
    ['a cost that is none', { minCostUsd: Number.NaN }],
    ['a role that is none', { awaiting: "role:o'brien" }],
  ])('are not asked for by %s', async (_, options) => {
    await expect(client.listSessions(options)).rejects.toBeInstanceOf(InvalidRequest);
  });
});

test('a value keeps its quotes and backslashes to itself', () => {
  expect(visibilityText('user', "a'b\\c")).toBe("'a\\'b\\\\c'");
  expect(visibilityText('user', '\\')).toBe("'\\\\'");
});
