/**
 * From the calls a model asked for to the plan the session obeys: each call under an id of ours, either `run` with arguments
 * that passed and a policy, or `approval` with the terms on which people may let it run, or `refused` with words for the model. Tools are looked up in the agent's Map and nowhere else.
 */
import { createHash } from 'node:crypto';
import type { Agent } from '../../agents/define-agent';
import type { SessionIdentity, Tool } from '../../agents/define-tool';
import { HEARTBEAT_MS, type Profile } from '../../agents/policies';
import type { AssistantCall } from '../../workflows/contracts/conversation';
import { inertLine } from '../../workflows/contracts/display';
import { canonicalJson, utf8Length } from '../../workflows/contracts/json';
import type { CallPolicy, CallToRun, LedgerRef, PlannedCall, RejectionReason } from '../../workflows/contracts/tool';
import { approvalTerms, type Asking } from '../approvals/approval-terms';
import { DEFAULT_LEDGER } from '../ledger/call-identity';
import { acceptArguments } from './accept-arguments';
import { callSummary } from './call-summary';
import { nearestNames } from './nearest-names';
import type { AskedCall } from './provider';
import { MAX_ARGUMENTS_BYTES } from './read-arguments';
import { readStrictJson } from './strict-json';
import type { ToolSchema } from './tool-schema';

/** Most calls of one answer that are looked at; the rest is refused. */
export const MAX_CALLS = 64;
/** Longest arguments text of a refused call that stays in the conversation, UTF-8 bytes: it is sent again at each step. */
const MAX_KEPT_BYTES = 16 * 1024;
/** Length of what is kept of arguments that are no JSON object, characters. */
const MAX_UNPARSED = 2000;
/** Names listed in a refusal. */
const MAX_NAMES = 64;

export interface PlanContext {
  readonly agent: Agent;
  /** By tool name. */
  readonly schemas: ReadonlyMap<string, ToolSchema>;
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
  /** The ledger of a tool by its name. @throws where this worker has none of that name. */
  readonly ledger: (name: string) => LedgerRef;
}

export interface Plan {
  readonly calls: readonly PlannedCall[];
  /** The same calls as the conversation keeps them; every provider accepts these back. */
  readonly asked: readonly AssistantCall[];
}

export async function planCalls(asked: readonly AskedCall[], context: PlanContext): Promise<Plan> {
  const planned: { call: PlannedCall; kept: AssistantCall }[] = [];
  for (const [index, call] of asked.entries()) planned.push(await planCall(call, index, context));
  return { calls: planned.map(({ call }) => call), asked: planned.map(({ kept }) => kept) };
}

async function planCall(
  call: AskedCall,
  index: number,
  context: PlanContext,
): Promise<{ call: PlannedCall; kept: AssistantCall }> {
  const hash = sha256(JSON.stringify([call.tool, call.arguments, context.answer])).slice(0, 8);
  const id = `t${context.turn}.s${context.step}.c${index + 1}-${hash}`;
  const shownName = inertLine(call.tool, 64);
  const kept = (text: string): AssistantCall => ({ id, tool: acceptableName(call.tool), arguments: text });
  const refuse = (reason: RejectionReason, message: string, coercions: PlannedCall['coercions'] = []) => ({
    call: {
      kind: 'refused' as const,
      id,
      tool: shownName,
      outcome: { kind: 'rejected' as const, reason, message },
      ...(coercions.length > 0 ? { coercions } : {}),
      summary: `${shownName}: refused, ${reason.replaceAll('_', ' ')}`,
    },
    kept: kept(keptArguments(call.arguments)),
  });

  if (index >= MAX_CALLS)
    return refuse(
      'limit',
      `At most ${MAX_CALLS} tool calls are taken from one answer; this one did not run. Ask again for what is still needed.`,
    );
  const tool = context.agent.tools.get(call.tool);
  const schema = context.schemas.get(call.tool);
  if (!tool || !schema)
    return refuse('unknown_tool', unknownTool(shownName, call.tool, [...context.agent.tools.keys()]));

  const accepted = await acceptArguments(tool, schema.parameters, call.arguments);
  if (!accepted.ok) {
    const message = `The arguments of ${tool.name} were not accepted, and it did not run: ${inertLines(accepted.problem)}. Call it again with arguments that fit.`;
    return refuse('invalid_arguments', message, accepted.coercions);
  }
  const text = canonicalJson(accepted.args);
  const toRun: CallToRun = {
    id,
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
    kept: kept(text),
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** A refusal may quote what the model wrote; it stays one line and shows what cannot be seen. */
const inertLines = (text: string) => inertLine(text, 4000);

function unknownTool(shown: string, name: string, names: readonly string[]): string {
  const near = nearestNames(name, names).map((one) => JSON.stringify(one));
  const meant = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
  const listed = names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '');
  return `There is no tool named "${shown}", and nothing ran.${meant} ${names.length > 0 ? `The tools are: ${listed}.` : 'This agent has no tools.'}`;
}

/** Providers refuse a conversation that holds a function name outside [A-Za-z0-9_-]{1,64}; the look-up has happened by then. */
function acceptableName(name: string): string {
  return name.slice(0, 64).replace(/[^A-Za-z0-9_-]/g, '_') || 'unnamed';
}

/** What stays in the conversation of arguments that were refused: themselves where they are a JSON object, else held as text. */
function keptArguments(text: string): string {
  if (text.length <= MAX_ARGUMENTS_BYTES && utf8Length(text) <= MAX_KEPT_BYTES) {
    const read = readStrictJson(text);
    if (read.ok && read.value instanceof Map) return text;
  }
  const cut = text.length > MAX_UNPARSED ? `${text.slice(0, MAX_UNPARSED)}… (cut)` : text;
  return JSON.stringify({ unparsed: cut.replace(/\p{Surrogate}/gu, '\ufffd') });
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
  };
}
