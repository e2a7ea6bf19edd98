/** How the tools and the checks reach the journal. */
import type { Execution, JournalRow } from './journal';

/**
 * Writes one execution.
 * @throws Error where the journal refused or was not reached.
 */
export async function recordExecution(
  url: string,
  execution: Execution,
  send: typeof fetch,
): Promise<JournalRow['decision']> {
  const response = await send(`${url}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(execution),
  });
  if (!response.ok) throw new Error(`the journal refused the execution (${response.status}): ${await response.text()}`);
  return ((await response.json()) as Pick<JournalRow, 'decision'>).decision;
}

/** Every row, oldest first. */
export async function journalRows(url: string): Promise<readonly JournalRow[]> {
  return (await (await fetch(`${url}/rows`)).json()) as JournalRow[];
}

/** Executions whose effect is done and whose answer is still on its way. */
export async function openExecutions(url: string): Promise<number> {
  return ((await (await fetch(`${url}/open`)).json()) as { open: number }).open;
}
