/** The least that a durable commit takes: one row of 500 bytes, by the driver that the ledger uses, as durable as its rows of effects. */
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { median } from '../../testing/median';

const ROW = 'x'.repeat(500);
const MAKE = 'create table bare_commits (content text not null)';

/** @returns the median, ms. */
export async function measureBareCommit(url: string, times: number): Promise<number> {
  return url.startsWith('postgres') ? onPostgres(url, times) : onSqlite(url, times);
}

async function onPostgres(url: string, times: number): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(MAKE);
    const took: number[] = [];
    for (let n = 0; n < times; n += 1) {
      const began = performance.now();
      await client.query('insert into bare_commits values ($1)', [ROW]);
      took.push(performance.now() - began);
    }
    return median(took);
  } finally {
    await client.end();
  }
}

function onSqlite(file: string, times: number): number {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${MAKE}`);
    const insert = database.prepare('insert into bare_commits values (?)');
    return median(
      Array.from({ length: times }, () => {
        const began = performance.now();
        insert.run(ROW);
        return performance.now() - began;
      }),
    );
  } finally {
    database.close();
  }
}
