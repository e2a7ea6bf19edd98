/** The commands by which people act on a session, each with who and why for the record. */
import type { Command } from 'commander';
import type { ActFlags } from './act-flags';
import { addConnectionFlags, addOutputFlags, addOutputFormat } from './connection-flags';
import { decideOn, type DecideFlags } from './decide';
import { endSession, type EndFlags } from './end';
import { extendBound, type ExtendFlags } from './extend';
import {
  cancelCall,
  leaveNote,
  patchState,
  replaceOutcome,
  revoke,
  say,
  stepIn,
  type PatchFlags,
  type ReplaceFlags,
} from './interventions';
import type { Io } from './io';
import type { Run } from './program';
import { resolveCall, type ResolveFlags } from './resolve';
import { makeApproverKey, type ApproverKeyFlags } from './signing-key';
import { stopTurn } from './stop';
import { undoCall } from './undo';

type ActCommand = (name: string) => Command;

export function addActCommands(program: Command, io: Io, run: Run): void {
  const bare: ActCommand = (name) =>
    addConnectionFlags(program.command(name).argument('<session>', 'id of the session, or its beginning'))
      .option('--by <name>', 'who does it, for the record (default: you)')
      .option('--reason <text>', 'why, for the record')
      .option('--act-id <id>', 'a repeat under the same id is answered without acting again (default: a new one)');
  const act: ActCommand = (name) => addOutputFlags(bare(name));
  addDecisionCommands(act, io, run);
  addCallCommands(act, io, run);
  addHoldCommands(act, io, run);
  addOutputFormat(bare('patch-state'))
    .description("change the session's state, which its model is shown with its next call")
    .requiredOption('--json <patch>', 'own, wanted, established, refuted, opened and met: what changes of each')
    .action((id: string, flags: PatchFlags) => run(() => patchState(id, flags, io)));
  program
    .command('approver-key')
    .argument('<name>', 'whose key it is, as it stands in the record')
    .description('make a key for somebody who decides; prints the entry for HOLDFAST_APPROVERS')
    .option('--role <role...>', 'roles of that person')
    .requiredOption('--out <file>', 'where the private key goes; never over a file that is there')
    .action((name: string, flags: ApproverKeyFlags) => run(() => makeApproverKey(name, flags, io)));
}

/** Decisions on calls that wait for approval. */
function addDecisionCommands(act: ActCommand, io: Io, run: Run): void {
  const decide = (decision: 'approve' | 'reject' | 'edit') => {
    const command = act(decision)
      .argument('[call]', 'id of the call, or its beginning (default: the one that waits)')
      .option('--hash <hash>', 'of the arguments that were seen; other ones are not decided on')
      .option('-y, --yes', 'decide on whatever waits at this moment')
      .option('--key <file>', 'private key to sign with (default: HOLDFAST_SIGNING_KEY)');
    return command.action((id: string, call: string | undefined, flags: DecideFlags) =>
      run(() => decideOn(decision, id, call, flags, io)),
    );
  };
  const standing = (command: Command) =>
    command
      .option('--standing', 'also for later calls of the same tool in this session')
      .option('--up-to <amount>', 'the same, for calls about no more than this');
  standing(decide('approve')).description('let a call run that waits for approval');
  decide('reject').description('keep a call from running; the model is told the reason');
  standing(decide('edit'))
    .description('let a call run with other arguments')
    .option(
      '--args <json>',
      'the arguments to run with (default: in a terminal, those that you make of them in EDITOR)',
    );
  act('revoke')
    .argument('<decision>', 'its id, as `holdfast status` shows it, or its beginning')
    .description('take back what a decision said of later calls')
    .action((id: string, standingId: string, flags: ActFlags) => run(() => revoke(id, standingId, flags, io)));
}

/** What people do about one call, or a bound. */
function addCallCommands(act: ActCommand, io: Io, run: Run): void {
  act('resolve')
    .argument('<call>', 'id of the call, or its beginning, as `holdfast pending` shows it')
    .description('say what became of a call that nobody knows the end of')
    .option('--applied <json>', 'it happened: what the tool would have returned')
    .option('--absent', 'it did not happen: it is run (again)')
    .option('--give-up', 'nobody will find out: the model is told so')
    .action((id: string, call: string, flags: ResolveFlags) => run(() => resolveCall(id, call, flags, io)));
  act('undo')
    .argument('<call>', 'id of a call that succeeded, or its beginning, as `holdfast status --json` shows it')
    .description("undo a call by its tool's own compensation")
    .action((id: string, call: string, flags: ActFlags) => run(() => undoCall(id, call, flags, io)));
  act('cancel-call')
    .argument('<call>', 'id of a call that runs, or its beginning, as `holdfast status --json` shows it')
    .description('cancel one call, and wait for what became of it')
    .action((id: string, call: string, flags: ActFlags) => run(() => cancelCall(id, call, flags, io)));
  act('replace-outcome')
    .argument('<call>', 'id of a call that did not succeed, or its beginning')
    .description("put your result in the place of a call's outcome; the model is told whose it is")
    .requiredOption('--result <json>', 'what the tool would have returned')
    .action((id: string, call: string, flags: ReplaceFlags) => run(() => replaceOutcome(id, call, flags, io)));
  act('extend')
    .argument('<bound>', 'which bound, as `holdfast pending` and `holdfast status` name it')
    .argument('<amount>', "how much is added: 20, for money 500000 or '$0.50', for time 10m")
    .description('add to a bound; a turn that waits for it goes on')
    .option('--child <path>', "a child's bound, as `holdfast pending` shows it, e.g. h1")
    .action((id: string, bound: string, amount: string, flags: ExtendFlags) =>
      run(() => extendBound(id, bound, amount, flags, io)),
    );
}

/** What people do to the session as a whole. */
function addHoldCommands(act: ActCommand, io: Io, run: Run): void {
  const simple = (name: string, does: 'pause' | 'resume' | 'takeOver' | 'handBack', description: string) =>
    act(name)
      .description(description)
      .action((id: string, flags: ActFlags) => run(() => stepIn(does, id, flags, io)));
  simple('pause', 'pause', 'begin nothing new; what is in flight finishes');
  simple('resume', 'resume', 'go on after a pause');
  simple('take-over', 'takeOver', 'answer the user yourself: messages wait for you');
  simple('hand-back', 'handBack', 'give the session back to its agent');
  act('say')
    .argument('<text>', 'what the user reads')
    .description('speak to the user as the agent; answers the messages that wait for you')
    .action((id: string, text: string, flags: ActFlags) => run(() => say(id, text, flags, io)));
  act('note')
    .argument('<text>', 'what the model reads')
    .description('tell the model something with its next call; the user does not see it')
    .action((id: string, text: string, flags: ActFlags) => run(() => leaveNote(id, text, flags, io)));
  act('stop')
    .description('stop the running turn; what is in flight finishes and is recorded, the session stays open')
    .option('--compensate', 'undo what the turn did, the last call first')
    .action((id: string, flags: EndFlags) => run(() => stopTurn(id, flags, io)));
  act('end')
    .description('end a session; what is in flight finishes and is recorded')
    .option('--compensate', 'undo what the running turn did, the last call first')
    .action((id: string, flags: EndFlags) => run(() => endSession(id, flags, io)));
}
