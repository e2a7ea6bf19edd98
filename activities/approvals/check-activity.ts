/** The activity `approval.check`: whether somebody may decide so on a call, and what edited arguments come to. Nothing takes effect by it. */
import { Context } from '@temporalio/activity';
import type { Tool } from '../../agents/define-tool';
import type { Registry } from '../../agents/registry';
import type {
  ApprovalCheckInput,
  ApprovalCheckReport,
  ApprovalStage,
  ApprovalTerms,
  EditedCall,
} from '../../workflows/contracts/approval';
import { inertLine } from '../../workflows/contracts/display';
import { FAILURE_TYPES, type FailureType } from '../../workflows/contracts/failures';
import { canonicalJson } from '../../workflows/contracts/json';
import { samePerson } from '../../workflows/contracts/same-person';
import { crashPoint } from '../crash-points';
import { acceptGiven } from '../model/accept-arguments';
import { callSummary } from '../model/call-summary';
import { toolSchema } from '../model/tool-schema';
import { badInput, retryable } from '../tools/retry-failures';
import { judge } from './approval-terms';
import type { ApproverKeys } from './approver-keys';
import { checkApprovalInput } from './check-input';
import { verifyDecision } from './decision-token';
import { sha256OfJson, toolHashOf } from './tool-hash';

export interface ApprovalCheckParts {
  readonly registry: Registry;
  /** Absent: this worker can verify no signature. */
  readonly approvers?: ApproverKeys;
  /** ms since the epoch; default `Date.now`. */
  readonly now?: () => number;
}

/** Attempts that leave it to another worker of a deploy in progress; after them the decision is refused, and the call waits on. */
const WAITS_FOR_OTHERS = 2;
const WAIT_MS = 2_000;
/** Longest problem told, characters. */
const MAX_PROBLEM = 1_000;

type Refused = Extract<ApprovalCheckReport, { kind: 'refused' }>;
type Accepted = Extract<ApprovalCheckReport, { kind: 'accepted' }>;

function refused(type: FailureType, problem: string): Refused {
  return { kind: 'refused', type, problem: inertLine(problem, MAX_PROBLEM) };
}
const notAuthorized = (problem: string) => refused(FAILURE_TYPES.notAuthorized, problem);

/**
 * @returns the activity. It throws ApplicationFailure of a registered type: `BadActivityInput` (final), `ToolMissing` (with the delay before the next
 * attempt).
 */
export function createApprovalCheckActivity(
  parts: ApprovalCheckParts,
): (input: ApprovalCheckInput) => Promise<ApprovalCheckReport> {
  return async (value) => {
    const checked = checkApprovalInput(value);
    if (!checked.ok) throw badInput(checked.problem);
    const { input } = checked;
    crashPoint('approval.before-check', input.tool);
    const report = await check(parts, input, Context.current());
    crashPoint('approval.after-check', input.tool);
    return report;
  };
}

async function check(
  parts: ApprovalCheckParts,
  input: ApprovalCheckInput,
  { info }: Context,
): Promise<ApprovalCheckReport> {
  const { tool: name, decision, terms } = input;
  const who = await decider(parts, input, info.attempt);
  if (who.kind === 'refused') return who;
  const forbidden = forbiddenTo(who, input, terms.stages[input.stage] as ApprovalStage);
  if (forbidden !== null) return notAuthorized(forbidden);
  // To reject needs no tool: it is what remains where that is gone.
  if (decision === 'reject') return who;
  const tool = parts.registry.tool(input.agent, name);
  if (!tool) {
    const problem = `agent ${input.agent} has no tool ${name}`;
    if (info.attempt <= WAITS_FOR_OTHERS) throw elsewhere(problem);
    return refused(FAILURE_TYPES.refused, `${problem} any more, so it could not run: reject the call`);
  }
  if (toolHashOf(tool) !== terms.toolHash) {
    const problem = `the tool ${name} has changed since the model asked for this call: reject it, so that the model can ask again`;
    return refused(FAILURE_TYPES.refused, problem);
  }
  return decision === 'edit' ? edited(tool, input, who, info.scheduledTimestampMs) : who;
}

/** Who decides: by a signature, or as is claimed where none is needed. */
async function decider(
  { approvers, now = Date.now }: ApprovalCheckParts,
  input: ApprovalCheckInput,
  attempt: number,
): Promise<Accepted | Refused> {
  const { by, signature, terms } = input;
  if (signature === undefined) {
    return terms.signed
      ? notAuthorized('this call takes signed decisions only, and this one carries no signature')
      : { kind: 'accepted', by };
  }
  if (approvers === undefined) {
    const problem = 'this worker knows no keys of approvers (HOLDFAST_APPROVERS), so it cannot verify a signature';
    if (attempt <= WAITS_FOR_OTHERS) throw elsewhere(problem);
    return notAuthorized(problem);
  }
  const signed = await verifyDecision(signature, input, approvers, now());
  if (!signed.ok) return notAuthorized(signed.problem);
  const { name, roles } = signed.approver;
  return { kind: 'accepted', by: name, roles, verified: true };
}

function elsewhere(problem: string): Error {
  return retryable(FAILURE_TYPES.toolMissing, `${problem}; if a deploy is in progress another worker may`, WAIT_MS);
}

function forbiddenTo(
  { by, roles = [], verified }: Accepted,
  { user }: ApprovalCheckInput,
  stage: ApprovalStage,
): string | null {
  if (user !== undefined && samePerson(by, user)) {
    return `${by} is the user of this session, and nobody decides on a call they asked for`;
  }
  if (stage.roles === undefined) return null;
  const asked = `this call is decided by ${stage.roles.length === 1 ? 'the role' : 'one of the roles'} ${stage.roles.join(', ')}`;
  if (!verified) return `${asked}, and a role counts only with a signature`;
  if (stage.roles.some((role) => roles.includes(role))) return null;
  return `${asked}; ${by} has ${roles.length === 0 ? 'none' : roles.join(', ')}`;
}

async function edited(
  tool: Tool,
  input: ApprovalCheckInput,
  who: Accepted,
  scheduledAt: number,
): Promise<ApprovalCheckReport> {
  const accepted = await acceptGiven(tool, toolSchema(tool).parameters, input.args);
  if (!accepted.ok) {
    return refused(FAILURE_TYPES.refused, `the edited arguments do not fit ${tool.name}: ${accepted.problem}`);
  }
  const { args, output } = accepted;
  const call: EditedCall = { args, argsHash: sha256OfJson(args), summary: callSummary(tool, args, output) };
  const terms = termsOfEdited(tool, input, output, scheduledAt);
  return { ...who, edited: terms === undefined ? call : { ...call, terms } };
}

/**
 * The recorded terms with what the rule says of these arguments. Who decides, how many and until when stay as they were planned: none of that depends on
 * arguments, and a deploy meanwhile must not loosen it.
 */
function termsOfEdited(
  tool: Tool,
  { terms, sessionId, root, agent, tenant, user, turn, step }: ApprovalCheckInput,
  output: unknown,
  scheduledAt: number,
): ApprovalTerms | undefined {
  if (tool.approval === undefined) return undefined;
  const session = { id: root ?? sessionId, agent, tenant, user };
  const judged = judge(tool.name, tool.approval, output, { session, turn, step, now: new Date(scheduledAt) });
  const { amount: _planned, ...rest } = terms;
  const now: ApprovalTerms = {
    ...rest,
    reason: judged.reason ?? terms.reason,
    ...(judged.amount === undefined ? {} : { amount: judged.amount }),
  };
  return canonicalJson(now) === canonicalJson(terms) ? undefined : now;
}
