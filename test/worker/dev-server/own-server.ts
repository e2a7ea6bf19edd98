/**
 * Run by tests in a process of its own: starts a dev server, prints its pid and port and then does what it was told:
 * `return`, `exit` (with code 7), `throw`, `wait` (for a signal), or `leave` it running.
 */
import { startDevServer } from '../../../worker/dev-server/start-dev-server';

const [then, dbFile] = process.argv.slice(2);

void startDevServer({ port: 0, headless: true, dbFile, keepRunning: then === 'leave', log: () => {} }).then(
  (server) => {
    console.log(`server ${server.pid} ${server.port}`);
    if (then === 'exit') process.exit(7);
    if (then === 'throw') throw new Error('thrown on purpose');
    if (then === 'wait') setInterval(() => {}, 60_000);
  },
);
