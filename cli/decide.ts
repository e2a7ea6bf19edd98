/** `holdfast approve`, `reject` and `edit`: decisions on a call that waits for approval, bound to the arguments that were seen. */
import pc from 'picocolors';
import type { DecideOptions, DecideResult, Decision, PendingItem, Session } from '../client';
import { canonicalJson, inertJson, isPlainObject, type JsonObject } from '../workflows/contracts';
import { readJson, namedAct, type ActFlags } from './act-flags';
import { approvalLines, argumentLines, isApproval, type ApprovalItem } from './approval-lines';
import { commandName } from './command-name';
import { confirm, editText } from './confirm';
import { connectionArguments, wantsJson } from './connection-flags';
import { findCall, withSession } from './find-session';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';
import { signing } from './signing-key';
import { safeLine } from './terminal-text';

export interface DecideFlags extends ActFlags {
  /** Of the arguments that were seen. */
  readonly hash?: string;
  /** Decide on whatever waits at this moment. */
  readonly yes?: boolean;
  /** With `edit`: JSON text. */
  readonly args?: string;
  readonly standing?: boolean;
  readonly upTo?: string;
  /** File of a private key. */
  readonly key?: string;
}

/**
 * @param callText id of the call or its beginning; absent: the one that waits.
 * @returns the exit code: 1 where whoever sits there did not confirm it.
 */
export async function decideOn(
  decision: Decision,
  sessionText: string,
  callText: string | undefined,
  flags: DecideFlags,
  io: Io,
): Promise<number> {
  // Before anything is connected to: what was typed wrong is said at once.
  const standing = readStanding(flags);
  const given = flags.args === undefined ? undefined : readArguments(flags.args);
  if (flags.hash !== undefined && !/^[0-9a-f]{64}$/.test(flags.hash))
    throw new UsageError('--hash takes the hash that `holdfast pending` shows: 64 hexadecimal digits');
  const { signer, name } = signing(flags.key, flags.by, io.env);
  const act = namedAct({ ...flags, by: flags.by ?? name });
  return withSession(sessionText, flags, io, async (session) => {
    const callId = theCall(callText, await session.pending(), session.id);
    const item = await session.pendingCall(callId);
    const asked = item && isApproval(item) ? item : undefined;
    if (!asked && flags.hash === undefined)
      throw new UsageError(
        `no call ${callId} waits for approval in session ${session.id}; with --hash the session says what became of it`,
      );
    const args = decision === 'edit' ? (given ?? (asked && editArguments(asked, io))) : undefined;
    if (decision === 'edit' && args === undefined) throw new UsageError("edit expects --args '<json>'");
    const argsHash = flags.hash ?? (await seenHash(asked, decision, args, flags, io));
    if (argsHash === undefined) {
      writeLine(io.stderr, 'nothing was decided');
      return 1;
    }
    const options: DecideOptions = { ...act, decision, argsHash, args, standing, signer };
    const done = await session.decide(callId, options);
    if (wantsJson(flags)) writeLine(io.stdout, JSON.stringify(done, null, 2));
    else for (const line of decidedLines({ ...done, callId }, session, options, flags, io)) writeLine(io.stdout, line);
    return 0;
  });
}

/** @throws UsageError where it is not clear which. */
function theCall(text: string | undefined, pending: readonly PendingItem[], sessionId: string): string {
  const ids = pending.filter(isApproval).map(({ id }) => id);
  if (text !== undefined) return findCall(text, ids);
  const [only, second] = ids;
  if (only === undefined) throw new UsageError(`nothing waits for approval in session ${sessionId}`);
  if (second !== undefined) throw new UsageError(`several calls wait for approval, say which: ${ids.join(', ')}`);
  return only;
}

/** Hash of what was seen and confirmed, or taken as it is by `--yes`; undefined where it was not confirmed. @throws UsageError */
async function seenHash(
  item: ApprovalItem | undefined,
  decision: Decision,
  args: JsonObject | undefined,
  flags: DecideFlags,
  io: Io,
): Promise<string | undefined> {
  if (!item) return undefined;
  const { argsHash } = item.approval;
  if (flags.yes) return argsHash;
  if (!io.interactive)
    throw new UsageError(
      'say what was seen: --hash <hash>, as `holdfast pending` shows it, or --yes for whatever waits now',
    );
  const colours = pc.createColors(io.colour);
  for (const line of approvalLines(item, colours, Date.now())) writeLine(io.stdout, line);
  if (args !== undefined) {
    writeLine(io.stdout, '  with these arguments instead:');
    for (const line of argumentLines(args, '    ')) writeLine(io.stdout, line);
  }
  return (await confirm(`${decision} this?`, io)) ? argsHash : undefined;
}

function editArguments({ approval }: ApprovalItem, io: Io): JsonObject {
  const text = editText(`${inertJson(approval.args, 2)}\n`, io);
  if (text.trim() === '') throw new UsageError('the file was emptied, so nothing is changed');
  const args = readArguments(text);
  if (canonicalJson(args) === canonicalJson(approval.args))
    throw new UsageError('the arguments were not changed; `holdfast approve` lets the call run with them');
  return args;
}

function readArguments(text: string): JsonObject {
  const args = readJson('--args', text, "an object of the tool's arguments, e.g. '{\"amount\": 20}'");
  if (!isPlainObject(args)) throw new UsageError("--args takes an object of the tool's arguments");
  return args as JsonObject;
}

function readStanding({ standing, upTo }: DecideFlags): DecideOptions['standing'] {
  if (upTo === undefined) return standing ? {} : undefined;
  const amount = Number(upTo);
  if (upTo.trim() === '' || !Number.isFinite(amount) || amount < 0)
    throw new UsageError('--up-to takes a number from 0');
  return { upTo: amount };
}

/** What a decision did, as lines for a person. */
function decidedLines(
  done: DecideResult,
  { id }: Session,
  { standing }: DecideOptions,
  flags: DecideFlags,
  io: Io,
): readonly string[] {
  const { callId, call, approvedBy, approvals, actId } = done;
  const before = done.kind === 'already_done' ? ' (as was decided before)' : '';
  const names = safeLine(approvedBy.join(', '), 500);
  switch (call) {
    case 'rejected':
      return [`call ${callId} is rejected; the model is told so${before}`];
    case 'waiting':
      return [`call ${callId} waits for further approvals: ${approvedBy.length} of ${approvals} (${names})${before}`];
    case 'approved':
      return [
        `call ${callId} is approved by ${names}${before}`,
        ...(standing
          ? [
              `later calls of its tool too; taken back by: ${commandName(io.env)} revoke ${id} ${actId}${connectionArguments(flags)}`,
            ]
          : []),
      ];
  }
}
