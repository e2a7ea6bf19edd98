/** A Postgres in the care of a process of its own, for programs that are no tests: says its address, and ends with its parent or at SIGTERM. */
import { sayReady } from '../../testing/managed-process';
import { startPostgres } from './postgres';

async function main(): Promise<void> {
  const postgres = await startPostgres();
  const end = () => void postgres.stop().finally(() => process.exit(0));
  process.once('SIGTERM', end);
  sayReady({ url: postgres.url }, end);
}

void main();
