/** Sessions of the teller in which calls wait for approval, and the command line that leads to them. */
import { stage, newSession, untilAsked, type Talk } from '../session/teller';
import { eventually } from '../session/stage';
import { cli, type CliRun } from './fake-io';

export const at = () => ['--address', stage.address, '--task-queue', stage.taskQueue];
export const run = (...args: readonly string[]): Promise<CliRun> => cli([...args, ...at()]);
export const parsed = <T>(lines: readonly string[]) => JSON.parse(lines.join('\n')) as T;

/** A session in which one call waits for approval. */
export async function asking(
  text: string,
  count = 1,
): Promise<{ session: Talk; calls: readonly string[]; hashes: string[] }> {
  const session = newSession({ user: 'ada', tenant: 'clinic' });
  void session.say(text).catch(() => undefined);
  const asked = await untilAsked(session, count);
  return { session, calls: asked.map(({ callId }) => callId), hashes: asked.map(({ argsHash }) => argsHash) };
}

export const settled = (session: Talk) =>
  eventually('the turn to end', async () => (await session.status()).status === 'waiting_for_user' || undefined);

/** The words of the shown command that begins so, without the program's name. */
export function shownCommand(lines: readonly string[], act: string): readonly string[] {
  const line = lines.find((each) => each.includes(`holdfast ${act} `)) ?? '';
  return line.slice(line.indexOf(`holdfast ${act} `) + 'holdfast '.length).split(' ');
}
