/**
 * What must hold of a session of the cashier whatever happened around it, as plain findings: empty where all is well. The payment service's
 * journal, and for transactional tools the table, are the oracle. Letters of findings are those of the invariants in docs/guarantees.md.
 */
import type { Ledger, LedgerCall } from '../../../activities/ledger/port';
import type { ConversationItem } from '../../../client';
import { failedTasks, fetchHistory } from '../../session/history';
import type { JournalRow } from './journal';
import { paidOrders } from './payments-table';
import { done, TOOL_OF, type Payment, type Step } from './script';
import type { PaymentsStage } from './stage';

/** A reset by an operator is written into the history as a failed workflow task, by cause `RESET_WORKFLOW`. */
const RESET = '20:';

/** One session and what its user asked for, a message each, with the ids `m-1`, `m-2`, … */
export interface Intent {
  readonly name: string;
  readonly payments: readonly Payment[];
}

export interface Finding {
  readonly session: string;
  readonly invariant: string;
  readonly found: string;
}

/** What was really done, from outside of every process that a fault touches. */
export interface World {
  readonly journal: readonly JournalRow[];
  readonly table: readonly string[];
}

export async function readWorld(stage: PaymentsStage): Promise<World> {
  return { journal: stage.service.journal(), table: await paidOrders(stage.ledgerUrl) };
}

/** How often money moved for an order by a tool. */
export function timesApplied({ journal, table }: World, tool: string, order: string): number {
  if (tool === TOOL_OF.transactional) return table.filter((paid) => paid === order).length;
  return journal.filter((row) => row.decision === 'applied' && row.tool === tool && row.order === order).length;
}

/** Checks sessions whose work is over. */
export async function audit(stage: PaymentsStage, intents: readonly Intent[]): Promise<readonly Finding[]> {
  const world = await readWorld(stage);
  const findings: Finding[] = [];
  const queue = [...intents];
  await stage.withLedger(async (ledger) => {
    const lane = async () => {
      for (let intent = queue.shift(); intent; intent = queue.shift()) {
        findings.push(...(await auditSession(stage, ledger, world, intent)));
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
  });
  return findings;
}

async function auditSession(
  stage: PaymentsStage,
  ledger: Ledger,
  world: World,
  intent: Intent,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const say = (invariant: string, found: string) => findings.push({ session: intent.name, invariant, found });
  const session = stage.client.session(stage.sessionId(intent.name));
  try {
    const status = await session.status();
    if (!['waiting_for_user', 'completed'].includes(status.status)) say('I6', `it is ${status.status}`);
    const tasks = failedTasks(await fetchHistory(stage.temporal, session.id));
    const failed = tasks.filter((task) => !task.startsWith(RESET));
    if (failed.length > 0) say('I6', `workflow tasks failed: ${failed.join('; ')}`);
    for (const [index, payment] of intent.payments.entries()) {
      const answer = await session.answer(`m-${index + 1}`);
      if (!isReply(answer, done(payment.order))) say('I1', `message ${index + 1} has ${JSON.stringify(answer)}`);
    }
    const items = await session.wholeTranscript();
    const calls = await ledger.calls({ sessionNamespace: status.keyNamespace });
    for (const problem of outcomeProblems(items)) say('I3', problem);
    for (const problem of ledgerProblems(items, calls)) say('I7', problem);
    for (const problem of effectProblems(world, intent, items)) say('I2', problem);
  } catch (error) {
    say('I1', String(error));
  }
  return findings;
}

function isReply(answer: { readonly kind: string }, text: string): boolean {
  const recorded = 'answer' in answer ? (answer.answer as { kind: string; text?: string }) : undefined;
  return recorded?.kind === 'reply' && recorded.text === text;
}

function outcomeProblems(items: readonly ConversationItem[]): readonly string[] {
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map((call) => call.id) : []));
  const answered = items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
  return [...new Set([...asked, ...answered])].flatMap((id) => {
    const outcomes = answered.filter((other) => other === id).length;
    return asked.includes(id) && outcomes === 1 ? [] : [`call ${id} has ${outcomes} outcomes`];
  });
}

function ledgerProblems(items: readonly ConversationItem[], calls: readonly LedgerCall[]): readonly string[] {
  const rows = calls.filter((call) => call.kind === 'tool');
  return rows.flatMap((row) => {
    if (row.state === 'started') return [`call ${row.callId} is still started in the ledger`];
    const item = items.find((one) => one.kind === 'outcome' && one.callId === row.callId);
    const told = item?.kind === 'outcome' ? JSON.stringify(item.outcome) : 'nothing';
    return told === JSON.stringify(row.outcome)
      ? []
      : [`call ${row.callId} is ${JSON.stringify(row.outcome)} in the ledger and ${told} in the conversation`];
  });
}

/** Each order is paid once by each tool it was asked of, whoever died; where nobody knows, once at most. */
function effectProblems(world: World, intent: Intent, items: readonly ConversationItem[]): readonly string[] {
  return intent.payments.flatMap((payment) =>
    payment.steps.flatMap((step) => {
      const tool = effectTool(step);
      if (tool === undefined) return [];
      const times = timesApplied(world, tool, payment.order);
      const kinds = items.flatMap((item) => (item.kind === 'outcome' && item.tool === tool ? [item.outcome.kind] : []));
      const known = kinds.includes('succeeded');
      if (known ? times === 1 : times <= (kinds.includes('unknown') ? 1 : 0)) return [];
      return [`${tool} for ${payment.order} ended ${kinds.join(', ') || 'nowhere'} and was applied ${times} times`];
    }),
  );
}

function effectTool(step: Step): string | undefined {
  return step === 'read' || step === 'refused' ? undefined : TOOL_OF[step];
}

/** Findings in words, for errors. */
export function inWords(findings: readonly Finding[]): string {
  const lines = findings.slice(0, 10).map(({ session, invariant, found }) => `${invariant} ${session}: ${found}`);
  return `${findings.length} findings\n${lines.join('\n')}`;
}
