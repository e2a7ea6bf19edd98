/** The workload's sessions over the real client: tasks, by message, with room for as many steps as the task has calls. */
import type { SessionClient } from '../../client';
import { WORKLOAD_AGENT } from './agent-from-file';
import type { SessionPort } from './run-sessions';

/** Longest wait for one session's end, ms. */
const RESULT_TIMEOUT_MS = 600_000;
/** A query of a closed session replays it, on a machine that may be busy with many. */
const QUERY_TIMEOUT_MS = 60_000;

export function sessionPort(client: SessionClient): SessionPort {
  return {
    start: async (task, sessionId) => {
      await client.startSession({
        sessionId,
        agent: WORKLOAD_AGENT,
        mode: 'task',
        user: task.id,
        message: { text: task.instruction, messageId: task.id },
        limits: { steps: task.calls.length + 1 },
      });
    },
    result: (sessionId) => client.session(sessionId).result({ timeoutMs: RESULT_TIMEOUT_MS }),
    status: (sessionId) => client.session(sessionId).status({ timeoutMs: QUERY_TIMEOUT_MS }),
    conversation: (sessionId) => client.session(sessionId).wholeTranscript({ timeoutMs: QUERY_TIMEOUT_MS }),
  };
}
