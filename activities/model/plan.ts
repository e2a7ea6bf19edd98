/**
 * From the calls a model asked for to the plan the session obeys: each call under an id of ours, either `run` with arguments
 * that passed and a policy, or `approval` with the terms on which people may let it run, or of a kind of the engine's own (plan-family.ts), or `refused` with words for
 * the model. Tools are looked up in the agent's Map and nowhere else.
 */
import type { Agent } from '../../agents/define-agent';
import type { SessionIdentity, Tool } from '../../agents/define-tool';
import { HEARTBEAT_MS, type Profile } from '../../agents/policies';
import type { Registry } from '../../agents/registry';
import type { AssistantCall } from '../../workflows/contracts/conversation';
import { canonicalJson } from '../../workflows/contracts/json';
import type { Slice } from '../../workflows/contracts/handoff';
import type { StateDoc } from '../../workflows/contracts/state';
import type { CallPolicy, CallToRun, LedgerRef, PlannedCall } from '../../workflows/contracts/tool';
import { approvalTerms, type Asking } from '../approvals/approval-terms';
import { DEFAULT_LEDGER } from '../ledger/call-identity';
import { acceptArguments } from './accept-arguments';
import { callAsked, refuseArguments, sha256, type CallAsked, type Planned } from './asked-call';
import { callSummary } from './call-summary';
import type { EngineTool, SessionTerms } from './engine-tools';
import { isHandoff, planEngineCall, withheld } from './plan-family';
import { PlannedState } from './planned-state';
import { nearestNames } from './nearest-names';
import type { AskedCall } from './provider';
import type { ToolSchema } from './tool-schema';

/** Most calls of one answer that are looked at; the rest is refused. */
export const MAX_CALLS = 64;
/** Names listed in a refusal. */
const MAX_NAMES = 64;

export interface PlanContext extends SessionTerms {
  readonly agent: Agent;
  /** By tool name: the agent's own that are offered. */
  readonly schemas: ReadonlyMap<string, ToolSchema>;
  /** By tool name: those that the engine offers. Absent: none. */
  readonly engine?: ReadonlyMap<string, EngineTool>;
  /** The agents of this worker; absent: no other is known. */
  readonly registry?: Registry;
  /** The session's state when the model was asked. Absent: nothing is known. */
  readonly state?: StateDoc;
  readonly profile: Profile;
  readonly session: SessionIdentity;
  /** When the model was first asked, ms since the epoch. */
  readonly now: number;
  /** How people are asked; absent: unsigned, and nobody is notified. */
  readonly asking?: Asking;
  readonly turn: number;
  readonly step: number;
  /** Fingerprint of the whole answer, so that another answer never repeats a call id. */
  readonly answer: string;
  /** What the agent keeps back of its bounds where it asks so many others. Absent: nothing. */
  readonly keeps?: (asked: number) => Slice;
  /** The ledger of a tool by its name. @throws where this worker has none of that name. */
  readonly ledger: (name: string) => LedgerRef;
}

export interface Plan {
  readonly calls: readonly PlannedCall[];
  /** The same calls as the conversation keeps them; every provider accepts these back. */
  readonly asked: readonly AssistantCall[];
}

export async function planCalls(asked: readonly AskedCall[], context: PlanContext): Promise<Plan> {
  const state = new PlannedState(context);
  const planned = new Map<number, Planned>();
  const plan = async (handoffs: boolean): Promise<void> => {
    for (const [index, call] of asked.entries()) {
      if (isHandoff(context.engine?.get(call.tool)) !== handoffs) continue;
      planned.set(index, await planCall(callAsked(call, index, context), index, context, state));
    }
  };
  await plan(false);
  // A handoff runs last, so it goes with what the answer's other calls make of the state.
  await plan(true);
  const inOrder = asked.map((_, index) => planned.get(index) as Planned);
  const calls = inOrder.map(({ call }) => call);
  const keeps = context.keeps?.(calls.filter(({ kind }) => kind === 'delegate').length);
  return {
    calls: keeps ? calls.map((call) => (call.kind === 'delegate' ? { ...call, keeps } : call)) : calls,
    asked: inOrder.map(({ kept }) => kept),
  };
}

async function planCall(call: CallAsked, index: number, context: PlanContext, state: PlannedState): Promise<Planned> {
  if (index >= MAX_CALLS)
    return call.refuse(
      'limit',
      `At most ${MAX_CALLS} tool calls are taken from one answer; this one did not run. Ask again for what is still needed.`,
    );
  const { agent, schemas, engine } = context;
  const name = call.asked.tool;
  const tool = agent.tools.get(name);
  const schema = schemas.get(name);
  if (tool && schema) return planToolCall(call, tool, schema, context);
  const offered = engine?.get(name);
  if (offered) return planEngineCall(call, offered, context, state);
  const known = withheld(name, context);
  if (known) return call.refuse(known.reason, known.message);
  return call.refuse('unknown_tool', unknownTool(call.shown, name, [...schemas.keys(), ...(engine?.keys() ?? [])]));
}

async function planToolCall(call: CallAsked, tool: Tool, schema: ToolSchema, context: PlanContext): Promise<Planned> {
  const accepted = await acceptArguments(tool, schema.parameters, call.asked.arguments);
  if (!accepted.ok) return refuseArguments(call, tool.name, accepted);
  const text = canonicalJson(accepted.args);
  const toRun: CallToRun = {
    id: call.id,
    tool: tool.name,
    args: accepted.args,
    argsHash: sha256(text),
    ...(accepted.coercions.length > 0 ? { coercions: accepted.coercions } : {}),
    policy: policyOf(tool, context.profile),
    ...(tool.effect === 'read' ? {} : { ledger: context.ledger(tool.ledger ?? DEFAULT_LEDGER) }),
    summary: callSummary(tool, accepted.args, accepted.output),
  };
  // After the summary: a rule that changes what it is given must not change what people are shown.
  const { session, turn, step, now, asking } = context;
  const terms = approvalTerms(tool, accepted.output, { session, turn, step, now: new Date(now) }, asking);
  return {
    call: terms === undefined ? { kind: 'run', ...toRun } : { kind: 'approval', ...toRun, approval: terms },
    kept: call.kept(text),
  };
}

function unknownTool(shown: string, name: string, names: readonly string[]): string {
  const near = nearestNames(name, names).map((one) => JSON.stringify(one));
  const meant = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
  const listed = names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '');
  return `There is no tool named "${shown}", and nothing ran.${meant} ${names.length > 0 ? `The tools are: ${listed}.` : 'This agent has no tools.'}`;
}

function policyOf(tool: Tool, profile: Profile): CallPolicy {
  return {
    effect: tool.effect,
    startToCloseMs: tool.startToCloseMs,
    heartbeatMs: tool.heartbeatMs ?? HEARTBEAT_MS[profile],
    attempts: tool.attempts,
    initialIntervalMs: tool.initialIntervalMs,
    backoff: tool.backoff,
    maxIntervalMs: tool.maxIntervalMs,
    rolloutWindowMs: tool.rolloutWindowMs,
    maxResultBytes: tool.maxResultBytes,
    ...(tool.taskQueue === undefined ? {} : { taskQueue: tool.taskQueue }),
    ...(tool.compensation === undefined ? {} : { compensates: true }),
    ...(tool.usesState === true ? { usesState: true } : {}),
  };
}
