/** A service as a process of its own: prints one line of JSON, `{"url": "..."}`, when it listens, and ends on SIGTERM or SIGINT. */
import path from 'node:path';

/** @param start given the file of the journal, which is the one argument of the process. */
export function serveFrom(
  start: (options: { readonly file: string }) => Promise<{ readonly url: string; readonly close: () => Promise<void> }>,
): void {
  run(start).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

async function run(start: Parameters<typeof serveFrom>[0]): Promise<void> {
  const [file, ...others] = process.argv.slice(2);
  if (file === undefined || others.length > 0) throw new Error('Expected one argument: the file of the journal.');
  const service = await start({ file: path.resolve(file) });
  const end = (): void => void service.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  process.stdout.write(`${JSON.stringify({ url: service.url })}\n`);
}
