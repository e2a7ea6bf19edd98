/** Planned calls of the engine's own tools: the session's state, handoffs, delegations and results. What does not fit is refused, in words, and nothing has happened. */
import { UPDATE_STATE_TOOL } from '../../agents/family';
import type { Delegation, Handoff } from '../../agents/handoffs';
import type { FamilyCall, TransferCall } from '../../workflows/contracts/family-call';
import { checkSendRequest } from '../../workflows/contracts/check-messages';
import { canonicalJson, type JsonObject } from '../../workflows/contracts/json';
import type { StateDraft } from '../../workflows/contracts/state';
import type { RejectionReason } from '../../workflows/contracts/tool';
import { acceptArguments } from './accept-arguments';
import { refuseArguments, type CallAsked, type Planned } from './asked-call';
import { briefProblem } from './brief-bound';
import { callSummary } from './call-summary';
import { isTooDeep, type EngineTool } from './engine-tools';
import { isGranted, shrunk, wideningProblem } from './grants';
import { handedOwn } from './handed-own';
import type { PlanContext } from './plan';
import type { PlannedState } from './planned-state';

export function isHandoff(tool: EngineTool | undefined): boolean {
  return tool?.kind === 'transfer' || tool?.kind === 'hand_back';
}

/** Why a tool that the agent has is not offered here; undefined where it has none of that name. */
export function withheld(
  name: string,
  { agent, child, depth = 0 }: PlanContext,
): { readonly reason: RejectionReason; readonly message: string } | undefined {
  if (!agent.tools.has(name) && !agent.handoffs.has(name) && !agent.delegates.has(name)) return undefined;
  if (!isGranted(child?.grants, name)) {
    const message = `${name} is not granted to this session, and it did not run. Go on without it, or say that it is needed.`;
    return { reason: 'not_permitted', message };
  }
  if (agent.handoffs.has(name) && child?.role === 'delegate') {
    const message = `${name} did not run: the agent ${child.from} asked you, and you cannot hand its user over. Come back to it with what you have.`;
    return { reason: 'not_permitted', message };
  }
  if (agent.delegates.has(name) && isTooDeep(agent, depth)) {
    const message = `${name} did not run: this session is ${depth} delegations deep, and at most ${agent.policy.children?.depth} are allowed. Do it yourself, or come back with what you have.`;
    return { reason: 'limit', message };
  }
  return undefined;
}

type Made =
  | { readonly ok: true; readonly call: FamilyCall }
  | { readonly ok: false; readonly reason: 'not_permitted' | 'invalid_arguments'; readonly problem: string };

export async function planEngineCall(
  call: CallAsked,
  tool: EngineTool,
  context: PlanContext,
  state: PlannedState,
): Promise<Planned> {
  const { name, input, schema } = tool;
  const accepted = await acceptArguments({ input, effect: 'idempotent' }, schema.parameters, call.asked.arguments);
  if (!accepted.ok) return refuseArguments(call, name, accepted);
  const { args, output } = accepted;
  const made = await make(
    { id: call.id, tool: name, summary: callSummary({ name }, args, output) },
    tool,
    args,
    output,
    context,
    state,
  );
  if (made.ok) return { call: made.call, kept: call.kept(canonicalJson(args)) };
  if (made.reason === 'invalid_arguments') return refuseArguments(call, name, made);
  return call.refuse(made.reason, `${name} did not run: ${made.problem}.`);
}

type Common = Pick<FamilyCall, 'id' | 'tool' | 'summary'>;

async function make(
  common: Common,
  tool: EngineTool,
  args: JsonObject,
  output: unknown,
  context: PlanContext,
  state: PlannedState,
): Promise<Made> {
  switch (tool.kind) {
    case 'state': {
      const draft = args as StateDraft;
      const problem = state.take(draft);
      return problem === null ? { ok: true, call: { kind: 'state', ...common, draft } } : invalid(problem);
    }
    case 'give_result':
      if (state.taken.result) return forbidden('one result is given, and an earlier call of this answer gives it');
      state.taken.result = true;
      return { ok: true, call: { kind: 'result', ...common, value: args } };
    case 'transfer':
    case 'hand_back': {
      if (state.taken.transfer)
        return forbidden('the user is handed over one at a time, and an earlier call of this answer does it');
      const problem = briefProblem(args, 'the brief');
      if (problem !== null) return invalid(problem);
      const made =
        tool.kind === 'transfer'
          ? await transfer(common, tool.handoff, args, context, state)
          : handBack(common, args, context, state);
      if (made.ok) state.taken.transfer = true;
      return made;
    }
    case 'delegate':
      return delegate(common, tool, args, output, context, state);
  }
}

const invalid = (problem: string): Made => ({ ok: false, reason: 'invalid_arguments', problem });
const forbidden = (problem: string): Made => ({ ok: false, reason: 'not_permitted', problem });

/** What a handoff and a delegation share: the target, what it is granted and what it is given of the state. */
type Given = Pick<TransferCall, 'to' | 'taskQueue' | 'own' | 'grants' | 'acceptMs'>;

async function given(
  target: Handoff | Delegation,
  { agent, child, registry }: PlanContext,
  state: PlannedState,
): Promise<{ readonly ok: true; readonly given: Given } | Extract<Made, { ok: false }>> {
  const { to, taskQueue, acceptMs } = target;
  const widening = wideningProblem(child?.grants, target.grants);
  if (widening !== null) return { ok: false, reason: 'not_permitted', problem: widening };
  const handed = await handedOwn(target, state.own, registry);
  if (!handed.ok) {
    // No other arguments would make it fit.
    const first = agent.state === undefined ? '' : `change the state with ${UPDATE_STATE_TOOL} first, or `;
    return { ok: false, reason: 'not_permitted', problem: `${handed.problem}; ${first}go on yourself` };
  }
  const grants = shrunk(child?.grants, target.grants);
  return {
    ok: true,
    given: {
      to,
      ...(taskQueue === undefined ? {} : { taskQueue }),
      own: handed.own,
      ...(grants === undefined ? {} : { grants }),
      ...(acceptMs === undefined ? {} : { acceptMs }),
    },
  };
}

async function transfer(
  common: Common,
  handoff: Handoff,
  brief: JsonObject,
  context: PlanContext,
  state: PlannedState,
): Promise<Made> {
  const made = await given(handoff, context, state);
  return made.ok ? { ok: true, call: { kind: 'transfer', ...common, ...made.given, brief } } : made;
}

/** To where the session's own state is known: it is taken in there, and what does not fit is left out. */
function handBack(common: Common, brief: JsonObject, { child }: PlanContext, { own }: PlannedState): Made {
  return { ok: true, call: { kind: 'transfer', ...common, to: child?.from ?? '', brief, own } };
}

async function delegate(
  common: Common,
  { delegation, result }: Extract<EngineTool, { kind: 'delegate' }>,
  brief: JsonObject,
  input: unknown,
  context: PlanContext,
  state: PlannedState,
): Promise<Made> {
  const large = briefProblem(brief, 'what is asked');
  if (large !== null) return invalid(large);
  const text = told(delegation, brief, input);
  if (!text.ok) return invalid(text.problem);
  const made = await given(delegation, context, state);
  if (!made.ok) return made;
  const { share } = delegation;
  return {
    ok: true,
    call: {
      kind: 'delegate',
      ...common,
      ...made.given,
      brief,
      text: text.text,
      ...(result === undefined ? {} : { result }),
      ...(share === undefined ? {} : { share }),
    },
  };
}

/** What a delegate is told. It becomes a user's message, so it must be one. */
function told(
  { to, prompt }: Delegation,
  brief: JsonObject,
  input: unknown,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string } {
  let text: unknown;
  try {
    text = prompt === undefined ? inWords(brief) : prompt(input);
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown error';
    return { ok: false, problem: `what the agent ${to} is told could not be made of them (${why})` };
  }
  const checked = checkSendRequest({ messageId: 'm', text });
  if (!checked.ok)
    return { ok: false, problem: `what the agent ${to} would be told is no message: ${checked.problem}` };
  const large = briefProblem(checked.value.text, `what the agent ${to} would be told`);
  return large === null ? { ok: true, text: checked.value.text } : { ok: false, problem: large };
}

/** A single text as it is; else one line for each. */
function inWords(brief: JsonObject): string {
  const entries = Object.entries(brief);
  const [first] = entries;
  if (first === undefined) return 'Do what you are there for.';
  const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return entries.length === 1 ? shown(first[1]) : entries.map(([name, value]) => `${name}: ${shown(value)}`).join('\n');
}
