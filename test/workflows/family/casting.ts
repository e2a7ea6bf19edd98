/** What models answer in small families. */
import type { ModelCallInput, ModelDecision, SessionPolicy } from '../../../workflows/contracts/model';
import type { PlannedCall } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { modelTurn, plannedCall } from '../session/scripted-moves';
import { ticks } from './family-node';
import type { FamilyWorld } from './family-world';

export const POLICY = {
  steps: 20,
  repairs: 2,
  parallelCalls: 4,
  limits: { onLimit: 'stop' },
  state: { maxTokens: 500 },
  children: { depth: 3, atOnce: 8, perStep: 8 },
} as const;

/** An answer of a model that costs so much. */
export function told(
  input: ModelCallInput,
  decision: ModelDecision,
  microUsd = 10,
  policy: SessionPolicy = POLICY,
): ModelResult {
  const turn = modelTurn(input, decision);
  const { definition } = turn;
  return {
    kind: 'answered',
    turn: {
      ...turn,
      usage: { inputTokens: 0, outputTokens: 0 },
      billed: { kind: 'priced', microUsd },
      ...(definition ? { definition: { ...definition, policy } } : {}),
    },
  };
}

export function says(input: ModelCallInput, text = `${input.agent} answers`): ModelResult {
  return told(input, { kind: 'answer', text });
}

export function calls(input: ModelCallInput, ...wanted: readonly PlannedCall[]): ModelResult {
  return told(input, { kind: 'calls', calls: wanted });
}

export function idIn({ turn, step }: ModelCallInput, number = 1): string {
  return `t${turn}.s${step}.c${number}-x`;
}

export function transfer(input: ModelCallInput, to: string, more: object = {}): PlannedCall {
  return { kind: 'transfer', id: idIn(input), tool: `transfer_to_${to}`, summary: `to ${to}`, to, brief: {}, ...more };
}

export function ask(input: ModelCallInput, number: number, to: string, more: object = {}): PlannedCall {
  const id = idIn(input, number);
  return { kind: 'delegate', id, tool: `ask_${to}`, summary: `ask ${to}`, to, brief: {}, text: 'Find out.', ...more };
}

/** Hash of the arguments of what `approval` makes. */
export const SEEN = 'a'.repeat(64);

/** A call that waits for a person. */
export function approval(input: ModelCallInput, number = 1): PlannedCall {
  const { kind: _, ...call } = plannedCall(idIn(input, number), 'pay');
  const terms = { reason: 'money', toolHash: 'pay', approvals: 1, stages: [{}] };
  return { ...call, kind: 'approval', argsHash: SEEN, ledger: { name: 'default', id: 'l' }, approval: terms };
}

/** Waits a while for something, and goes on without it. @returns undefined where it did not come. */
export async function within<T>(world: FamilyWorld, awaited: Promise<T>, rounds = 400): Promise<T | undefined> {
  let got: { readonly value: T } | undefined;
  void awaited.then((value) => (got = { value }));
  for (let round = 0; round < rounds && !got; round += 1) {
    await ticks(2);
    if (world.broken.length > 0) throw world.broken[0];
  }
  return got?.value;
}
