/** What waits for a person, on the page of current details: the call, and the exact words that decide on it. Plain code. */
import { inertMarkdown } from '../contracts/display';
import { suggestedExtension } from '../contracts/limit-words';
import { INTERVENE_UPDATE, PENDING_QUERY, RESOLVE_UPDATE } from '../contracts/names';
import { approvalBlocks } from './approval-page';
import type { Asking } from './bounding';
import { familyWaitingBlocks } from './family-page';
import { askingOf } from './held-up';
import { limitWords } from './limits';
import { shownArguments } from './page-arguments';
import { literal, utc } from './page-words';
import { holdBlocks } from './people-page';
import type { SessionState } from './session-state';
import type { WaitingCall } from './waiting-call';

/** Calls shown in full; of more only the number is. The whole list is in the query `pending`. */
const SHOWN_WAITING = 4;
const SHOWN_ARGS_CHARS = 600;

export function waitingBlocks(state: SessionState): readonly string[] {
  const asking = askingOf(state);
  const calls = [...state.unresolved.values()];
  const more = calls.length - SHOWN_WAITING;
  return [
    ...approvalBlocks(state),
    ...holdBlocks(state),
    ...(asking ? [askingBlock(state, asking)] : []),
    ...calls.slice(0, SHOWN_WAITING).map((call) => waitingBlock(state, call)),
    ...(more > 0 ? [`And ${more} more: see the query \`pending\`.`] : []),
    ...familyWaitingBlocks(state),
  ];
}

function askingBlock({ sessionId }: SessionState, asking: Asking): string {
  const { bound } = asking;
  const amount = suggestedExtension(asking);
  const act = literal(
    `{"actId": "new-id", "act": "extend", "bound": "${bound}", "amount": ${amount}, "by": "who"}`,
    sessionId,
  );
  const command = literal(`holdfast extend ${sessionId} ${bound} ${amount}`, sessionId);
  return [
    `**May it go on?** ${inertMarkdown(limitWords(asking), 300)}${untilWords(asking)}.`,
    [
      `- It may: the update \`${INTERVENE_UPDATE}\` with ${act}, or ${command}`,
      '- It may not: `{"actId": "new-id", "act": "stop", "by": "who"}`, and the turn is stopped where it is',
    ].join('\n'),
  ].join('\n\n');
}

function untilWords({ until }: Asking): string {
  return until === undefined ? '' : `; after ${utc(until)} it ends with what there is`;
}

function waitingBlock(state: SessionState, call: WaitingCall): string {
  const { row } = call;
  const facts = [
    `ledger ${inertMarkdown(row.ledger, 60)}`,
    `key ${inertMarkdown(row.idempotencyKey)}`,
    ...(row.businessKey === undefined ? [] : [`business key ${inertMarkdown(row.businessKey)}`]),
    `${row.effect}, claimed ${times(row.attempts)}, failed ${times(row.bodyFailures)}`,
    ...(row.lastError === undefined ? [] : [`last error: ${inertMarkdown(row.lastError)}`]),
  ];
  const words = (as: string, more = '') =>
    literal(`{"actId": "new-id", "callId": "${call.callId}", "as": "${as}"${more}}`, call.callId);
  const shown = shownArguments(call.args, SHOWN_ARGS_CHARS);
  const command = (flags: string) =>
    literal(`holdfast resolve ${state.sessionId} ${call.callId} ${flags}`, state.sessionId, call.callId);
  return [
    `**Did this happen?** ${inertMarkdown(call.tool)}, call ${literal(call.callId, call.callId)}, with these arguments:`,
    shown.block,
    `${shown.cut ? `The query \`${PENDING_QUERY}\` has more of them. ` : ''}${inertMarkdown(call.message, 300)}. In the books: ${facts.join(', ')}.`,
    [
      `- It did: the update \`${RESOLVE_UPDATE}\` with ${words('applied', ', "result": {}')} and in \`result\` what the tool would have returned, or ${command("--applied '{}'")}`,
      `- It did not, and is to be done now: ${words('absent')}, or ${command('--absent')}`,
      `- Nobody will find out, and the model is to be told so: ${words('give_up')}, or ${command('--give-up')}`,
    ].join('\n'),
  ].join('\n\n');
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
