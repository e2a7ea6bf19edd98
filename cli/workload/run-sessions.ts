/** Runs the tasks as sessions, so many at a time, and gathers what each left behind. Plain code: the client is an argument. */
import type { ConversationItem } from '../../workflows/contracts/conversation';
import type { SessionResult, SessionStatus } from '../../workflows/contracts/session';
import type { SessionEnd, SessionEvidence } from './evidence';
import type { WorkloadTask } from './workload-file';

/** What the runner needs of a client. */
export interface SessionPort {
  start(task: WorkloadTask, sessionId: string): Promise<void>;
  /** Waits for the session's end. */
  result(sessionId: string): Promise<SessionResult>;
  status(sessionId: string): Promise<SessionStatus>;
  conversation(sessionId: string): Promise<readonly ConversationItem[]>;
}

export interface Progress {
  readonly started: number;
  readonly ended: number;
  readonly failed: number;
}

export interface RunOptions {
  readonly tasks: readonly WorkloadTask[];
  readonly sessionIdOf: (task: WorkloadTask) => string;
  readonly port: SessionPort;
  readonly parallel: number;
  readonly onProgress?: (progress: Progress) => void;
}

export interface EndedSession {
  readonly task: WorkloadTask;
  readonly sessionId: string;
  readonly end: SessionEnd;
}

/** Starts every task's session and waits for its end; never rejects for one session's sake. */
export async function runSessions({
  tasks,
  sessionIdOf,
  port,
  parallel,
  onProgress,
}: RunOptions): Promise<readonly EndedSession[]> {
  let [started, ended, failed] = [0, 0, 0];
  return mapBounded(tasks, parallel, async (task) => {
    const sessionId = sessionIdOf(task);
    started += 1;
    onProgress?.({ started, ended, failed });
    const end = await port
      .start(task, sessionId)
      .then(() => port.result(sessionId))
      .then(
        (result): SessionEnd => ({ kind: 'ended', result }),
        (error: unknown): SessionEnd => ({
          kind: 'error',
          message: error instanceof Error ? error.message : String(error),
        }),
      );
    ended += 1;
    if (end.kind === 'error' || end.result.status !== 'completed') failed += 1;
    onProgress?.({ started, ended, failed });
    return { task, sessionId, end };
  });
}

/** Reads back what each session left: the conversation and its last calls. */
export async function gatherEvidence(
  sessions: readonly EndedSession[],
  port: SessionPort,
  parallel: number,
): Promise<readonly SessionEvidence[]> {
  return mapBounded(sessions, parallel, async ({ task, sessionId, end }) => {
    const base = { taskId: task.id, sessionId };
    try {
      const [conversation, status] = [await port.conversation(sessionId), await port.status(sessionId)];
      return { ...base, end, conversation, recent: status.recent, usage: status.usage };
    } catch (error) {
      const message = `its conversation could not be read: ${error instanceof Error ? error.message : String(error)}`;
      return { ...base, end: { kind: 'error', message }, conversation: [], recent: [] };
    }
  });
}

/** `Promise.all` over a mapping that has at most `parallel` of its promises open. */
async function mapBounded<In, Out>(
  items: readonly In[],
  parallel: number,
  map: (item: In) => Promise<Out>,
): Promise<readonly Out[]> {
  const results = new Array<Out>(items.length);
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, lane));
  return results;
}
