/** Gathers what a run left behind, from every place that keeps something of it. */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { DEFAULT_LEDGER } from '../../activities/ledger/call-identity';
import { openLedger } from '../../activities/ledger/open-ledger';
import type { LedgerCall } from '../../activities/ledger/port';
import type { Session, SessionStatus } from '../../client';
import { runsOf } from '../run-chain';

/** How long a session may take to come to rest after its last answer, ms. */
const REST_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 50;
/** `UNHANDLED_COMMAND`: a close met an event that had just come in, and the server had the task done again. Part of its protocol. */
const CLOSE_MET_AN_EVENT = 1;

/** The session's status once it no longer runs; as it is, where it goes on running. */
export async function statusAtRest(session: Session): Promise<SessionStatus> {
  const deadline = Date.now() + REST_WITHIN_MS;
  for (;;) {
    const status = await session.status();
    if (status.status !== 'running' || Date.now() > deadline) return status;
    await wait(LOOK_EVERY_MS);
  }
}

/** @param places of the ledgers, by name. */
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
      rows.push(...(await ledger.calls({ sessionNamespace: keyNamespace })));
    } finally {
      await ledger.close();
    }
  }
  return rows;
}

/** Why workflow tasks of a session failed, in all its runs; a healthy one has none. */
export async function failedTasks(temporal: Client, sessionId: string): Promise<readonly string[]> {
  const events = (await runsOf(temporal, sessionId)).flatMap(({ history }) => history.events ?? []);
  return events.flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed && Number(failed.cause) !== CLOSE_MET_AN_EVENT ? [failed.failure?.message || `cause ${failed.cause}`] : [],
  );
}
