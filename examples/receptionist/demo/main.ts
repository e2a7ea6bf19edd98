/**
 * `npm run demo`: a conversation with the receptionist whose worker is killed (SIGKILL) right after the calendar has a booking
 * and before anything has recorded it. Exit code 0 only when the booking is there once and the caller was told so.
 */
import { randomUUID } from 'node:crypto';
import { endDemo } from '../../demo/end-demo';
import { usageOf } from '../../demo/options';
import { runDemo, type DemoParts } from '../../demo/run-demo';
import { screen } from '../../demo/screen';
import { RECEPTIONIST } from '../agent';
import { CONVERSATION } from '../script';
import { startCast } from './cast';
import { talk } from './conversation';
import { prove } from './proof';
import { setStage } from './stage';

async function demo({ options, cleanup, interrupt }: DemoParts): Promise<number> {
  const scripted = options.say.length === 0 && !options.live;
  screen.title('Holdfast demo: a booking, its worker killed at the worst moment, and what the caller gets');
  const stage = await setStage(options.live, cleanup);
  const cast = await startCast(stage, cleanup);
  const sessionId = `receptionist-demo-${randomUUID().slice(0, 8)}`;
  screen.fact('session', sessionId);

  const messages = options.say.length > 0 ? options.say : CONVERSATION;
  const { replies, resumedAfterMs } = await talk(stage, cast, sessionId, messages);
  const session = stage.client.session(sessionId);
  const transcript = await session.wholeTranscript();

  screen.heading('The proof');
  const kill = cast.kill();
  if (!kill) {
    screen.check(
      false,
      'the worker was killed',
      'no appointment was booked, so there was no such moment: nothing is proven',
    );
  }
  const checks = kill
    ? prove({
        calendarFile: stage.calendarFile,
        services: stage.services.journal(),
        scene: kill.scene,
        transcript,
        replies,
        scripted,
      })
    : [];
  for (const { ok, claim, evidence } of checks) screen.check(ok, claim, evidence);
  const holds = kill !== undefined && checks.every((check) => check.ok);

  screen.text('');
  if (resumedAfterMs !== undefined) screen.fact('resumed', `${(resumedAfterMs / 1000).toFixed(1)} s after the kill`);
  await endDemo(session, { agent: RECEPTIONIST, stage, options, interrupt, trouble: cast.trouble });
  return holds ? 0 : 1;
}

runDemo(usageOf('npm run demo [-- --keep] [--live] [--say "..."]', 'RECEPTIONIST_MODEL'), demo);
