/** The model call: what workers, replays and tests use of it. */
export { buildChatRequest, chatProvider, readChatAnswer } from './chat-completions';
export { append, baseOf, EMPTY_CONVERSATION, nextDigest } from './conversation-cache';
export { definitionOf, withOutputCap } from './definition';
export { renderInstructions } from './instructions';
export { createModelActivity, type ModelActivityOptions } from './model-activity';
export { MissingApiKey } from './openai-client';
export type { AskedCall, BuildRequest, Provider, ProviderAnswer, SendOptions } from './provider';
export type { ReadTranscript } from './read-back';
export { redact } from './redact';
export type { Protocol } from './request';
export { buildResponsesRequest, readResponsesAnswer, responsesProvider } from './responses';
export { createModelSettleActivity } from './settle-activity';
