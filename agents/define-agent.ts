/** What a user writes to define an agent: instructions, a model, tools and other agents. No Temporal here. */
import type { ChildRole } from '../workflows/contracts/handoff';
import type { MessagePolicy, OnStop, SessionPolicy } from '../workflows/contracts/model';
import { AGENT_NAME_PATTERN } from '../workflows/contracts/names';
import type { SessionIdentity, Tool } from './define-tool';
import { detectorsOf, type AgentDetectors } from './detectors';
import { familyOf, type AgentFamily, type Family } from './family';
import { limitPolicyOf, spendingBounds, type AgentLimits } from './limits';
import { modelSpecOf, outputBoundOf, outputCapProblem, type ModelSpec } from './model-spec';

/** What instructions may depend on. `now` is the time the call was scheduled, which history has, so a prompt can be rebuilt. */
export interface InstructionsContext {
  readonly now: Date;
  readonly session: SessionIdentity;
  readonly turn: number;
  /** Set in a child: which agent handed over, and whether the user talks with this one now (`transfer`) or that agent asked it (`delegate`). */
  readonly handoff?: { readonly from: string; readonly role: ChildRole };
}

export interface AgentSpec extends AgentFamily {
  readonly name: string;
  /** The system prompt, or a pure function of the context that renders it for each step. */
  readonly instructions: string | ((context: InstructionsContext) => string);
  readonly model: string | ModelSpec;
  /** Asked for the rest of a turn in which `model` gets nowhere; with the same instructions and tools. */
  readonly strongerModel?: string | ModelSpec;
  readonly tools?: readonly Tool[];
  /** Defaults: 10 steps a turn, 3 repairs a turn, 8 calls at once; where a bound is met, a person is asked. */
  readonly limits?: AgentLimits;
  /** What is noticed of a model that goes in circles, and what is done about it. All are on by default. */
  readonly detectors?: AgentDetectors;
  /** What becomes of what a turn did when it is stopped. Default `keep`. */
  readonly onStop?: OnStop;
  /** What becomes of a message that the user sends while a turn runs. Default `queue`. A session may say otherwise. */
  readonly messages?: MessagePolicy;
  /** `withdraw`: a message of the user's takes back the calls that wait for approval. Default: the message waits behind them. */
  readonly whileWaiting?: 'withdraw';
}

export interface Agent extends Pick<Family, 'state' | 'handoffs' | 'delegates'> {
  readonly name: string;
  readonly instructions: AgentSpec['instructions'];
  readonly model: ModelSpec;
  readonly strongerModel?: ModelSpec;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly policy: SessionPolicy;
}

const ON_STOP: readonly OnStop[] = ['keep', 'compensate'];
const MESSAGES: readonly MessagePolicy[] = ['queue', 'steer', 'interrupt'];

/**
 * Defines an agent.
 * @throws TypeError that names the agent and the field.
 */
export function defineAgent(spec: AgentSpec): Agent {
  const here = `agent ${JSON.stringify(spec.name)}`;
  if (typeof spec.name !== 'string' || !AGENT_NAME_PATTERN.test(spec.name)) {
    throw new TypeError(`${here}: a name is 1 to 64 characters of A-Z a-z 0-9 _ -`);
  }
  if (typeof spec.instructions !== 'function' && (typeof spec.instructions !== 'string' || !spec.instructions.trim())) {
    throw new TypeError(`${here}: instructions must be a text or a function that returns one`);
  }
  const model = modelSpecOf(spec.model, `${here}: model`);
  const stronger =
    spec.strongerModel === undefined ? undefined : modelSpecOf(spec.strongerModel, `${here}: strongerModel`);
  const tools = new Map<string, Tool>();
  for (const tool of spec.tools ?? []) {
    if (tools.has(tool.name)) throw new TypeError(`${here}: two tools are named ${JSON.stringify(tool.name)}`);
    tools.set(tool.name, tool);
  }
  if (spec.onStop !== undefined && !ON_STOP.includes(spec.onStop)) {
    throw new TypeError(`${here}: onStop must be one of ${ON_STOP.join(', ')}, got ${JSON.stringify(spec.onStop)}`);
  }
  if (spec.messages !== undefined && !MESSAGES.includes(spec.messages)) {
    throw new TypeError(
      `${here}: messages must be one of ${MESSAGES.join(', ')}, got ${JSON.stringify(spec.messages)}`,
    );
  }
  if (spec.whileWaiting !== undefined && spec.whileWaiting !== 'withdraw') {
    throw new TypeError(
      `${here}: whileWaiting must be "withdraw" or left out, got ${JSON.stringify(spec.whileWaiting)}`,
    );
  }
  const { policy: familyPolicy, ...family } = familyOf(spec, tools, here);
  const handsOver = family.handoffs.size > 0;
  const policy: SessionPolicy = {
    ...limitPolicyOf(spec.limits, here, handsOver),
    detectors: detectorsOf(spec.detectors, here, handsOver),
    // Only where it is given: the policy is part of the definition, whose hash history keeps.
    ...(stronger === undefined ? {} : { strongerModel: true }),
    ...(spec.onStop === undefined ? {} : { onStop: spec.onStop }),
    ...(spec.messages === undefined ? {} : { messages: spec.messages }),
    ...(spec.whileWaiting === undefined ? {} : { whileWaiting: spec.whileWaiting }),
    ...familyPolicy,
  };
  checkReservable(policy, model, `${here}: model`);
  if (stronger !== undefined) checkReservable(policy, stronger, `${here}: strongerModel`);
  return { name: spec.name, instructions: spec.instructions, model, strongerModel: stronger, tools, policy, ...family };
}

/** Tokens and money are reserved before a call is made, with the most it may take; whether the model has a price is checked where the prices are. */
function checkReservable({ limits = {} }: SessionPolicy, model: ModelSpec, place: string): void {
  const [bounded] = spendingBounds(limits);
  const problem = bounded === undefined ? null : outputCapProblem(model, place);
  if (problem !== null) throw new TypeError(problem);
  const output = outputBoundOf(model);
  if (bounded !== undefined && output === undefined) {
    throw new TypeError(
      `${place}.maxOutputTokens is missing: ${bounded.place} is reserved before each call, which takes a bound on what the model may answer`,
    );
  }
  const perCall = limits.call?.tokens;
  if (output !== undefined && perCall !== undefined && output > perCall) {
    throw new TypeError(`${place}.maxOutputTokens is ${output}, above limits.call.tokens, which is ${perCall}`);
  }
}
