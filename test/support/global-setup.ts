/** jest globalSetup: one in-memory server for the whole run; its address goes to the tests in HOLDFAST_TEST_SERVER. */
import { startDevServer, type DevServer } from '../../worker/dev-server';

/** Where the setup leaves the server for the teardown. */
export const sharedServer: { current?: DevServer } = {};

/** Without a server the run goes on: tests that need none still tell something, and each of the others fails with the reason. */
export default async function globalSetup(): Promise<void> {
  if (process.env.HOLDFAST_TEST_SERVER) return;
  try {
    const server = await startDevServer({ port: 0, headless: true, log: onlyWhenSlow() });
    sharedServer.current = server;
    process.env.HOLDFAST_TEST_SERVER = server.address;
  } catch (error) {
    process.env.HOLDFAST_TEST_SERVER_ERROR = error instanceof Error ? error.message : String(error);
    process.stderr.write(`No Temporal server for this run: ${process.env.HOLDFAST_TEST_SERVER_ERROR}\n`);
  }
}

/** The ladder's lines matter when it downloads or builds; a binary found at once is no news. */
function onlyWhenSlow(): (line: string) => void {
  return (line) => {
    if (!/\busing /.test(line)) process.stderr.write(`temporal: ${line}\n`);
  };
}
