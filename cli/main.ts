#!/usr/bin/env node
/** Process entry of the `holdfast` command. Only the version check is loaded at first: nothing else has to run on an old Node. */
import { nodeVersionProblem } from './node-version';

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
  process.exitCode = await runCli(process.argv.slice(2), processIo());
}
