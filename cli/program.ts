/** The `holdfast` command: its commands and flags. What they do is in files of their own. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Command } from 'commander';
import { chat, type ChatFlags } from './chat';
import { addConnectionFlags, addOutputFlags, type ConnectionFlags, type OutputFlags } from './connection-flags';
import type { DevFlags } from './dev';
import { endSession, type EndFlags } from './end';
import { extendBound, type ExtendFlags } from './extend';
import type { Io } from './io';
import { addLedgerCommands, LEDGER_PLACE } from './ledger/commands';
import { listSessions, type ListFlags } from './list';
import { showPending } from './pending';
import { reportError } from './report-error';
import { resolveCall, type ResolveFlags } from './resolve';
import { showStatus } from './status';
import { stopTurn } from './stop';
import { showTranscript, type TranscriptFlags } from './transcript';
import { undoCall, type UndoFlags } from './undo';
import { addSweepFlags, type SweepFlags } from './sweep/flags';
import type { WorkerFlags } from './worker';
import { addWorkloadFlags, type WorkloadFlags } from './workload/flags';

/** The worker's native library takes long to load: only the commands that run one wait for it. */
const lazily = createRequire(__filename);

type Run = (work: () => Promise<number>) => Promise<void>;

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
  addInspectionCommands(program, io, run);
  addProcessCommands(program, io, run);
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

/** What people do to a session, each with who and why for the record. */
function addActCommands(program: Command, io: Io, run: Run): void {
  const act = (name: string) =>
    addOutputFlags(addConnectionFlags(program.command(name).argument('<session>', 'id of the session')))
      .option('--by <name>', 'who does it, for the record (default: you)')
      .option('--reason <text>', 'why, for the record');
  act('resolve')
    .argument('<call>', 'id of the call, as `holdfast pending` shows it')
    .description('say what became of a call that nobody knows the end of')
    .option('--applied <json>', 'it happened: what the tool would have returned')
    .option('--absent', 'it did not happen: it is run (again)')
    .option('--give-up', 'nobody will find out: the model is told so')
    .action((id: string, call: string, flags: ResolveFlags) => run(() => resolveCall(id, call, flags, io)));
  act('undo')
    .argument('<call>', 'id of a call that succeeded, as `holdfast status --json` shows it')
    .description("undo a call by its tool's own compensation")
    .action((id: string, call: string, flags: UndoFlags) => run(() => undoCall(id, call, flags, io)));
  act('extend')
    .argument('<bound>', 'which bound, as `holdfast pending` and `holdfast status` name it')
    .argument('<amount>', "how much is added: 20, for money 500000 or '$0.50', for time 10m")
    .description('add to a bound; a turn that waits for it goes on')
    .action((id: string, bound: string, amount: string, flags: ExtendFlags) =>
      run(() => extendBound(id, bound, amount, flags, io)),
    );
  act('stop')
    .description('stop the running turn; what is in flight finishes and is recorded, the session stays open')
    .option('--compensate', 'undo what the turn did, the last call first')
    .action((id: string, flags: EndFlags) => run(() => stopTurn(id, flags, io)));
  act('end')
    .description('end a session; what is in flight finishes and is recorded')
    .option('--compensate', 'undo what the running turn did, the last call first')
    .action((id: string, flags: EndFlags) => run(() => endSession(id, flags, io)));
}

function addInspectionCommands(program: Command, io: Io, run: Run): void {
  type Flags = ConnectionFlags & OutputFlags;
  addOutputFlags(addConnectionFlags(program.command('status').argument('<session>', 'id of the session')))
    .description('where a session stands, and its last calls')
    .action((id: string, flags: Flags) => run(() => showStatus(id, flags, io)));
  addOutputFlags(addConnectionFlags(program.command('pending').argument('<session>', 'id of the session')))
    .description('what waits for a person, and the commands that decide on it')
    .action((id: string, flags: Flags) => run(() => showPending(id, flags, io)));
  addOutputFlags(addConnectionFlags(program.command('transcript').argument('<session>', 'id of the session')))
    .description('the conversation of a session, from its beginning')
    .option('--ledger <place>', `of a long session: ${LEDGER_PLACE}`)
    .action((id: string, flags: TranscriptFlags) => run(() => showTranscript(id, flags, io)));
  addOutputFlags(addConnectionFlags(program.command('list')))
    .description('sessions of the namespace, newest first')
    .option('--agent <name>', 'only those of this agent')
    .option('--status <status>', 'only those in this status, e.g. waiting_for_user')
    .option('--limit <number>', 'most sessions shown (default: 50)')
    .action((flags: ListFlags) => run(() => listSessions(flags, io)));
  addLedgerCommands(program.command('ledger'), {
    show: (id, flags) =>
      run(() => (lazily('./ledger/show') as typeof import('./ledger/show')).showLedger(id, flags, io)),
    prune: (flags) => run(() => (lazily('./ledger/prune') as typeof import('./ledger/prune')).pruneLedger(flags, io)),
  });
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
  addSweepFlags(program.command('sweep')).action((agent: string, flags: SweepFlags) =>
    run(() => (lazily('./sweep/command') as typeof import('./sweep/command')).sweepAgent(agent, flags, io)),
  );
  addWorkloadFlags(program.command('workload')).action((file: string, flags: WorkloadFlags) =>
    run(() => (lazily('./workload/command') as typeof import('./workload/command')).workload(file, flags, io)),
  );
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
