/** One request to the provider and its answer, or the failure it stands for. */
import { AnswerTooLarge } from './openai-client';
import { classifyError, classifyProviderError, failureOf } from './failure-classes';
import type { Provider, ProviderAnswer, SendOptions } from './provider';

export interface Answered {
  readonly answer: Exclude<ProviderAnswer, { kind: 'error' }>;
  readonly answerText: string;
}

/**
 * @param body JSON, UTF-8.
 * @param notBilled says in the ledger that this attempt's request costs nothing: the provider refused it, or never got it.
 */
export async function ask(
  provider: Provider,
  body: Uint8Array,
  send: SendOptions,
  notBilled: () => Promise<void>,
): Promise<Answered> {
  let answerText: string;
  try {
    answerText = await provider.send(body, send);
  } catch (error) {
    // What the model can mend goes back to it.
    if (error instanceof AnswerTooLarge)
      return { answer: { kind: 'unreadable', problem: error.message }, answerText: '' };
    if (!classifyError(error).mayBeBilled) await notBilled();
    throw error;
  }
  const answer = provider.readAnswer(answerText);
  if (answer.kind !== 'error') return { answer, answerText };
  await notBilled();
  throw failureOf(classifyProviderError(answer));
}
