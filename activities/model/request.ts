/**
 * A request as a value and as the bytes that are sent. Those are made of parts, one for each item of the conversation, which are kept with the
 * items: a conversation of 2 MB is not made into JSON again at each of 1,000 steps.
 */
import type { ConversationItem } from '../../workflows/contracts/conversation';
import type { JsonObject } from '../../workflows/contracts/json';
import type { DefinitionRecord, ModelCallPurpose } from '../../workflows/contracts/model';
import { inProviderOrder, type Spoken } from './conversation-order';
import { renderState, stateOf } from './render-state';
import { countTokens } from './token-estimate';

/** What tells one provider protocol from another in a request. Pure. */
export interface Protocol {
  readonly name: 'chat' | 'responses';
  /** The field that holds the conversation. */
  readonly list: string;
  /** The fields of a request in their order, `list` with what comes before the conversation. */
  readonly frame: (definition: DefinitionRecord, instructions: string, purpose: ModelCallPurpose) => Frame;
  readonly messagesOf: (spoken: Spoken) => readonly JsonObject[];
}

export interface Frame {
  readonly [field: string]: JsonObject[string] | readonly JsonObject[];
}

export type RequestParts = readonly [
  definition: DefinitionRecord,
  /** The system prompt of this call. */
  instructions: string,
  items: readonly ConversationItem[],
  purpose: ModelCallPurpose,
];

/** The body of a request. From the same arguments the same bytes, so that history can rebuild every request. */
export function buildRequest(
  protocol: Protocol,
  ...[definition, instructions, items, purpose]: RequestParts
): JsonObject {
  const frame = protocol.frame(definition, instructions, purpose);
  const first = frame[protocol.list] as readonly JsonObject[];
  const messages = inProviderOrder(items).spoken.flatMap(protocol.messagesOf);
  return { ...frame, [protocol.list]: [...first, ...messages, ...stateMessages(protocol, definition, items)] };
}

/** The session's state, behind all else: it changes at nearly every step, and what is before it stays in the provider's cache. */
function stateMessages(
  protocol: Protocol,
  { policy }: DefinitionRecord,
  items: readonly ConversationItem[],
): readonly JsonObject[] {
  const text = policy.state && renderState(stateOf(items), policy.state.maxTokens);
  if (text === undefined) return [];
  return protocol.messagesOf({
    kind: 'note',
    item: { kind: 'note', turn: 0, audience: 'model', reason: 'state', text },
  });
}

/** A request as it is sent: byte for byte the JSON of `buildRequest`, UTF-8. */
export interface RenderedRequest {
  readonly body: Uint8Array;
  /** Length of the body. */
  readonly bytes: number;
  /** Length of its text, UTF-16. */
  readonly characters: number;
  /** The body as text; made each time, since hardly anybody needs it. */
  readonly text: () => string;
  /** How many tokens the text is. Loads the tokenizer at first need; counts of items are kept. */
  readonly countTokens: () => Promise<number>;
}

export function renderRequest(
  protocol: Protocol,
  ...[definition, instructions, items, purpose]: RequestParts
): RenderedRequest {
  const frame = protocol.frame(definition, instructions, purpose);
  const fields = Object.entries(frame).filter(([, value]) => value !== undefined);
  const at = fields.findIndex(([field]) => field === protocol.list);
  const json = (some: typeof fields) =>
    some.map(([field, value]) => `${JSON.stringify(field)}:${JSON.stringify(value)}`);
  const head = `{${[...json(fields.slice(0, at)), `${JSON.stringify(protocol.list)}:[`].join(',')}`;
  const tail = `]${json(fields.slice(at + 1))
    .map((text) => `,${text}`)
    .join('')}}`;
  const first = newPart(frame[protocol.list] as readonly JsonObject[]);
  const last = newPart(stateMessages(protocol, definition, items));
  const parts = [first, ...partsOf(protocol, items), last].filter((part) => part.bytes.length > 0);
  const chunks: Uint8Array[] = [Buffer.from(head)];
  let characters = head.length + tail.length + Math.max(0, parts.length - 1);
  for (const [index, part] of parts.entries()) {
    if (index > 0) chunks.push(COMMA);
    chunks.push(part.bytes);
    characters += part.characters;
  }
  chunks.push(Buffer.from(tail));
  const body = Buffer.concat(chunks);
  return {
    body,
    bytes: body.length,
    characters,
    text: () => body.toString('utf8'),
    countTokens: () => countParts(head, tail, parts),
  };
}

const COMMA = Buffer.from(',');

/** The messages of one item, as JSON without the brackets of a list. */
interface Part {
  readonly bytes: Buffer;
  readonly characters: number;
  tokens?: number;
}

function newPart(messages: readonly JsonObject[]): Part {
  const text = messages.map((message) => JSON.stringify(message)).join(',');
  return { bytes: Buffer.from(text), characters: text.length };
}

/** What was made of an item last; it lives as long as the item, which the conversation cache bounds. */
const kept = new WeakMap<
  ConversationItem,
  { readonly as: Protocol['name']; readonly kind: Spoken['kind']; readonly part: Part }
>();

function partOf(protocol: Protocol, spoken: Spoken): Part {
  if (spoken.kind === 'no_outcome') return newPart(protocol.messagesOf(spoken));
  const known = kept.get(spoken.item);
  if (known?.as === protocol.name && known.kind === spoken.kind) return known.part;
  const part = newPart(protocol.messagesOf(spoken));
  kept.set(spoken.item, { as: protocol.name, kind: spoken.kind, part });
  return part;
}

/** The parts of a beginning of a conversation that does not change any more, kept with its last item. */
interface Beginning {
  readonly as: Protocol['name'];
  readonly items: readonly ConversationItem[];
  /** How many of `items` it is. */
  readonly length: number;
  readonly parts: readonly Part[];
}

const beginnings = new WeakMap<ConversationItem, Beginning>();

function partsOf(protocol: Protocol, items: readonly ConversationItem[]): readonly Part[] {
  const known = beginningOf(protocol, items);
  const from = known?.length ?? 0;
  const { spoken, settled } = inProviderOrder(items, from);
  const parts = [...(known?.parts ?? []), ...spoken.map((one) => partOf(protocol, one))];
  const last = items[settled.items - 1];
  if (settled.items > from && last) {
    // One for each conversation: a list of parts for each of its steps would soon be more than the parts.
    if (known) beginnings.delete(known.items[known.length - 1] as ConversationItem);
    const length = (known?.parts.length ?? 0) + settled.spoken;
    beginnings.set(last, { as: protocol.name, items, length: settled.items, parts: parts.slice(0, length) });
  }
  return parts;
}

function beginningOf(protocol: Protocol, items: readonly ConversationItem[]): Beginning | undefined {
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const found = beginnings.get(items[index] as ConversationItem);
    if (found?.as !== protocol.name || found.length !== index + 1) continue;
    if (found.items === items) return found;
    let same = 0;
    while (same < found.length && found.items[same] === items[same]) same += 1;
    if (same === found.length) return found;
  }
  return undefined;
}

/** Tools and instructions, which are the same from call to call. */
const frames = new Map<string, number>();
const MAX_FRAMES = 50;

async function countParts(head: string, tail: string, parts: readonly Part[]): Promise<number> {
  const around = head + tail;
  let tokens = frames.get(around);
  if (tokens === undefined) {
    tokens = await countTokens(around);
    if (frames.size >= MAX_FRAMES) frames.clear();
    frames.set(around, tokens);
  }
  for (const part of parts) {
    // The comma between two messages is one more at most.
    tokens += (part.tokens ??= await countTokens(part.bytes.toString('utf8'))) + 1;
  }
  return tokens;
}
