/** `holdfast ledger show`: what the ledger holds of a session and its children. */
import Table from 'cli-table3';
import type { Ledger, LedgerCall, StoredSegment } from '../../activities/ledger';
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from '../connection-flags';
import { writeLine, type Io } from '../io';
import { UsageError } from '../report-error';
import { PLAIN_TABLE, tableLines } from '../table-style';
import { safeLine } from '../terminal-text';
import { withLedger, type LedgerFlags } from './open';

export interface LedgerShowFlags extends ConnectionFlags, OutputFlags, LedgerFlags {
  /** What the keys of the session's calls begin with: shows a session that Temporal no longer knows. */
  readonly namespaceKey?: string;
}

export async function showLedger(sessionId: string | undefined, flags: LedgerShowFlags, io: Io): Promise<number> {
  const sessionNamespace = await keyNamespace(sessionId, flags);
  return withLedger(flags, io, async (ledger) => {
    const calls = await ledger.calls({ sessionNamespace });
    writeSegments(await ledger.segments(sessionNamespace), io);
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify(calls, null, 2));
      return 0;
    }
    if (calls.length === 0) {
      writeLine(io.stderr, `no calls under ${safeLine(sessionNamespace)} in the ledger ${ledger.id}`);
      return 0;
    }
    writeCalls(ledger, sessionNamespace, calls, io);
    return 0;
  });
}

async function keyNamespace(sessionId: string | undefined, flags: LedgerShowFlags): Promise<string> {
  const { namespaceKey } = flags;
  if ((sessionId === undefined) === (namespaceKey === undefined)) {
    throw new UsageError(
      'ledger show takes the id of a session, or --namespace-key <id> for one that is no longer there',
    );
  }
  if (namespaceKey !== undefined) return namespaceKey;
  return withClient(flags, (client) => client.session(sessionId ?? '').firstRunId());
}

/** To stderr, in every form: the output is a list of calls. */
function writeSegments(segments: readonly StoredSegment[], io: Io): void {
  if (segments.length === 0) return;
  const sum = (field: 'items' | 'bytes') => segments.reduce((total, segment) => total + segment[field], 0);
  const closedAt = segments.at(-1)?.closedAt;
  const end = closedAt === undefined ? 'the session has not ended' : `the session ended at ${time(closedAt)}`;
  const parts = `${segments.length} stored ${segments.length === 1 ? 'part' : 'parts'} of the conversation`;
  writeLine(io.stderr, `${parts}, ${sum('items')} items, ${Math.ceil(sum('bytes') / 1024)} KB; ${end}`);
}

function writeCalls(ledger: Ledger, namespace: string, calls: readonly LedgerCall[], io: Io): void {
  writeLine(io.stderr, `${calls.length} calls under ${safeLine(namespace)} in the ledger ${ledger.id}`);
  const head = ['call', 'tool', 'effect', 'state', 'claims', 'key', 'gen', 'started', 'settled', 'outcome', 'evidence'];
  const table = new Table({ ...PLAIN_TABLE, head });
  for (const call of calls) {
    const { lateEvidence } = call;
    table.push([
      safeLine(call.callKey.slice(namespace.length + 1)),
      safeLine(call.kind === 'model' ? '(model)' : (call.tool ?? '')),
      call.effect ?? '',
      call.effectState === 'reversed' ? `${call.state} (undone)` : call.state,
      call.bodyFailures > 0 ? `${call.fence} (${call.bodyFailures} failed)` : String(call.fence),
      safeLine(call.businessKey ?? '', 60),
      call.generation === undefined ? '' : String(call.generation),
      time(call.startedAt),
      call.settledAt === undefined ? '' : time(call.settledAt),
      safeLine(outcomeOf(call), 80),
      lateEvidence.map((late) => late.outcome.kind).join(', '),
    ]);
  }
  for (const line of tableLines(table)) writeLine(io.stdout, line);
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function outcomeOf({ kind, state, outcome, resolution, sameAsCall, heldForMs }: LedgerCall): string {
  if (kind === 'model') return '';
  const said = resolution ? `${resolution.by ?? 'somebody'} said ${resolution.as.replace('_', ' ')}` : '';
  const running = heldForMs > 0 ? 'being run' : 'waits to be run';
  const notes = [said, sameAsCall === undefined ? '' : `as ${sameAsCall}`].filter(Boolean).join(', ');
  return `${outcome?.kind ?? (state === 'started' ? running : '')}${notes ? ` (${notes})` : ''}`;
}
