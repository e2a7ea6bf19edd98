/** The journal as a process of its own: no fault that is put to the workers touches it. Arguments: file, latency in ms. */
import { startJournal } from './journal';
import { sayReady } from '../../testing/managed-process';

async function main(): Promise<void> {
  const [file, latency] = process.argv.slice(2);
  const journal = await startJournal({ file, latencyMs: Number(latency ?? 0) });
  process.once('SIGTERM', () => void journal.close().then(() => process.exit(0)));
  sayReady({ url: journal.url });
}

void main();
