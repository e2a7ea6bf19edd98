/**
 * The script of a model: what it answers to what, decided by the content of the request alone. A request that is sent again
 * (a retry after a crash) therefore gets the same answer, which a server that counts requests could not promise.
 */
import type { JsonObject } from '../workflows/contracts/json';

export interface ScriptedCall {
  readonly tool: string;
  /** A text is sent as it is: how a script makes a model send what is not JSON. */
  readonly arguments: JsonObject | string;
}

export interface ScriptedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

interface Common {
  /** Default: estimated from the lengths of the request and of the answer, four characters a token. */
  readonly usage?: ScriptedUsage;
}

export type ScriptedAnswer =
  | (Common & { readonly kind: 'text'; readonly text: string; readonly finishReason?: string })
  | (Common & { readonly kind: 'calls'; readonly calls: readonly ScriptedCall[]; readonly text?: string })
  /** An HTTP error; `retryAfter` in seconds goes into the header of a 429. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly message: string;
      readonly code?: string;
      readonly retryAfter?: number;
    };

/** A tool's outcome as the model was told it. */
export interface ToolResult {
  /** Empty where no call of that id is in the request. */
  readonly tool: string;
  readonly callId: string;
  readonly text: string;
  /** `text` parsed, or its first line where a note follows; undefined where it is not JSON. */
  readonly json: unknown;
}

/** A request, read: what an answer may depend on. */
export interface ScriptedRequest {
  readonly model: string;
  /** System and developer messages, joined by newlines. */
  readonly system: string;
  /** The last user message. */
  readonly user: string;
  /** How often the model has answered since that message. */
  readonly position: number;
  /** Outcomes since that message, oldest first. */
  readonly results: readonly ToolResult[];
  /** All outcomes in the request, oldest first. */
  readonly history: readonly ToolResult[];
  /** System messages that came after the user's, oldest first: the engine's notes to the model. */
  readonly notes: readonly string[];
  /** Names of the tools the request lets the model call. */
  readonly tools: readonly string[];
}

export type AnswerRule = ScriptedAnswer | ((request: ScriptedRequest) => ScriptedAnswer);

export interface ScriptTurn {
  /** The user's message: a text is compared whole, white space and case aside. */
  readonly user: string | RegExp;
  /** Also the system and developer messages must match: tells agents apart whose users say the same. The first of them comes first. */
  readonly system?: RegExp;
  /** The n-th one answers when the model has answered n times since the user's message. */
  readonly answers: readonly AnswerRule[];
}

export interface Script {
  /** Said in errors. */
  readonly name: string;
  /** The first that matches is taken. */
  readonly turns: readonly ScriptTurn[];
  /** Answers user messages that no turn matches; without it they get an HTTP 400 that says so. */
  readonly fallback?: (request: ScriptedRequest) => ScriptedAnswer;
}

/** Answers with a text. */
export function says(text: string): ScriptedAnswer {
  return { kind: 'text', text };
}

/** Asks for tools, in parallel where there are several. */
export function callsTools(...calls: readonly ScriptedCall[]): ScriptedAnswer {
  return { kind: 'calls', calls };
}

/** Asks for one tool. */
export function callsTool(tool: string, args: JsonObject | string): ScriptedAnswer {
  return callsTools({ tool, arguments: args });
}

/** Fails with an HTTP status. */
export function failsWith(status: number, message: string, retryAfter?: number): ScriptedAnswer {
  return { kind: 'error', status, message, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

/** The last outcome of a tool in the request, in this turn or an earlier one. */
export function lastResult(request: ScriptedRequest, tool: string): ToolResult | undefined {
  return request.history.findLast((result) => result.tool === tool);
}
