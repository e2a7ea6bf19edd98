/** What is left of a session, from every place that keeps something of it: the histories of its runs, its conversation and the ledgers. */
import { openLedger } from '../../activities/ledger/open-ledger';
import type { LedgerCall } from '../../activities/ledger/port';
import type { ConversationItem, SessionStatus } from '../../client';
import { runsOf } from '../../testing/run-chain';
import { MODEL_CALL_ACTIVITY, type ModelTurn, type ToolCallReport } from '../../workflows/contracts';
import { activities, failedTasks } from '../session/history';
import type { Stage } from './recovery-stage';

export interface SessionEvidence {
  readonly sessionId: string;
  readonly status: SessionStatus;
  readonly items: readonly ConversationItem[];
  /** Results of its model calls, by call id. */
  readonly modelTurns: ReadonlyMap<string, ModelTurn>;
  /** Reports of its tool calls that ran, by call id. */
  readonly reports: ReadonlyMap<string, ToolCallReport>;
  /** Workflow Tasks that failed, but for those the server itself asks to be made again because news came in meanwhile. */
  readonly failedTasks: readonly string[];
  /** Its rows in all ledgers of the stage. */
  readonly calls: readonly LedgerCall[];
}

/** Names of the ledgers a worker of a stage may have written to. */
const LEDGERS = ['default', 'calendar'] as const;

export async function readEvidence(stage: Stage, sessionId: string, files?: string): Promise<SessionEvidence> {
  const session = stage.client.session(sessionId);
  const status = await session.status();
  const histories = (await runsOf(stage.temporal, sessionId)).map(({ history }) => history);
  const completed = histories.flatMap(activities).filter((activity) => activity.end === 'completed');
  const models = completed.filter((activity) => activity.type === MODEL_CALL_ACTIVITY);
  const tools = completed.filter((activity) => activity.type !== MODEL_CALL_ACTIVITY);
  return {
    sessionId,
    status,
    items: await session.wholeTranscript(),
    modelTurns: new Map(models.map(({ id, result }) => [id, result as ModelTurn])),
    reports: new Map(tools.map(({ id, result }) => [id, result as ToolCallReport])),
    failedTasks: histories.flatMap(failedTasks),
    calls: await ledgerCalls(stage, status.keyNamespace, files),
  };
}

/** The rows that the ledgers of a worker's files hold of a session. */
export async function ledgerCalls(stage: Stage, namespace: string, files?: string): Promise<readonly LedgerCall[]> {
  const calls: LedgerCall[] = [];
  for (const name of LEDGERS) {
    const url = name === 'default' ? stage.ledgerFile(files) : stage.calendarFile(files);
    const ledger = await openLedger({ name, url });
    calls.push(...(await ledger.calls({ sessionNamespace: namespace })));
    await ledger.close();
  }
  return calls;
}
