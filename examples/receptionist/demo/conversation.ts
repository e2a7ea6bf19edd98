/** Talks to the session, shows every step as it ends, and notes when the killed call was over. */
import { randomUUID } from 'node:crypto';
import { Progress } from '../../../cli/progress';
import type { StepRecord } from '../../../client';
import { readReply } from '../../demo/reply';
import { screen } from '../../demo/screen';
import { RECEPTIONIST } from '../agent';
import type { Cast } from './cast';
import type { Stage } from './stage';

export interface Talk {
  readonly sessionId: string;
  readonly replies: ReadonlyMap<number, string>;
  /** From the kill to the outcome of the call that was cut off, ms; undefined where there was no kill. */
  readonly resumedAfterMs: number | undefined;
}

/** Longest wait for one answer, ms: a real model that thinks, or a resume on a busy machine. */
const ANSWER_TIMEOUT_MS = 120_000;

export async function talk(stage: Stage, cast: Cast, sessionId: string, messages: readonly string[]): Promise<Talk> {
  const replies = new Map<number, string>();
  let resumedAfterMs: number | undefined;
  const show = (record: StepRecord): void => {
    if (record.endedAt === undefined) return;
    const kill = cast.kill();
    // A dead worker answers no query: what it ended in its last moments is told by the next one.
    screen.step(record, kill && record.endedAt <= kill.at ? 'before the kill' : '');
    if (!kill || record.id !== kill.scene.callId) return;
    resumedAfterMs = record.endedAt - kill.at;
    screen.resumed(
      `the call has its outcome ${(resumedAfterMs / 1000).toFixed(1)} s after the kill, on attempt ${record.attempt}`,
    );
  };
  const progress = new Progress(stage.client.session(sessionId), show);
  for (const [index, text] of messages.entries()) {
    screen.user(index + 1, text, 'Caller');
    const sent = stage.client.send(
      { sessionId, agent: RECEPTIONIST, text, messageId: `demo-${index + 1}-${randomUUID()}` },
      { timeoutMs: ANSWER_TIMEOUT_MS },
    );
    const result = await Promise.race([progress.during(sent), cast.trouble]);
    replies.set(index + 1, readReply(result));
    screen.reply(replies.get(index + 1) ?? '', 'Clinic');
  }
  return { sessionId, replies, resumedAfterMs };
}
