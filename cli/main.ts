#!/usr/bin/env node
/** Process entry of the `holdfast` command. Only the version check is loaded at first: nothing else has to run on an old Node. */
import { nodeVersionProblem } from './node-version';

/** 128 and the number of SIGPIPE, which Node.js ignores. */
const SIGPIPE_EXIT_CODE = 141;

const problem = nodeVersionProblem(process.version);
if (problem !== null) {
  process.stderr.write(`holdfast: ${problem}\n`);
  process.exitCode = 1;
} else {
  void start();
}

async function start(): Promise<void> {
  const { runCli } = await import('./program.js');
  const { processIo } = await import('./io.js');
  // Whoever read the output has enough (`holdfast list | head`): the end that other commands come to, without a word.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(SIGPIPE_EXIT_CODE);
  });
  process.exitCode = await runCli(process.argv.slice(2), processIo());
}
