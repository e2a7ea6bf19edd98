/** Six agents that do anything: answer, call tools, note what they know, ask one another, hand over, come to nothing. What they do follows from a seed and the call. */
import { createHash } from 'node:crypto';
import type { PlannedCall } from '../../../workflows/contracts/tool';
import type { ModelCallInput, ModelDecision, ModelTurn, SessionPolicy } from '../../../workflows/contracts/model';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { seededRandom } from '../../../testing/random';
import { modelTurn, POLICY } from '../session/scripted-moves';
import type { FamilyNode } from './family-node';

export const AGENTS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'];
export const MAX_DEPTH = 3;
export const MAX_OPEN = 4;
/** Micro-dollars. */
export const MOST_OF_A_CALL = 1_000;
/** Of what its delegates may use, whoever asks them keeps so much to itself. */
export const KEPT_BACK = 500;

export interface Tally {
  /** Micro-dollars of all answers that were given. */
  billed: number;
  readonly seen: Record<
    'transfers' | 'backs' | 'delegations' | 'refusals' | 'failures' | 'approvals' | 'limits',
    number
  >;
}

export function newTally(): Tally {
  const seen = { transfers: 0, backs: 0, delegations: 0, refusals: 0, failures: 0, approvals: 0, limits: 0 };
  return { billed: 0, seen };
}

const POLICY_OF_ALL: SessionPolicy = {
  steps: 12,
  repairs: 2,
  parallelCalls: 3,
  limits: { onLimit: 'ask', session: { handoffs: 12 } },
  detectors: {
    handoffCycle: { after: 2, ladder: ['note', 'ask', 'stop'] },
    toolFailures: { after: 4, ladder: ['note', 'stop'] },
  },
  state: { maxTokens: 500 },
  children: { depth: MAX_DEPTH, atOnce: MAX_OPEN, perStep: 3 },
};

export function randomModel(seed: number, tally: Tally): (input: ModelCallInput, node: FamilyNode) => ModelResult {
  return (input, node) => {
    const random = seededRandom(seed ^ hashOf(`${input.keyNamespace} ${input.callId} ${node.state.run}`));
    const chance = (share: number) => random() < share;
    const isFirst = input.child !== undefined && input.turn === 1 && input.step === 1;
    if (chance(isFirst ? 0.06 : 0.02)) {
      tally.seen.failures += 1;
      // What was under way then may have been billed.
      const microUsd = Math.min(input.allowance?.microUsd ?? Infinity, Math.floor(random() * MOST_OF_A_CALL));
      tally.billed += microUsd;
      const cutOff = [
        { attempt: 1, usage: { inputTokens: 0, outputTokens: 0 }, cost: { kind: 'priced', microUsd } as const },
      ];
      return { kind: 'failed', type: 'ModelUnavailable', message: 'the provider is away', cutOff };
    }
    if (isFirst && chance(0.08)) {
      tally.seen.refusals += 1;
      return { kind: 'answered', turn: priced(input, { kind: 'refuse', problem: 'what was handed does not fit' }, 0) };
    }
    const cost = 100 + Math.floor(random() * (MOST_OF_A_CALL - 100));
    const left = input.allowance?.microUsd;
    if (left !== undefined && left < cost) {
      tally.seen.limits += 1;
      return { kind: 'answered', turn: priced(input, { kind: 'limit', bound: 'microUsd', needed: cost, left }, 0) };
    }
    tally.billed += cost;
    return { kind: 'answered', turn: priced(input, decisionOf(input, node, random, tally), cost) };
  };
}

function priced(input: ModelCallInput, decision: ModelDecision, microUsd: number): ModelTurn {
  const turn = modelTurn(input, decision);
  const { item, ...rest } = turn;
  const { definition } = turn;
  return {
    ...rest,
    ...(item && decision.kind !== 'refuse' ? { item } : {}),
    ...(decision.kind === 'refuse' ? { base: input.base } : {}),
    usage: { inputTokens: 0, outputTokens: 0 },
    billed: { kind: 'priced', microUsd },
    ...(definition ? { definition: { ...definition, policy: POLICY_OF_ALL } } : {}),
  };
}

function decisionOf(input: ModelCallInput, node: FamilyNode, random: () => number, tally: Tally): ModelDecision {
  const { child, turn, step, agent, depth = 0 } = input;
  const answer: ModelDecision = { kind: 'answer', text: `${agent} answers in ${node.id} at ${turn}.${step}` };
  if (input.purpose === 'final' || step > 8) return answer;
  const calls: PlannedCall[] = [];
  const id = () => `t${turn}.s${step}.c${calls.length + 1}-${hashOf(input.keyNamespace).toString(16).slice(0, 4)}`;
  const another = () => AGENTS[Math.floor(random() * AGENTS.length)] ?? 'a0';
  const wanted = Math.floor(random() * 3);
  for (let number = 0; number < wanted; number += 1) {
    const drawn = random();
    if (drawn < 0.25) calls.push(payCall(id(), random() < 0.3, tally));
    else if (drawn < 0.55) calls.push(stateCall(id(), input, node, random));
    else if (drawn < 0.8 && depth < MAX_DEPTH + 1) {
      tally.seen.delegations += 1;
      const to = another();
      calls.push({
        kind: 'delegate',
        id: id(),
        tool: `ask_${to}`,
        summary: `ask ${to}`,
        to,
        brief: {},
        text: 'Find out.',
        // Now and then as versions planned it that kept nothing.
        ...(hashOf(input.keyNamespace) % 4 === 0 ? {} : { keeps: { modelCalls: 1, microUsd: KEPT_BACK } }),
      });
    }
  }
  const isDelegate = child?.role === 'delegate';
  if (!isDelegate && random() < 0.3) {
    const back = child !== undefined && random() < 0.4;
    const to = back ? child.from : another();
    tally.seen[back ? 'backs' : 'transfers'] += 1;
    calls.push({
      kind: 'transfer',
      id: id(),
      tool: back ? 'hand_back' : `transfer_to_${to}`,
      summary: `to ${to}`,
      to,
      brief: { why: id() },
    });
  }
  return calls.length === 0 ? answer : { kind: 'calls', calls };
}

function payCall(id: string, asks: boolean, tally: Tally): PlannedCall {
  const call = {
    id,
    tool: 'pay',
    args: { id },
    argsHash: createHash('sha256').update(id).digest('hex'),
    policy: POLICY,
    summary: `pay(${id})`,
    ledger: { name: 'default', id: 'l' },
  };
  if (!asks) return { kind: 'run', ...call };
  tally.seen.approvals += 1;
  return { kind: 'approval', ...call, approval: { reason: 'money', toolHash: 'pay', approvals: 1, stages: [{}] } };
}

function stateCall(id: string, { keyNamespace }: ModelCallInput, node: FamilyNode, random: () => number): PlannedCall {
  const open = node.state.doc.owed;
  const met = open.length > 0 && random() < 0.4 ? [open[Math.floor(random() * open.length)]?.id ?? ''] : [];
  const draft = {
    established: [{ text: `fact of ${keyNamespace} ${id}` }],
    ...(random() < 0.4 ? { opened: [`duty of ${keyNamespace} ${id}`] } : {}),
    ...(met.length > 0 ? { met } : {}),
  };
  return { kind: 'state', id, tool: 'update_state', summary: 'update_state', draft };
}

/** FNV-1a, 32 bits: a number for a text. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
