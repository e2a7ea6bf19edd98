/** The commands that look at sessions and change nothing (but `ledger prune`). */
import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { addConnectionFlags, addOutputFlags, type ConnectionFlags, type OutputFlags } from './connection-flags';
import type { Io } from './io';
import { addLedgerCommands, LEDGER_PLACE } from './ledger/commands';
import { listSessions, type ListFlags } from './list';
import { showPending } from './pending';
import type { Run } from './program';
import { showSession } from './show';
import { showState, type StateFlags } from './state';
import { showStatus } from './status';
import { tailSession, type TailFlags } from './tail';
import { showTranscript, type TranscriptFlags } from './transcript';

/** Databases take long to load: only the commands that open one wait for it. */
const lazily = createRequire(__filename);

type Flags = ConnectionFlags & OutputFlags;

export function addLookCommands(program: Command, io: Io, run: Run): void {
  const look = (name: string) =>
    addOutputFlags(
      addConnectionFlags(program.command(name).argument('<session>', 'id of the session, or its beginning')),
    );
  look('show')
    .description('a session on one page: where it stands, what was said last, what waits and how to decide')
    .action((id: string, flags: Flags) => run(() => showSession(id, flags, io)));
  look('tail')
    .description('a session as it goes, until it ends or Ctrl-C')
    .option('--last <number>', 'items of the conversation so far that are shown first (default: 10)')
    .action((id: string, flags: TailFlags) => run(() => tailSession(id, flags, io)));
  look('status')
    .description('where a session stands, and its last calls')
    .action((id: string, flags: Flags) => run(() => showStatus(id, flags, io)));
  look('pending')
    .description('what waits for a person, and the commands that decide on it')
    .action((id: string, flags: Flags) => run(() => showPending(id, flags, io)));
  look('transcript')
    .description('the conversation of a session, from its beginning')
    .option('--child <path>', 'that of a child instead, as `holdfast status` shows it, e.g. h1')
    .option('--ledger <place>', `of a long session: ${LEDGER_PLACE}`)
    .action((id: string, flags: TranscriptFlags) => run(() => showTranscript(id, flags, io)));
  look('state')
    .description('what a session is about, as its agent is shown it: what is wanted, established, done and owed')
    .option('--changes', 'also what changed it, and why')
    .option('--child <path>', 'that of a child instead, as `holdfast status` shows it, e.g. h1')
    .action((id: string, flags: StateFlags) => run(() => showState(id, flags, io)));
  addListCommand(program, io, run);
  addLedgerCommands(program.command('ledger'), {
    show: (id, flags) =>
      run(() => (lazily('./ledger/show') as typeof import('./ledger/show')).showLedger(id, flags, io)),
    prune: (flags) => run(() => (lazily('./ledger/prune') as typeof import('./ledger/prune')).pruneLedger(flags, io)),
  });
}

function addListCommand(program: Command, io: Io, run: Run): void {
  addOutputFlags(addConnectionFlags(program.command('list')))
    .description('sessions of the namespace, newest first; with --waiting what waits for whom, oldest first')
    .option('--waiting', 'what waits for people, over all sessions')
    .option('--role <name>', 'with --waiting: only approvals that this role is asked for')
    .option('--agent <name>', 'only those of this agent')
    .option('--user <name>', 'only those of this user')
    .option('--tenant <name>', 'only those of this tenant')
    .option('--status <status>', 'only those in this status, e.g. waiting_for_user')
    .option('--awaiting <what>', 'only those that wait for this, e.g. approval, limit or role:<name>')
    .option('--outcome <outcome>', 'only those whose last turn came out so, e.g. limit')
    .option('--min-cost <dollars>', 'only those that cost at least so much')
    .option('--open', 'only those that are open')
    .option('--closed', 'only those that have ended')
    .option('--limit <number>', 'most sessions, or items, shown (default: 50)')
    .action((flags: ListFlags) => run(() => listSessions(flags, io)));
}
