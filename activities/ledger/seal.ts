/**
 * Whether a ledger holds sealed content. It is marked when it is first opened with codecs, and from then on whoever comes without them is
 * turned away at the start: a worker that cannot read what others sealed could neither go on with their sessions nor answer from
 * their records.
 */
import type { Kysely } from 'kysely';
import { LedgerOpenError } from './ledger-url';
import type { LedgerTables } from './tables';

const CONTENT_KEY = 'content';
const SEALED = 'sealed';

/**
 * @param name of the ledger, for errors.
 * @param withCodecs true where this process has payload codecs; the ledger is then marked.
 * @throws LedgerOpenError for a sealed ledger and a process without codecs.
 */
export async function checkSeal(db: Kysely<LedgerTables>, name: string, withCodecs: boolean): Promise<void> {
  const mark = await db.selectFrom('holdfast_meta').select('value').where('key', '=', CONTENT_KEY).executeTakeFirst();
  if (withCodecs) {
    if (mark) return;
    await db
      .insertInto('holdfast_meta')
      .values({ key: CONTENT_KEY, value: SEALED })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
    return;
  }
  if (mark?.value !== SEALED) return;
  throw new LedgerOpenError(
    `ledger ${JSON.stringify(name)} holds sealed content, and this process was given no payloadCodecs; ` +
      'give it the same ones, in the same order, as the other workers and the clients',
  );
}
