/** A check that cannot fail is none: each planted fault must be found by the checks that the product passes, and the control must pass. */
import { hunt, type Hunt } from '../support/planted/hunt';
import { CONTROL, PLANTS } from '../support/planted/plants';

const ALL = [CONTROL, ...PLANTS];
/** Most of a hunt is waiting for leases to end. */
const AT_ONCE = 3;

const hunts = new Map<string, Promise<Hunt>>();
beforeAll(() => {
  const lanes = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  for (const [index, plant] of ALL.entries()) {
    // The control gets one round, as many as each of the others needs.
    const run = (lanes[index % AT_ONCE] as Promise<void>).then(() => hunt(plant, plant === CONTROL ? 20 : undefined));
    lanes[index % AT_ONCE] = run.then(
      () => undefined,
      () => undefined,
    );
    hunts.set(plant.name, run);
  }
});
afterAll(() => Promise.allSettled(hunts.values()), 120_000);

test('control: nothing is found where nothing is planted', async () => {
  expect((await hunts.get(CONTROL.name))?.findings).toEqual([]);
}, 180_000);

test.each(PLANTS.map(({ name }) => name))(
  '%s is found',
  async (name) => {
    const found = await hunts.get(name);
    expect(found?.findings.length).toBeGreaterThan(0);
    console.info(`${name}: found within ${found?.sessions} sessions: ${found?.findings[0]?.found}`);
  },
  180_000,
);
