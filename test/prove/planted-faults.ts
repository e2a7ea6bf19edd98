/** Each planted fault is found, and the control, played for as many sessions as any of them may take, is not. */
import type { Json } from '../../workflows/contracts/json';
import { hunt, MOST_SESSIONS } from '../support/planted/hunt';
import { CONTROL, PLANTS } from '../support/planted/plants';
import type { Part } from './part';

export const plantedFaults: Part = {
  name: 'planted',
  what: 'faults planted into the product, each of which the checks must find',
  run: async ({ say }) => {
    const failures: string[] = [];
    const figures: Record<string, Json> = {};
    for (const plant of [CONTROL, ...PLANTS]) {
      const { sessions, findings } = await hunt(plant);
      const [first] = findings;
      const found = first === undefined ? 'nothing' : `${first.invariant} ${first.session}: ${first.found}`;
      say(`${plant.name}: ${found} within ${sessions} sessions`);
      figures[plant.name] = { sessions, found };
      if (plant === CONTROL && first) failures.push(`found without a fault: ${found}`);
      if (plant !== CONTROL && !first) failures.push(`${plant.name} was not found within ${sessions} sessions`);
    }
    const summary = `${PLANTS.length} planted faults, control of up to ${MOST_SESSIONS} sessions`;
    return { summary, failures, figures };
  },
};
