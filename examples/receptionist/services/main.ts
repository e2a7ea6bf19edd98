/**
 * The services as a process of their own: `node dist/examples/receptionist/services/main.js <journal file>`. Prints one line of
 * JSON, `{"url": "..."}`, when it listens: what RECEPTIONIST_SERVICES_URL is to be. Ends on SIGTERM or SIGINT.
 */
import path from 'node:path';
import { startServices } from './server';

async function main(): Promise<void> {
  const [file, ...others] = process.argv.slice(2);
  if (file === undefined || others.length > 0) throw new Error('Expected one argument: the file of the journal.');
  const services = await startServices({ file: path.resolve(file) });
  const end = (): void => void services.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ url: services.url })}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
