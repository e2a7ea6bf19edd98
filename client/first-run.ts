/** The id of a session's first run, which the keys of its calls begin with in the ledger. */
import { BadConfig } from './errors';
import { callService, type Service } from './service';

/**
 * Stays the same over continued runs and resets. Needs no worker.
 * @throws HoldfastError, `SessionNotFound` too.
 */
export async function findFirstRunId(service: Service, sessionId: string, deadline: number): Promise<string> {
  const handle = service.client.workflow.getHandle(sessionId);
  const subject = { doing: `looking up session ${sessionId}`, sessionId };
  const { raw } = await callService(service, subject, deadline, () => handle.describe());
  const id = raw.workflowExecutionInfo?.firstRunId;
  if (!id) throw new BadConfig(`the server does not say which run of session ${sessionId} was the first; upgrade it`);
  return id;
}
