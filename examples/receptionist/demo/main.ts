/**
 * `npm run demo`: a conversation with the receptionist whose worker is killed (SIGKILL) right after the calendar has a booking
 * and before anything has recorded it. Exit code 0 only when the booking is there once and the caller was told so.
 */
import { randomUUID } from 'node:crypto';
import { nodeVersionProblem } from '../../../cli/node-version';
import { dollars } from '../../../cli/money';
import { CONVERSATION } from '../script';
import { startCast } from './cast';
import { Cleanup } from './cleanup';
import { talk } from './conversation';
import { readOptions, USAGE, type DemoOptions } from './options';
import { prove } from './proof';
import { screen } from './screen';
import { setStage } from './stage';

/** Exit code of a process that Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;

/** Somebody's Ctrl-C, and whether the demo is at a place where it is how it ends. */
interface Interrupt {
  readonly asked: Promise<void>;
  expected: boolean;
}

async function demo(options: DemoOptions, cleanup: Cleanup, interrupt: Interrupt): Promise<number> {
  const scripted = options.say.length === 0 && !options.live;
  screen.title('Holdfast demo: a booking, its worker killed at the worst moment, and what the caller gets');
  const stage = await setStage(options.live, cleanup);
  const cast = await startCast(stage, cleanup);
  const sessionId = `receptionist-demo-${randomUUID().slice(0, 8)}`;
  const link = stage.uiUrl && `${stage.uiUrl}/namespaces/${stage.client.namespace}/workflows/${sessionId}`;
  screen.fact('session', sessionId);

  const messages = options.say.length > 0 ? options.say : CONVERSATION;
  const { replies, resumedAfterMs } = await talk(stage, cast, sessionId, messages);
  const session = stage.client.session(sessionId);
  const transcript = await session.wholeTranscript();
  const { usage } = await session.status();

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
  screen.fact(
    'spent',
    `${usage.inputTokens} tokens in, ${usage.outputTokens} out, ${dollars(usage.microUsd)}${options.live ? '' : ' (had the model been a real one)'}`,
  );
  screen.fact('Web UI', link ?? `workflow ${sessionId} in the Web UI of ${stage.client.address}`);
  if (options.keep) {
    screen.text(
      `\n  The server and a worker stay up. Talk on: npm run holdfast -- chat receptionist --address ${stage.client.address} --task-queue ${stage.client.taskQueue}\n  Ctrl-C ends them.`,
    );
    interrupt.expected = true;
    await Promise.race([interrupt.asked, cast.trouble]);
  } else {
    screen.text('  (add -- --keep to leave the server up and look at it)');
    await session.end({ by: 'demo', reason: 'the demo is over' });
  }
  return holds ? 0 : 1;
}

async function main(): Promise<number> {
  const problem = nodeVersionProblem(process.version);
  if (problem) throw new Error(problem);
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    screen.text(USAGE);
    return 0;
  }
  const cleanup = new Cleanup();
  let ask: () => void = () => undefined;
  const interrupt: Interrupt = { asked: new Promise<void>((resolve) => (ask = resolve)), expected: false };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  try {
    const running = demo(options, cleanup, interrupt);
    // What is under way when somebody interrupts fails for want of a server, and nobody asks any more.
    running.catch(() => undefined);
    return await Promise.race([running, interrupt.asked.then(() => (interrupt.expected ? running : INTERRUPTED))]);
  } finally {
    for (const failed of await cleanup.run()) screen.error(`cleaning up: ${failed}`);
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    screen.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
