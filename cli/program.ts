/** The `holdfast` command: its commands and flags. What they do is in files of their own. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Command } from 'commander';
import { chat, type ChatFlags } from './chat';
import { addActCommands } from './act-commands';
import { complete, COMPLETE_COMMAND, printCompletion } from './completion';
import { addConnectionFlags, type ConnectionFlags } from './connection-flags';
import { addDeskFlags } from './desk/flags';
import type { DeskFlags } from './desk/settings';
import type { DevFlags } from './dev';
import type { Io } from './io';
import { addLookCommands } from './look-commands';
import { reportError } from './report-error';
import { addSweepFlags, type SweepFlags } from './sweep/flags';
import type { WorkerFlags } from './worker';
import { addWorkloadFlags, type WorkloadFlags } from './workload/flags';

/** The worker's native library takes long to load: only the commands that run one wait for it. */
const lazily = createRequire(__filename);

/** Does the work of a command and keeps its exit code. */
export type Run = (work: () => Promise<number>) => Promise<void>;

/**
 * @param args what follows `holdfast` on the command line.
 * @returns the exit code; never throws.
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const run: Run = async (work) => {
    exitCode = await work();
  };
  try {
    await buildProgram(io, run).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(error, io);
  }
}

function buildProgram(io: Io, run: Run): Command {
  const program = new Command('holdfast')
    .description('Durable agent sessions on Temporal.')
    .version(packageVersion())
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'holdfast: ')),
    })
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();
  addConversationCommands(program, io, run);
  addActCommands(program, io, run);
  addLookCommands(program, io, run);
  addProcessCommands(program, io, run);
  addCompletionCommands(program, io, run);
  return program;
}

function addConversationCommands(program: Command, io: Io, run: Run): void {
  addConnectionFlags(program.command('chat').argument('<agent>', 'name of the agent'))
    .description('talk to an agent; each call is shown as it happens')
    .option('-s, --session <id>', 'session to start or to come back to (default: a new one)')
    .option('--tenant <name>', 'tenant of a new session')
    .option('--user <name>', 'user of a new session')
    .option('--limit <bound=amount...>', "limits of a new session, e.g. turn.steps=20 'session.microUsd=$0.50'")
    .option('--on-limit <what>', 'where a limit is met: ask a person, or stop with a partial answer')
    .option('--say <text...>', 'send these messages, one after the other, instead of reading the terminal')
    .option('--timeout <seconds>', 'longest wait for one answer (default: 300)')
    .option('--progress', 'show each call also without a terminal')
    .option('--no-progress', 'show answers only')
    .action((agent: string, flags: ChatFlags) => run(() => chat(agent, flags, io)));
}

function addProcessCommands(program: Command, io: Io, run: Run): void {
  addConnectionFlags(
    program
      .command('worker')
      .argument('<module>', 'JavaScript file that exports `agents` and, where tools name some, `ledgers`'),
  )
    .description('run the agents of a module until SIGTERM')
    .option(
      '--ledger <place>',
      "the default ledger's file or postgres:// address (default: HOLDFAST_LEDGER_URL, or a file in the data folder)",
    )
    .action((path: string, flags: WorkerFlags) =>
      run(() => (lazily('./worker') as typeof import('./worker')).work(path, flags, io)),
    );
  program
    .command('dev')
    .argument('[module]', 'JavaScript file that exports `agents`; without it only the server runs')
    .description('a Temporal server on this machine, a worker for the module, and the Web UI')
    .option('--port <number>', 'port of the server (default: 7233)')
    .option('--ui-port <number>', "port of the Web UI (default: the server's + 1000)")
    .option('--db <file>', 'database file (default: one in the data folder, kept between runs)')
    .option('-t, --task-queue <name>', 'task queue of the worker (default: HOLDFAST_TASK_QUEUE, holdfast)')
    .action((path: string | undefined, flags: DevFlags) =>
      run(() => (lazily('./dev') as typeof import('./dev')).dev(path, flags, io)),
    );
  addDeskFlags(program.command('desk')).action((flags: ConnectionFlags & DeskFlags) =>
    run(() => (lazily('./desk/command') as typeof import('./desk/command')).desk(flags, io)),
  );
  addSweepFlags(program.command('sweep')).action((agent: string, flags: SweepFlags) =>
    run(() => (lazily('./sweep/command') as typeof import('./sweep/command')).sweepAgent(agent, flags, io)),
  );
  addWorkloadFlags(program.command('workload')).action((file: string, flags: WorkloadFlags) =>
    run(() => (lazily('./workload/command') as typeof import('./workload/command')).workload(file, flags, io)),
  );
}

function addCompletionCommands(program: Command, io: Io, run: Run): void {
  program
    .command('completion')
    .argument('<shell>', 'bash, zsh or fish')
    .description('print what makes a shell complete commands and ids: eval "$(holdfast completion bash)"')
    .action((shell: string) => run(async () => printCompletion(shell, io)));
  program
    .command(COMPLETE_COMMAND, { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action((words: string[]) => run(() => complete(words, program, io)));
}

/** Beside the compiled code's parent in a package and a checkout, beside the sources in tests. */
function packageVersion(): string {
  for (const path of [join(__dirname, '..', 'package.json'), join(__dirname, '..', '..', 'package.json')]) {
    try {
      const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version?: string };
      if (version) return version;
    } catch {
      // The next place.
    }
  }
  return 'unknown';
}
