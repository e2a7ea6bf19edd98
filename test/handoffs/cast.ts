/** Agents that hand users to one another, each with a script of its own, on a stage with a real server. */
import type { AnswerResult, PendingItem, SendResult, Session } from '../../client';
import type { ConversationItem } from '../../workflows/contracts';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from '../session/stage';
import { agents, gate, reset } from './cast-agents';
import { startCastModel, type Asked, type CastModel } from './cast-model';

export { done, gate, shake, shut } from './cast-agents';
export { calls, handsBack, says } from './cast-model';

export let model: CastModel;
export let stage: Stage;

/** Sets the stage up for the tests of the file that calls this. */
export function useCast(more: { readonly ui?: boolean } = {}): void {
  beforeAll(async () => {
    model = await startCastModel();
    stage = await startStage({ agents, modelUrl: model.url, ...more });
  });
  beforeEach(() => {
    reset();
    model.clear();
  });
  afterEach(() => gate.open());
  afterAll(async () => {
    await stage?.stop();
    await model?.close();
  });
}

export interface Talk {
  readonly session: Session;
  readonly agent: string;
  /** Longest wait for the answer to one message, and for that to one question about the session, ms. */
  readonly patienceMs: number;
  send(messageId: string, text?: string): Promise<SendResult>;
  /** The recorded answer, once there is one. */
  answer(messageId: string): Promise<SendResult>;
}

/**
 * @param more what the session is started with besides.
 * @param patienceMs see `Talk`.
 */
export function talkTo(agent = 'front', more: object = {}, patienceMs = PATIENCE_MS): Talk {
  const session = stage.client.session(uniqueName(agent));
  return {
    session,
    agent,
    patienceMs,
    send: (messageId, text = `text of ${messageId}`) =>
      within(
        patienceMs,
        `the answer to ${messageId}`,
        stage.client.send({ sessionId: session.id, agent, text, messageId, ...more }, { timeoutMs: patienceMs }),
      ),
    answer: (messageId) =>
      eventually(
        `the recorded answer to ${messageId}`,
        async () => {
          const found: AnswerResult = await session.answer(messageId);
          return found.kind === 'answered' ? found.answer : undefined;
        },
        patienceMs,
      ),
  };
}

/** Sends a message that nobody waits for, and resolves once it was taken in. */
export async function drop(talk: Talk, messageId: string, text?: string): Promise<void> {
  talk.send(messageId, text).catch(() => undefined);
  await eventually(`${messageId} to be taken in`, async () => {
    const known = await talk.session.answer(messageId).catch(() => undefined);
    return known === undefined || known.kind === 'unknown_message' ? undefined : true;
  });
}

/** What waits for a person, once so much does. */
export function waits(talk: Talk, items = 1): Promise<readonly PendingItem[]> {
  return eventually(`${items} to wait for a person`, async () => {
    const pending = await talk.session.pending();
    return pending.length === items ? pending : undefined;
  });
}

/** The id, and the hash of the arguments, of a call that waits for approval. */
export function approvalIn(item: PendingItem | undefined): { readonly callId: string; readonly argsHash: string } {
  if (!item?.approval) throw new Error(`expected something that waits for approval, got ${JSON.stringify(item)}`);
  return item.approval;
}

/** The id of the last call of a tool in a child, or in the session itself, as that knows it. */
export function callOf(talk: Talk, tool: string, child?: string): Promise<string> {
  const whose = child === undefined ? talk.session : talk.session.child(child);
  return eventually(`a call of ${tool}`, async () => {
    const { recent } = await whose.status();
    return recent.findLast(({ kind, name }) => kind === 'tool' && name === tool)?.id;
  });
}

/** The session's children, `h1 orders closed handed_over`. */
export async function childrenOf({ session }: Talk): Promise<readonly string[]> {
  const { children = [] } = await session.status();
  return children.map(({ child, agent, phase, reason }) =>
    [child, agent, phase, ...(reason === undefined ? [] : [reason])].join(' '),
  );
}

/** What an agent's model was asked last. */
export function lastAsked(agent: string): Asked {
  const found = model.asked.findLast((asked) => asked.agent === agent);
  if (!found) throw new Error(`the model of ${agent} was not asked`);
  return found;
}

/** The same as one text. */
export function heard(agent: string): string {
  return lastAsked(agent)
    .messages.map(({ content }) => content ?? '')
    .join('\n');
}

/** The conversation in one line for each item. */
export function lines(items: readonly ConversationItem[]): readonly string[] {
  return items.map((item) => {
    switch (item.kind) {
      case 'user':
        return `user: ${item.text}`;
      case 'assistant':
        return item.calls
          ? `${item.agent} calls: ${item.calls.map(({ tool }) => tool).join(' ')}`
          : `${item.by ?? item.agent}: ${item.text ?? ''}`;
      case 'outcome':
        return `outcome: ${item.tool} ${item.outcome.kind}`;
      case 'note':
        return `${item.audience}: ${item.reason}`;
      case 'state':
        return `state: ${item.cause.kind}`;
    }
  });
}

export async function told({ session }: Talk, child?: string): Promise<readonly string[]> {
  return lines(await (child === undefined ? session : session.child(child)).wholeTranscript());
}

/** How the calls of a tool ended, in one line each: `failed: why`. */
export async function ends({ session }: Talk, tool: string, child?: string): Promise<readonly string[]> {
  const items = await (child === undefined ? session : session.child(child)).wholeTranscript();
  return items.flatMap((item) => {
    if (item.kind !== 'outcome' || item.tool !== tool) return [];
    const { outcome } = item;
    const words = outcome.kind === 'succeeded' ? JSON.stringify(outcome.result) : outcome.message;
    return [`${outcome.kind}: ${words}`];
  });
}
