/** What a scripted model and its tools say. */
import type { AssistantItem } from '../../../workflows/contracts/conversation';
import type { ModelCallInput, ModelDecision, ModelTurn } from '../../../workflows/contracts/model';
import type { PlannedCall, ToolCallReport } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import type { RunnableCall } from '../../../workflows/session/tool-calls';

export const POLICY = {
  effect: 'idempotent',
  startToCloseMs: 60_000,
  heartbeatMs: 3_000,
  attempts: 3,
  initialIntervalMs: 500,
  backoff: 2,
  maxIntervalMs: 10_000,
  rolloutWindowMs: 600_000,
  maxResultBytes: 32_768,
} as const;

export function plannedCall(id: string, tool = 'book'): RunnableCall {
  return { kind: 'run', id, tool, args: {}, argsHash: 'h', policy: POLICY, summary: `${tool}()` };
}

/** What a scripted model does at one call. */
export type Move =
  | { readonly kind: 'answer'; readonly text: string }
  | { readonly kind: 'calls'; readonly calls: readonly PlannedCall[]; readonly text?: string }
  | { readonly kind: 'repair'; readonly problem: string; readonly cause?: 'empty' }
  | Extract<ModelDecision, { readonly kind: 'limit' }>
  | Exclude<ModelResult, { kind: 'answered' }>;

export function modelTurn(input: ModelCallInput, decision: ModelDecision, text: string | null = null): ModelTurn {
  const calls =
    decision.kind === 'calls'
      ? decision.calls.map((call) => ({ id: call.id, tool: call.tool, arguments: '{}' }))
      : undefined;
  const item: AssistantItem | undefined =
    decision.kind === 'repair' || decision.kind === 'limit'
      ? undefined
      : {
          kind: 'assistant',
          turn: input.turn,
          step: input.step,
          agent: input.agent,
          text: decision.kind === 'answer' ? decision.text : text,
          ...(calls ? { calls } : {}),
        };
  return {
    model: 'scripted-1',
    tokens: '10→5',
    cost: '$0.0010',
    decision,
    item,
    base: { length: input.base.length + input.items.length + (item ? 1 : 0), digest: `d${input.turn}.${input.step}` },
    usage: { inputTokens: 10, outputTokens: 5 },
    billed: { kind: 'priced', microUsd: 1000 },
    definitionHash: 'def-1',
    definition: {
      agent: input.agent,
      api: 'chat',
      model: 'scripted-1',
      tools: [],
      parameters: {},
      policy: { steps: 3, repairs: 1, parallelCalls: 2 },
    },
    ledgers: { default: 'ledger-1' },
    provider: { name: 'scripted', attempt: 1 },
  };
}

export const SUCCEEDED: ToolCallReport = { outcome: { kind: 'succeeded', result: 'done' }, attempt: 1, ledger: 'ran' };
