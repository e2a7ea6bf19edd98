/** The end of a demo: what it would have cost, where to look, and either an open session to look at or its end. */
import { dollars } from '../../cli/money';
import type { Session } from '../../client';
import type { DemoOptions } from './options';
import type { Interrupt } from './run-demo';
import { screen } from './screen';
import type { DemoStage } from './stage';

export interface Ending {
  /** Whom `holdfast chat` is to name. */
  readonly agent: string;
  readonly stage: DemoStage;
  readonly options: DemoOptions;
  readonly interrupt: Interrupt;
  /** Rejects where a worker ends. */
  readonly trouble: Promise<never>;
  /** What there is in the Web UI beside the session: label and address. */
  readonly links?: readonly (readonly [label: string, address: string])[];
}

export async function endDemo(session: Session, ending: Ending): Promise<void> {
  const { agent, stage, options, interrupt, trouble, links = [] } = ending;
  const { client, uiUrl } = stage;
  const { usage } = await session.status();
  screen.fact(
    'spent',
    `${usage.inputTokens} tokens in, ${usage.outputTokens} out, ${dollars(usage.microUsd)}${options.live ? '' : ' (had the model been a real one)'}`,
  );
  screen.fact(
    'Web UI',
    uiUrl === undefined ? `workflow ${session.id} in the Web UI of ${client.address}` : session.url(uiUrl),
  );
  for (const [label, address] of links) screen.fact(label, address);
  if (!options.keep) {
    screen.text('  (add -- --keep to leave the server up and look at it)');
    await session.end({ by: 'demo', reason: 'the demo is over' });
    return;
  }
  screen.text(
    `\n  The server and a worker stay up. Talk on: npm run holdfast -- chat ${agent} --address ${client.address} --task-queue ${client.taskQueue}\n  Ctrl-C ends them.`,
  );
  interrupt.expected = true;
  await Promise.race([interrupt.asked, trouble]);
}
