/** The clock of Postgres. */
import { sql, type RawBuilder } from 'kysely';

/** ms since the epoch; it moves between the statements of a transaction. */
export const POSTGRES_CLOCK: RawBuilder<number> = sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::double precision`;
