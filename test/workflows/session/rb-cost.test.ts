import { settled } from './limited';
import { startScripted } from './scripted-session';
import { checkInterveneRequest } from '../../../workflows/contracts/check-acts';
test('cost', async () => {
  const session = startScripted([]);
  await settled();
  const t = Date.now();
  for (let i = 0; i < 9990; i++) {
    const actId = `note-${Math.floor(i / 3)}`;
    const raw = i % 3 === 2 ? { actId, act: 'juggle', by: 'ada' } : { actId, act: 'note', text: actId, by: 'ada' };
    const c = checkInterveneRequest(raw);
    if (!c.ok) continue;
    if (!session.interventions.refusal(c.value)) session.interventions.intervene(c.value);
  }
  console.log('plain ms', Date.now() - t);
});
