/**
 * Random histories of each effect class against a model of a destination: cut off anywhere, late requests, clocks that jump both ways, people who
 * say what became of a call, calls that are stopped and calls that are undone. Nothing is applied twice, and nothing that was applied is lost. HOLDFAST_TEST_HISTORIES sets how many per class.
 */
import path from 'node:path';
import * as fc from 'fast-check';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import { BOOKED, TAKEN, type Act, type Fate } from './effect-acts';
import { EffectWorld, LEASE, SETTLE } from './effect-world';
import { claimOf, temporaryFolder, temporaryLedger } from './temporary-ledger';

const CALLS = 3;
const HISTORIES = Number(process.env.HOLDFAST_TEST_HISTORIES ?? 20);
const HOUR = 3_600_000;

const FATES: readonly Fate[] = [
  'finishes',
  'refuses',
  'fails',
  'fails safely',
  'fails for good',
  'dies before',
  'dies after',
  'sleeps before',
  'sleeps after',
  'dies asking',
  'fails asking',
  'is cancelled',
];

const call = fc.nat(CALLS - 1);
const of = <K extends string>(kind: K) => fc.record({ kind: fc.constant(kind), call });
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant('attempt' as const),
        call,
        fate: fc.constantFrom(...FATES),
        late: fc.constantFrom(0, 1, SETTLE / 2, SETTLE),
      }),
    },
    { weight: 1, arbitrary: of('refuse') },
    { weight: 2, arbitrary: of('resolve') },
    { weight: 1, arbitrary: of('give up') },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const) }) },
    { weight: 2, arbitrary: of('undo') },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('wake' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('passes' as const), ms: fc.nat(2 * LEASE) }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('jumps' as const), ms: fc.constantFrom(HOUR, -HOUR, LEASE, -LEASE) }),
    },
  ),
  { minLength: 5, maxLength: 25 },
);

/** A ledger, and a hand on all the times in it. */
async function movableLedger() {
  const url = path.join(temporaryFolder(), 'ledger.sqlite');
  const ledger = await temporaryLedger({ url });
  const database = new (nodeSqlite().DatabaseSync)(url);
  const moved = (columns: readonly string[]) => columns.map((column) => `${column} = ${column} + :ms`).join(', ');
  const calls = ['lease_until', 'ran_until', 'key_valid_until', 'started_at', 'updated_at', 'settled_at'];
  const statements = [
    database.prepare(`update holdfast_calls set ${moved(calls)} where namespace = :session`),
    database.prepare(
      `update holdfast_effects set ${moved(['key_valid_until', 'started_at', 'updated_at'])} where business_key = :session`,
    ),
  ];
  const shift = (session: string) => (ms: number) => {
    for (const statement of statements) statement.run({ ms, session });
  };
  return { ledger, shift, close: () => database.close() };
}

it.each([
  ['idempotent', true],
  ['idempotent', false],
  ['reconcilable', true],
  ['reconcilable', false],
  ['at-most-once', true],
  ['at-most-once', false],
] as const)(
  '%s, with a business key: %s',
  async (effect, keyed) => {
    const { ledger, shift, close } = await movableLedger();
    let history = 0;
    const seen = { granted: 0, resolved: 0 };
    await fc.assert(
      fc.asyncProperty(acts, async (list) => {
        history += 1;
        const session = `s${history}`;
        const world = new EffectWorld({ ledger, session, effect, keyed, shift: shift(session) });
        const { bookings } = world.destination;
        const once = () => {
          const references = bookings.map((booking) => booking.reference);
          expect(new Set(references).size).toBe(references.length);
          if (keyed) expect(bookings.filter((booking) => booking.live).length).toBeLessThanOrEqual(1);
        };
        for (const act of list) {
          await world.do(act);
          once();
        }
        await world.heal(CALLS);
        once();
        const rows = (await ledger.calls({ sessionNamespace: session })).filter((row) => row.tool === 'book');
        for (const row of rows) {
          const told = world.told.get(row.callKey);
          expect([row.callKey, row.outcome?.kind]).toEqual([row.callKey, told?.kind]);
          const happened = world.destination.has(row.idempotencyKey ?? '');
          if (told?.kind === 'succeeded') expect(happened).toBe(true);
          if (!keyed && (told?.kind === 'failed' || told?.kind === 'cancelled')) expect(happened).toBe(false);
          if (told?.kind === 'cancelled') expect(world.stopped).toContain(row.callKey);
          seen.granted += row.fence;
          seen.resolved += row.resolution ? 1 : 0;
        }
        // A cancel by another tool may come while a call runs that finds out later that it had happened.
        if (keyed && list.every((act) => act.kind !== 'cancel') && (await world.isTaken())) {
          expect(bookings.filter((booking) => booking.live)).toHaveLength(1);
        }
        for (const { reference } of bookings.filter((booking) => booking.live)) {
          const known = rows.filter((row) => row.idempotencyKey === reference).map((row) => row.outcome?.kind);
          expect(known.includes('succeeded') || known.includes('unknown')).toBe(true);
        }
      }),
      { numRuns: HISTORIES },
    );
    close();
    // It would prove little if no call had been claimed again, or resolved.
    expect(seen.granted).toBeGreaterThan(CALLS * HISTORIES);
    if (effect === 'at-most-once') expect(seen.resolved).toBeGreaterThan(0);
  },
  120_000,
);

it('transactional: what is told is what was committed, whoever runs it at once', async () => {
  const url = path.join(temporaryFolder(), 'data.sqlite');
  const ledger = await temporaryLedger({ url });
  const database = new (nodeSqlite().DatabaseSync)(url);
  database.exec('create table bookings (session text, call text)');
  const booked = database.prepare('select call from bookings where session = ?');
  const step = fc.array(fc.record({ call, ends: fc.constantFrom<Fate>('finishes', 'refuses', 'fails') }), {
    minLength: 1,
    maxLength: 4,
  });
  let history = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), fc.boolean(), async (steps, keyed) => {
      history += 1;
      const session = `s${history}`;
      const run = (id: number, ends: Fate) => {
        const key = keyed ? { businessKey: session, sameAs: '"same"' } : {};
        const request = { ...claimOf('x', { effect: 'transactional', ...key }), callKey: `${session}/c${id}` };
        return ledger.runTransactional(request, 5_000, async (tx) => {
          const rows = tx.withTables<{ bookings: { session: string; call: string } }>();
          await rows.insertInto('bookings').values({ session, call: request.callKey }).execute();
          if (ends === 'fails') throw new Error('cut off');
          return { outcome: ends === 'refuses' ? TAKEN : BOOKED };
        });
      };
      for (const together of steps) await Promise.all(together.map((one) => run(one.call, one.ends)));
      for (let id = 0; id < CALLS; id += 1) await run(id, 'finishes');
      const rows = await ledger.calls({ sessionNamespace: session });
      const ran = rows.filter((row) => row.state === 'succeeded' && row.sameAsCall === undefined);
      expect(rows.every((row) => row.state === 'succeeded' || row.state === 'failed')).toBe(true);
      expect(
        booked
          .all(session)
          .map((row) => row.call)
          .sort(),
      ).toEqual(ran.map((row) => row.callKey).sort());
      if (keyed) expect(ran.length).toBeLessThanOrEqual(1);
    }),
    { numRuns: HISTORIES },
  );
  database.close();
}, 120_000);
