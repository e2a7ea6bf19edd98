/**
 * Stored parts of conversations, by the hash of what they hold: what is read is what was written, or an error. A session that has ended
 * leaves the time at which it did on all its parts, and pruning goes by that; one that goes on after all (it was reset) takes it off again.
 */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { ConversationItem } from '../../workflows/contracts/conversation';
import { canonicalJson, type Json } from '../../workflows/contracts/json';
import type { LedgerTransaction } from './claims';
import type { ContentCodec } from './port';
import { SegmentCorrupt, type StoredSegment } from './segment-store';
import type { LedgerTables } from './tables';

/** A part as it is written. */
export interface PreparedSegment {
  readonly namespace: string;
  /** sha256 of the canonical JSON of the items, hex. */
  readonly hash: string;
  /** UTF-8 bytes of that JSON. */
  readonly bytes: number;
  readonly items: number;
  readonly content: string;
}

export async function prepareSegment(
  codec: ContentCodec,
  namespace: string,
  items: readonly ConversationItem[],
): Promise<PreparedSegment> {
  const text = canonicalJson(items);
  return {
    namespace,
    hash: sha256(text),
    bytes: Buffer.byteLength(text),
    items: items.length,
    content: await codec.encode(items as unknown as Json),
  };
}

/** Writes a part, again where it is there already; whoever writes is open. */
export async function writeSegment(trx: LedgerTransaction, now: number, segment: PreparedSegment): Promise<void> {
  await trx
    .insertInto('holdfast_segments')
    .values({ ...segment, created_at: now, closed_at: null })
    .onConflict((conflict) => conflict.columns(['namespace', 'hash']).doUpdateSet({ content: segment.content }))
    .execute();
  await reopen(trx, segment.namespace);
}

/** Says that the session goes on. */
export async function reopen(trx: LedgerTransaction, namespace: string): Promise<void> {
  await trx
    .updateTable('holdfast_segments')
    .set({ closed_at: null })
    .where('namespace', '=', namespace)
    .where('closed_at', 'is not', null)
    .execute();
}

/** Says that the session has ended; a repeat leaves the first time. */
export async function closeSegments(trx: LedgerTransaction, now: number, namespace: string): Promise<void> {
  await trx
    .updateTable('holdfast_segments')
    .set({ closed_at: now })
    .where('namespace', '=', namespace)
    .where('closed_at', 'is', null)
    .execute();
}

export interface FoundSegment {
  readonly items: readonly ConversationItem[];
  /** True where the session is marked as ended. */
  readonly closed: boolean;
}

/** @returns undefined where there is none. @throws SegmentCorrupt */
export async function findSegment(
  db: Kysely<LedgerTables>,
  codec: ContentCodec,
  namespace: string,
  hash: string,
): Promise<FoundSegment | undefined> {
  const row = await db
    .selectFrom('holdfast_segments')
    .select(['content', 'closed_at'])
    .where('namespace', '=', namespace)
    .where('hash', '=', hash)
    .executeTakeFirst();
  if (!row) return undefined;
  const items = await decoded(codec, row.content, hash);
  return { items, closed: row.closed_at !== null };
}

async function decoded(codec: ContentCodec, content: string, hash: string): Promise<readonly ConversationItem[]> {
  let items: Json;
  try {
    items = await codec.decode(content);
  } catch (error) {
    // Not JSON any more; a codec that cannot read it says so itself.
    if (!(error instanceof SyntaxError)) throw error;
    throw corrupt(hash, { cause: error });
  }
  if (!Array.isArray(items) || sha256(canonicalJson(items)) !== hash) throw corrupt(hash);
  return items as readonly unknown[] as readonly ConversationItem[];
}

function corrupt(hash: string, options?: ErrorOptions): SegmentCorrupt {
  return new SegmentCorrupt(
    `the stored part ${hash} of the conversation is not what was stored: its content was changed or damaged in the database; restore its row in holdfast_segments from a backup`,
    options,
  );
}

/** The parts of a session, without their content, oldest first. */
export async function listSegments(db: Kysely<LedgerTables>, namespace: string): Promise<readonly StoredSegment[]> {
  const rows = await db
    .selectFrom('holdfast_segments')
    .select(['hash', 'bytes', 'items', 'created_at', 'closed_at'])
    .where('namespace', '=', namespace)
    .orderBy('created_at')
    .orderBy('hash')
    .execute();
  return rows.map((row) => ({
    hash: row.hash,
    bytes: row.bytes,
    items: row.items,
    createdAt: row.created_at,
    ...(row.closed_at === null ? {} : { closedAt: row.closed_at }),
  }));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
