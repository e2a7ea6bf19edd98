/** The heartbeat of a model call: how a dead worker is told from a slow provider. */
import type { Context } from '@temporalio/activity';

/** Beats every third of the timeout, so that one lost beat is not taken for death. @returns what stops it. */
export function startHeartbeat(context: Context): () => void {
  const { heartbeatTimeoutMs } = context.info;
  if (!heartbeatTimeoutMs) return () => undefined;
  const timer = setInterval(() => context.heartbeat(), Math.max(100, heartbeatTimeoutMs / 3));
  return () => clearInterval(timer);
}
