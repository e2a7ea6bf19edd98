/**
 * Calls that wait for approval, on the page of current details. What would run comes first, before any words of others, and no argument can push another
 * one off the page; then who may decide and until when; then the exact words that decide. Plain code.
 */
import type { ApprovalStage, ApprovalTerms, Approver, Decision } from '../contracts/approval';
import { inertJson, inertMarkdown } from '../contracts/display';
import type { JsonObject } from '../contracts/json';
import { DECIDE_UPDATE, PENDING_QUERY } from '../contracts/names';
import { shownArguments } from './page-arguments';
import { literal, pasted, utc } from './page-words';
import { askedCalls, termsOf, type Approving, type AskedCall } from './running-step';
import type { SessionState } from './session-state';

/** Calls shown in full; of more only the names are. The Web UI puts the whole page into the address of a frame, which has a bound. */
const SHOWN_APPROVALS = 4;
const NAMED_APPROVALS = 20;
/** Arguments of one call, characters. */
const SHOWN_ARGS_CHARS = 2_000;
/** Arguments that are given to be edited where they stand; longer ones are edited from a file. */
const PASTED_ARGS_CHARS = 1_000;

export function approvalBlocks(state: SessionState): readonly string[] {
  const asked = askedCalls(state.runningStep);
  const more = asked.slice(SHOWN_APPROVALS);
  const names = more
    .slice(0, NAMED_APPROVALS)
    .map(({ call }) => `${inertMarkdown(call.tool)} (${literal(call.id, call.id)})`);
  return [
    ...asked.slice(0, SHOWN_APPROVALS).map((call) => blockOf(state, call)),
    ...(more.length > 0 ? [`And ${more.length} more: ${names.join(', ')}; see the query \`${PENDING_QUERY}\`.`] : []),
  ];
}

/** Replaced whenever people come further with a call, and the page is made several times a step. */
const blocks = new WeakMap<Approving, string>();

function blockOf(state: SessionState, asked: AskedCall): string {
  let block = blocks.get(asked.approving);
  if (block === undefined) {
    block = approvalBlock(state.sessionId, asked);
    blocks.set(asked.approving, block);
  }
  return block;
}

function approvalBlock(sessionId: string, { call, approving }: AskedCall): string {
  const { edited } = approving;
  const { args, argsHash } = edited ?? call;
  const terms = termsOf(call, approving);
  const shown = shownArguments(args, SHOWN_ARGS_CHARS);
  const whole = `the query \`${PENDING_QUERY}\` with ${pasted({ callId: call.id })} has them whole`;
  const facts = [
    ...(shown.cut ? [`**The arguments are cut here**: ${whole}`] : []),
    ...(edited ? [`A person changed them: ${inertMarkdown(edited.by, 60)}`] : []),
    `Asked since ${utc(approving.since)}. ${amountWords(terms)}Effect: ${call.policy.effect}. Why a person is asked: ${inertMarkdown(terms.reason, 300)}`,
    `${whoMayDecide(terms, approving)} ${deadlineWords(terms, approving)}`,
    ...decisions(sessionId, call.id, { argsHash, ...(shown.cut ? {} : { args }) }, terms, actNumber(approving)),
  ];
  return [
    `**May this run?** ${inertMarkdown(call.tool)}, call ${literal(call.id, call.id)}, with these arguments:`,
    shown.block,
    facts.map((fact) => `- ${fact}`).join('\n'),
  ].join('\n\n');
}

function whoMayDecide(terms: ApprovalTerms, { stage, approvedBy }: Approving): string {
  const who = `May decide: ${stageWords(terms.stages[stage])}${terms.signed ? ', with a signature' : ''}.`;
  if (terms.approvals === 1 && approvedBy.length === 0) return who;
  const soFar = approvedBy.length === 0 ? 'nobody so far' : `so far ${approvedBy.map(approverWords).join(', ')}`;
  return `${who} ${terms.approvals} ${terms.approvals === 1 ? 'person' : 'people'} must approve: ${soFar}.`;
}

function approverWords({ by, at, verified }: Approver): string {
  return `${inertMarkdown(by, 60)} (${utc(at)}${verified ? ', signed' : ''})`;
}

function stageWords(stage: ApprovalStage | undefined): string {
  const { roles = [] } = stage ?? {};
  if (roles.length === 0) return 'anybody but the session’s user';
  return `the ${roles.length === 1 ? 'role' : 'roles'} ${roles.map((role) => inertMarkdown(role, 60)).join(', ')}`;
}

function amountWords({ amount }: ApprovalTerms): string {
  if (!amount) return '';
  return `About ${amount.value}${amount.unit === undefined ? '' : ` ${inertMarkdown(amount.unit, 20)}`}. `;
}

function deadlineWords({ stages }: ApprovalTerms, { stage, stageSince }: Approving): string {
  const { deadlineMs, atDeadline } = stages[stage] ?? {};
  if (deadlineMs === undefined) return 'It waits for ever.';
  const then = {
    reject: 'it is rejected',
    approve: 'it runs unless somebody rejects it before',
    escalate: `${stageWords(stages[stage + 1])} may decide in their place`,
  }[atDeadline ?? 'reject'];
  return `Until ${utc(stageSince + deadlineMs)}; then ${then}.`;
}

function decisions(
  sessionId: string,
  callId: string,
  { argsHash, args }: { readonly argsHash: string; readonly args?: JsonObject },
  { signed, amount }: ApprovalTerms,
  number: string,
): readonly string[] {
  const request = (decision: Decision, more: JsonObject = {}) => ({
    actId: `${decision}.${number}.${callId}`.slice(0, 200),
    callId,
    decision,
    argsHash,
    ...more,
    by: 'who',
    ...(signed ? { signature: '…' } : {}),
  });
  const command = (verb: string, more = '') =>
    literal(
      `holdfast ${verb} ${sessionId} ${callId} --hash ${argsHash}${more}${signed ? ' --key key.json' : ''}`,
      sessionId,
      callId,
    );
  const standing = `\`"standing": ${inertJson(amount ? { upTo: amount.value } : {})}\``;
  return [
    `Approve: the update \`${DECIDE_UPDATE}\` with ${pasted(request('approve'))}, or ${command('approve')}. With ${standing} in it, later calls of this tool in this session are approved too${amount ? ', up to that amount' : ''}`,
    `Reject, and tell the model why: ${pasted(request('reject', { reason: 'why' }))}, or ${command('reject', " --reason 'why'")}`,
    args && inertJson(args).length <= PASTED_ARGS_CHARS
      ? `Approve with other arguments: ${pasted(request('edit', { args }))} with \`args\` changed, or ${command('edit')}`
      : `Approve with other arguments: ${command('edit')}`,
    ...(signed ? ['The signature is made with an approver’s key, by the command or by a service of your own'] : []),
  ];
}

/**
 * A new id for each of several people, and none that a person would have to make up; one who comes second with the same is told so. An edit, and the next stage,
 * may leave fewer approvals than there were: what comes then is no repeat of what was done before.
 */
function actNumber({ approvedBy, stage, edited }: Approving): string {
  return [
    approvedBy.length + 1,
    ...(stage > 0 ? [`s${stage + 1}`] : []),
    ...(edited ? [edited.argsHash.slice(0, 8)] : []),
  ].join('.');
}

/** First words of the page where calls wait for approval: none of them are a model's. */
export function approvalReason(state: SessionState): string | undefined {
  const { length } = askedCalls(state.runningStep);
  if (length === 0) return undefined;
  return length === 1 ? 'a call waits for approval' : `${length} calls wait for approval`;
}
