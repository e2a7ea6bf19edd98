/** A call as the model asked for it, under an id of ours: what every kind of planned call begins with. */
import { createHash } from 'node:crypto';
import type { AssistantCall } from '../../workflows/contracts/conversation';
import { inertLine } from '../../workflows/contracts/display';
import { utf8Length } from '../../workflows/contracts/json';
import type { Coercion, PlannedCall, RejectionReason } from '../../workflows/contracts/tool';
import type { AskedCall } from './provider';
import { MAX_ARGUMENTS_BYTES } from './read-arguments';
import { readStrictJson } from './strict-json';

/** Longest arguments text of a refused call that stays in the conversation, UTF-8 bytes: it is sent again at each step. */
const MAX_KEPT_BYTES = 16 * 1024;
/** Length of what is kept of arguments that are no JSON object, characters. */
const MAX_UNPARSED = 2000;

/** A call as it is planned, and as the conversation keeps it. */
export interface Planned {
  readonly call: PlannedCall;
  readonly kept: AssistantCall;
}

export interface CallAsked {
  readonly id: string;
  readonly asked: AskedCall;
  /** The tool's name as it may be shown. */
  readonly shown: string;
  /** @param text the arguments' JSON text as the model is shown it from now on. */
  kept(text: string): AssistantCall;
  /** @param message words a model can act on. */
  refuse(reason: RejectionReason, message: string, coercions?: readonly Coercion[]): Planned;
}

/**
 * @param index of the call in the answer.
 * @param answer fingerprint of the whole answer.
 */
export function callAsked(
  asked: AskedCall,
  index: number,
  { turn, step, answer }: { readonly turn: number; readonly step: number; readonly answer: string },
): CallAsked {
  const hash = sha256(JSON.stringify([asked.tool, asked.arguments, answer])).slice(0, 8);
  const id = `t${turn}.s${step}.c${index + 1}-${hash}`;
  const shown = inertLine(asked.tool, 64);
  const kept = (text: string): AssistantCall => ({ id, tool: acceptableName(asked.tool), arguments: text });
  return {
    id,
    asked,
    shown,
    kept,
    refuse: (reason, message, coercions = []) => ({
      call: {
        kind: 'refused',
        id,
        tool: shown,
        outcome: { kind: 'rejected', reason, message },
        ...(coercions.length > 0 ? { coercions } : {}),
        summary: `${shown}: refused, ${reason.replaceAll('_', ' ')}`,
      },
      kept: kept(keptArguments(asked.arguments)),
    }),
  };
}

/** The refusal of a call whose arguments did not pass. */
export function refuseArguments(
  call: CallAsked,
  tool: string,
  { problem, coercions }: { readonly problem: string; readonly coercions?: readonly Coercion[] },
): Planned {
  const message = `The arguments of ${tool} were not accepted, and it did not run: ${inertLine(problem, MAX_PROBLEM)}. Call it again with arguments that fit.`;
  return call.refuse('invalid_arguments', message, coercions);
}

/** A refusal may quote what the model wrote; it stays one line and shows what cannot be seen. */
const MAX_PROBLEM = 4000;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
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
