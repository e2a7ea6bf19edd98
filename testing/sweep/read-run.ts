/** Gathers what a run left behind, from every place that keeps something of it. */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { DEFAULT_LEDGER, namespaceOf } from '../../activities/ledger/call-identity';
import { openLedger } from '../../activities/ledger/open-ledger';
import type { LedgerCall } from '../../activities/ledger/port';
import { SessionNotFound, type Session, type SessionStatus } from '../../client';
import { familyRunsOf } from '../run-chain';
import { isFault } from '../task-failures';
import { familyCallId } from './family-evidence';
import type { ChildEvidence } from './run-evidence';

/** How long a session may take to come to rest after its last answer, ms. */
const REST_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** The session's status once it no longer runs; as it is, where it goes on running. */
export async function statusAtRest(session: Session): Promise<SessionStatus> {
  const deadline = Date.now() + REST_WITHIN_MS;
  for (;;) {
    const status = await session.status();
    if (status.status !== 'running' || Date.now() > deadline) return status;
    await wait(LOOK_EVERY_MS);
  }
}

/** The children of a session, and theirs. One that was never there, since its start was refused, is left out. */
export async function readChildren(session: Session, status: SessionStatus): Promise<readonly ChildEvidence[]> {
  const { children = [] } = status;
  return (await Promise.all(children.map(({ child, agent }) => readChild(session.child(child), child, agent)))).flat();
}

async function readChild(child: Session, path: string, agent: string): Promise<readonly ChildEvidence[]> {
  try {
    const status = await statusAtRest(child);
    const own = { path, agent, status: status.status, conversation: await child.wholeTranscript() };
    const below = await readChildren(child, status);
    return [own, ...below.map((other) => ({ ...other, path: `${path}/${other.path}` }))];
  } catch (error) {
    if (error instanceof SessionNotFound) return [];
    throw error;
  }
}

/**
 * The rows of a session and of its children, whose call ids begin with their path.
 * @param places of the ledgers, by name. @param keyNamespace of the first session.
 */
export async function readRows(
  places: Readonly<Record<string, string>>,
  keyNamespace: string,
  payloadCodecs?: readonly PayloadCodec[],
): Promise<readonly LedgerCall[]> {
  const rows: LedgerCall[] = [];
  for (const [name, url] of Object.entries(places)) {
    if (name !== DEFAULT_LEDGER && !url.includes('://') && !existsSync(url)) {
      throw new Error(`the plan's world says that the ledger ${name} is at ${url}, and there is no such file`);
    }
    const ledger = await openLedger({ name, url, payloadCodecs });
    try {
      const calls = await ledger.calls({ sessionNamespace: keyNamespace });
      rows.push(...calls.map((call) => ({ ...call, callId: familyCallId(pathOf(call, keyNamespace), call.callId) })));
    } finally {
      await ledger.close();
    }
  }
  return rows;
}

/** Path of the child that made a call; empty for the first session. */
function pathOf({ callKey }: LedgerCall, keyNamespace: string): string {
  return namespaceOf(callKey).slice(keyNamespace.length + 1);
}

/** Why workflow tasks of a session and its children failed, in all their runs; a healthy family has none. */
export async function failedTasks(temporal: Client, sessionId: string): Promise<readonly string[]> {
  const events = (await familyRunsOf(temporal, sessionId)).flatMap(({ history }) => history.events ?? []);
  return events.flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed && isFault(failed) ? [failed.failure?.message || `cause ${failed.cause}`] : [],
  );
}
