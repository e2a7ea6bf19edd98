/** Talks to the session, shows every step of the family as it ends and who has the user, decides what waits for a person, and notes when the killed call was over. */
import { randomUUID } from 'node:crypto';
import type { ChildStatus, PendingItem, SendResult, Session, StepRecord } from '../../../client';
import { readReply } from '../../demo/reply';
import { screen } from '../../demo/screen';
import { TRIAGE } from '../names';
import type { Cast } from './cast';
import { FamilyProgress } from './family-progress';
import type { Stage } from './stage';

export interface Talk {
  readonly replies: ReadonlyMap<number, string>;
  /** How many decisions a person made. */
  readonly decided: number;
  /** From the kill to the outcome of the call that was cut off, ms; undefined where there was no kill. */
  readonly resumedAfterMs: number | undefined;
}

/** Longest wait for one answer, ms: a real model that thinks, or a resume on a busy machine. */
const ANSWER_TIMEOUT_MS = 120_000;
const PERSON = 'dana';

export async function talk(stage: Stage, cast: Cast, sessionId: string, messages: readonly string[]): Promise<Talk> {
  const replies = new Map<number, string>();
  const session = stage.client.session(sessionId);
  let resumedAfterMs: number | undefined;
  let decided = 0;
  let holder = TRIAGE;
  const step = (record: StepRecord, agent: string, child: string): void => {
    const kill = cast.kill();
    const before = kill && (record.endedAt ?? 0) <= kill.at ? ', before the kill' : '';
    screen.step(record, `${agent}${child === '' ? '' : ` ${child}`}${before}`);
    if (!kill || record.id !== kill.scene.callId || record.endedAt === undefined) return;
    resumedAfterMs = record.endedAt - kill.at;
    screen.resumed(
      `the call has its outcome ${(resumedAfterMs / 1000).toFixed(1)} s after the kill, on attempt ${record.attempt}`,
    );
  };
  const begun = ({ agent, child, role }: ChildStatus): void => {
    if (role === 'delegate') return screen.handoff(`${holder} asks ${agent} (child ${child})`);
    screen.handoff(`${holder} hands the user over to ${agent} (child ${child})`);
    holder = agent;
  };
  const handedBack = ({ agent }: ChildStatus): void => {
    screen.handoff(`${agent} hands the user back to ${TRIAGE}`);
    holder = TRIAGE;
  };
  const progress = new FamilyProgress(session, { step, begun, handedBack });
  for (const [index, text] of messages.entries()) {
    screen.user(index + 1, text, 'Customer');
    const message = { sessionId, agent: TRIAGE, text, messageId: `demo-${index + 1}-${randomUUID()}` };
    const send = (): Promise<SendResult> =>
      Promise.race([progress.during(stage.client.send(message, { timeoutMs: ANSWER_TIMEOUT_MS })), cast.trouble]);
    let answer = await send();
    while (answer.kind === 'waiting_for_human') {
      for (const item of answer.pending) await decide(session, item);
      decided += answer.pending.length;
      answer = await send();
    }
    replies.set(index + 1, readReply(answer));
    screen.reply(replies.get(index + 1) ?? '', holder);
  }
  return { replies, decided, resumedAfterMs };
}

/** Plays the person of the shop. A real one would do it with `holdfast decide`, or on the desk's web page. */
async function decide(session: Session, { id, summary, approval }: PendingItem): Promise<void> {
  if (!approval) throw new Error(`Nobody knows what to do about ${id}: ${summary}`);
  screen.note(`a person is asked about ${id}: ${summary}; ${approval.terms.reason ?? 'it needs approval'}`);
  await session.approve(id, { by: PERSON, argsHash: approval.argsHash, reason: 'it came broken' });
  screen.note(`${PERSON} approves it`);
}
