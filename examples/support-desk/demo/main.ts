/**
 * `npm run demo -- support-desk`: a conversation that goes through three desks of a shop and asks two further agents, with the worker killed (SIGKILL) inside a
 * refund of a child. Exit code 0 only when all that must hold does.
 */
import { randomUUID } from 'node:crypto';
import { endDemo } from '../../demo/end-demo';
import { usageOf } from '../../demo/options';
import { runDemo, type DemoParts } from '../../demo/run-demo';
import { screen } from '../../demo/screen';
import { CONVERSATION } from '../conversation';
import { TRIAGE } from '../names';
import { startCast } from './cast';
import { talk } from './conversation';
import { prove, readFamily } from './proof';
import { setStage } from './stage';

async function demo({ options, cleanup, interrupt }: DemoParts): Promise<number> {
  const scripted = options.say.length === 0 && !options.live;
  screen.title('Holdfast demo: five agents, one conversation, and a worker killed inside a refund');
  const stage = await setStage(options.live, cleanup);
  const cast = await startCast(stage, cleanup);
  const sessionId = `support-desk-demo-${randomUUID().slice(0, 8)}`;
  screen.fact('session', sessionId);

  const messages = options.say.length > 0 ? options.say : CONVERSATION;
  const { decided, resumedAfterMs } = await talk(stage, cast, sessionId, messages);
  const session = stage.client.session(sessionId);

  screen.heading('The proof');
  const kill = cast.kill();
  const checks = kill
    ? prove({
        shopFile: stage.shopFile,
        payments: stage.payments.journal(),
        scene: kill.scene,
        ...(await readFamily(session)),
        scripted,
      })
    : [
        {
          ok: false,
          claim: 'the worker was killed',
          evidence: 'nothing was paid back twice, so there was no such moment: nothing is proven',
        },
      ];
  for (const { ok, claim, evidence } of checks) screen.check(ok, claim, evidence);

  screen.text('');
  if (resumedAfterMs !== undefined) screen.fact('resumed', `${(resumedAfterMs / 1000).toFixed(1)} s after the kill`);
  screen.fact('people', `${decided} asked, ${decided} decided`);
  await endDemo(session, {
    agent: TRIAGE,
    ...{ stage, options, interrupt },
    trouble: cast.trouble,
    links: stage.uiUrl ? [['family', `${session.url(stage.uiUrl)}/${await session.firstRunId()}/relationships`]] : [],
  });
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

runDemo(usageOf('npm run demo -- support-desk [--keep] [--live] [--say "..."]', 'SUPPORT_DESK_MODEL'), demo);
