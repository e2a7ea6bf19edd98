/**
 * jest globalSetup: one in-memory Temporal server and one Postgres for the whole run; where they are goes to the tests in HOLDFAST_TEST_SERVER
 * and HOLDFAST_TEST_POSTGRES.
 */
import { startDevServer, type DevServer } from '../../worker/dev-server';
import { startPostgres, type TestPostgres } from './postgres';

/** Where the setup leaves the servers for the teardown. */
export const shared: { temporal?: DevServer; postgres?: TestPostgres } = {};

/** Without a server the run goes on: tests that need none still tell something, and each of the others fails with the reason. */
export default async function globalSetup(): Promise<void> {
  await Promise.all([startTemporal(), startSharedPostgres()]);
}

async function startTemporal(): Promise<void> {
  if (process.env.HOLDFAST_TEST_SERVER) return;
  try {
    shared.temporal = await startDevServer({ port: 0, headless: true, log: onlyWhenSlow() });
    process.env.HOLDFAST_TEST_SERVER = shared.temporal.address;
  } catch (error) {
    process.env.HOLDFAST_TEST_SERVER_ERROR = reasonOf(error);
    process.stderr.write(`No Temporal server for this run: ${reasonOf(error)}\n`);
  }
}

/** Its data need not survive the machine; that of a test's own server is synced, as it would be. */
async function startSharedPostgres(): Promise<void> {
  if (process.env.HOLDFAST_TEST_POSTGRES) return;
  try {
    shared.postgres = await startPostgres({ settings: { fsync: 'off' } });
    process.env.HOLDFAST_TEST_POSTGRES = shared.postgres.url;
  } catch (error) {
    process.env.HOLDFAST_TEST_POSTGRES_ERROR = reasonOf(error);
    process.stderr.write(`No Postgres for this run: ${reasonOf(error)}\n`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The ladder's lines matter when it downloads or builds; a binary found at once is no news. */
function onlyWhenSlow(): (line: string) => void {
  return (line) => {
    if (!/\busing /.test(line)) process.stderr.write(`temporal: ${line}\n`);
  };
}
