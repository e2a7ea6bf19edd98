/** Rows of `calls` read back: for an activity that looks a call up, and for people. */
import { sql, type Kysely, type RawBuilder } from 'kysely';
import type { Json } from '../../workflows/contracts/json';
import type { ToolOutcome } from '../../workflows/contracts/tool';
import { callIdOf } from './call-identity';
import type { ContentCodec, LedgerCall } from './port';
import type { RecordedResolution } from './resolving';
import type { CallRow, EffectRow, LedgerTables } from './tables';

/** The outcome as it was recorded; one that came from another call says so, and changes no state: that call's did. */
export async function outcomeOf(codec: ContentCodec, content: string, sameAsCall: string | null): Promise<ToolOutcome> {
  const outcome = (await codec.decode(content)) as unknown as ToolOutcome;
  if (outcome.kind !== 'succeeded' || sameAsCall === null) return outcome;
  const { state: _changed, stateProblem: _refused, ...same } = outcome;
  return { ...same, sameAsCall: callIdOf(sameAsCall) };
}

/** What a person said, as it was recorded. */
export async function decodeResolution(codec: ContentCodec, content: string): Promise<RecordedResolution> {
  return (await codec.decode(content)) as unknown as RecordedResolution;
}

/** All calls of a namespace and of those below it, in the order they began. */
export async function readCalls(
  db: Kysely<LedgerTables>,
  codec: ContentCodec,
  clock: RawBuilder<number>,
  namespace: string,
): Promise<readonly LedgerCall[]> {
  const below = `${namespace}/`;
  const rows = await callsQuery(db, clock)
    .where((where) =>
      where.or([
        where('call.namespace', '=', namespace),
        where(sql`substr(call.namespace, 1, ${below.length})`, '=', below),
      ]),
    )
    .orderBy('call.started_at')
    .orderBy('call.call_key')
    .execute();
  return Promise.all(rows.map((row) => decoded(codec, row)));
}

export async function readCall(
  db: Kysely<LedgerTables>,
  codec: ContentCodec,
  clock: RawBuilder<number>,
  callKey: string,
): Promise<LedgerCall | undefined> {
  const row = await callsQuery(db, clock).where('call.call_key', '=', callKey).executeTakeFirst();
  return row && decoded(codec, row);
}

function callsQuery(db: Kysely<LedgerTables>, clock: RawBuilder<number>) {
  return db
    .selectFrom('holdfast_calls as call')
    .leftJoin('holdfast_effects as effect', (join) =>
      join
        .onRef('effect.tenant', '=', 'call.tenant')
        .onRef('effect.tool', '=', 'call.tool')
        .onRef('effect.business_key', '=', 'call.business_key')
        .onRef('effect.generation', '=', 'call.generation'),
    )
    .leftJoin('holdfast_calls as adopter', 'adopter.call_key', 'call.adopted_by')
    .selectAll('call')
    .select(['effect.state as effect_state', 'adopter.lease_until as adopter_lease', clock.as('now')]);
}

interface ReadRow extends CallRow {
  readonly effect_state: EffectRow['state'] | null;
  readonly adopter_lease: number | null;
  readonly now: number;
}

async function decoded(codec: ContentCodec, row: ReadRow): Promise<LedgerCall> {
  const evidence = (row.evidence === null ? [] : JSON.parse(row.evidence)) as {
    fence: number;
    at: number;
    content: string;
  }[];
  return {
    callKey: row.call_key,
    callId: callIdOf(row.call_key),
    kind: row.kind,
    state: row.state,
    tool: row.tool ?? undefined,
    effect: row.effect ?? undefined,
    tenant: row.tenant || undefined,
    attempt: row.attempt,
    fence: row.fence,
    owner: row.owner,
    bodyFailures: row.body_failures,
    businessKey: row.business_key ?? undefined,
    generation: row.generation ?? undefined,
    effectState: row.effect_state ?? undefined,
    idempotencyKey: row.idempotency_key ?? undefined,
    sameAsCall: row.same_as_call ?? undefined,
    args: row.args === null ? undefined : await codec.decode(row.args),
    outcome:
      row.kind === 'tool' && row.outcome !== null ? await outcomeOf(codec, row.outcome, row.same_as_call) : undefined,
    answer: row.kind === 'model' && row.outcome !== null ? await codec.decode(row.outcome) : undefined,
    lastError: row.last_error === null ? undefined : asText(await codec.decode(row.last_error)),
    lateEvidence: await Promise.all(
      evidence.map(async ({ fence, at, content }) => ({ fence, at, outcome: await outcomeOf(codec, content, null) })),
    ),
    startedAt: row.started_at,
    settledAt: row.settled_at ?? undefined,
    heldForMs: row.state === 'started' ? heldForMs(row) : 0,
    resolution: row.resolution === null ? undefined : await decodeResolution(codec, row.resolution),
  };
}

/** A call whose effect was taken over is run by the one that took it. */
function heldForMs({ lease_until: lease, adopter_lease: adopters, now }: ReadRow): number {
  return Math.max(0, (lease ?? 0) - Number(now), (adopters ?? 0) - Number(now));
}

function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
