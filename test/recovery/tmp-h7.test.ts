import { hunt } from '../support/planted/hunt';
import { PLANTS, CONTROL } from '../support/planted/plants';
test.each([CONTROL, ...PLANTS])('$name', async (plant) => {
  const t = Date.now();
  const r = await hunt(plant, 20);
  console.log(plant.name, r.sessions, Date.now()-t, JSON.stringify(r.findings.slice(0,4), null, 1));
}, 150000);
