/**
 * The use of one connection of the pool, until its transaction ends or it is released. Statements go one after the other, each by
 * itself (the extended protocol takes no second one behind a semicolon), and none after the end.
 */
import type { PoolClient, QueryConfig, QueryResult as PostgresResult } from 'pg';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { LedgerUnavailable } from './port';
import { cancelStatement } from './postgres-cancel';
import { isBroken, postgresCode, translatedPostgres } from './postgres-errors';
import type { PreparedStatements } from './postgres-prepared';
import { refusedStatement } from './statement-guard';

const ABORTED = '25P02';

/**
 * How the engine's own first statement of a transaction begins. It has no parameters, so it goes out together with what begins the
 * transaction, by the simple protocol: one round trip less. No tool can be first: the locks are taken before its body runs.
 */
export const FIRST_STATEMENT = '/* holdfast: first */';
const CHANGING = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'];

export class PostgresTurn implements DatabaseConnection {
  #over = false;
  #inTransaction = false;
  /** What begins the transaction, not sent yet: it goes out with the first statement. */
  #beginning: string | undefined;
  /** The connection is of no use to the next one. */
  #broken = false;
  #running = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** What broke the transaction; Postgres refuses all that follows with another error. */
  #firstError: unknown;

  /** @param prepares shared by all connections of the ledger. */
  constructor(
    private readonly client: PoolClient,
    private readonly prepares: PreparedStatements,
  ) {
    client.on('error', this.onBroken);
  }

  /** A connection that breaks between two statements says so by an event, which nobody may miss. */
  private readonly onBroken = (): void => {
    this.#broken = true;
  };

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const refused = refusedStatement(query.sql);
    if (refused !== undefined) {
      throw new Error(`${refused} is not allowed here: the ledger begins and ends the transaction`);
    }
    const { command, rowCount, rows } = await this.inTurn(async () => {
      const beginning = this.takeBeginning();
      if (beginning !== undefined && query.sql.startsWith(FIRST_STATEMENT)) {
        return this.send(`${beginning}; ${query.sql}`);
      }
      if (beginning !== undefined) await this.send(beginning);
      // `queryMode` is not in the types of node-postgres.
      const config = { text: query.sql, values: [...query.parameters], queryMode: 'extended' };
      const name = this.prepares.nameOf(query);
      return this.send(name === undefined ? config : { ...config, name });
    });
    return {
      rows: rows as Row[],
      numAffectedRows: CHANGING.includes(command) ? BigInt(rowCount ?? 0) : undefined,
    };
  }

  streamQuery(): AsyncIterableIterator<never> {
    throw new Error('the ledger does not stream; read pages instead');
  }

  /** @param settings statements that begin the transaction and set its bounds; sent with the first statement. */
  async begin(settings: string): Promise<void> {
    await this.inTurn(async () => {
      this.#beginning = settings;
    });
  }

  private takeBeginning(): string | undefined {
    const beginning = this.#beginning;
    if (beginning === undefined) return undefined;
    this.#beginning = undefined;
    this.#inTransaction = true;
    return beginning;
  }

  async commit(): Promise<void> {
    const { command } = await this.inTurn(async () => {
      this.#over = true;
      return this.#inTransaction ? this.sendCommit() : { command: 'COMMIT' };
    });
    // What Postgres answers where a statement failed and somebody caught that error.
    if (command === 'ROLLBACK') throw this.abortedError();
  }

  /** Never throws: where nothing can be said to the server any more, the end of the connection undoes the transaction. */
  async rollback(): Promise<void> {
    this.#over = true;
    if (!this.#inTransaction || this.#broken) return;
    if (this.#running > 0) {
      // A body whose time is up: its statement, and the locks it waits for, must not keep the next attempt out.
      this.#broken = true;
      cancelStatement(this.client);
      return;
    }
    await this.send('rollback').catch(() => {
      this.#broken = true;
    });
  }

  /** Gives the connection back, or ends it. */
  release(): void {
    this.#over = true;
    this.client.off('error', this.onBroken);
    this.client.release(this.#broken || this.#running > 0 || this.client.getTransactionStatus() !== 'I');
  }

  private async inTurn<T>(statement: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#over) throw new Error('the transaction is over: nothing can be read or written with it any more');
      return statement();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  private async send(statement: string | QueryConfig<unknown[]>): Promise<PostgresResult> {
    this.#running += 1;
    try {
      // Several statements in one text have several results, of which the last counts.
      const result = (await this.client.query(statement as string)) as PostgresResult | PostgresResult[];
      return Array.isArray(result) ? (result.at(-1) as PostgresResult) : result;
    } catch (error) {
      if (isBroken(error)) this.#broken = true;
      if (postgresCode(error) === ABORTED) throw this.abortedError(error);
      this.#firstError ??= error;
      const wasNamed = typeof statement !== 'string' && statement.name !== undefined;
      throw (wasNamed ? this.prepares.notKept(error) : undefined) ?? translatedPostgres(error);
    } finally {
      this.#running -= 1;
    }
  }

  private async sendCommit(): Promise<PostgresResult> {
    try {
      return await this.send('commit');
    } catch (error) {
      if (!this.#broken) throw error;
      const why =
        'the connection to Postgres broke during a commit; whether it took place is seen when it is tried again';
      throw new LedgerUnavailable(why, { cause: error });
    }
  }

  private abortedError(cause = this.#firstError): Error {
    const first = this.#firstError instanceof Error ? ` (${this.#firstError.message})` : '';
    return new Error(
      `a statement of this transaction failed${first}, and Postgres then undoes all of it: nothing that was written with it is kept`,
      { cause },
    );
  }
}
