/** What the engine needs of a model provider. Two adapters exist, both over the `openai` client; tests and others may bring their own. */
import type { JsonObject } from '../../workflows/contracts/json';
import type { Usage } from '../../workflows/contracts/model';
import type { Protocol, RequestParts } from './request';

/** Makes a request's body. Pure: from the same arguments the same bytes, so that history can rebuild every request. */
export type BuildRequest = (...parts: RequestParts) => JsonObject;

/** A tool call as the model wrote it. */
export interface AskedCall {
  readonly tool: string;
  readonly arguments: string;
}

/** What a provider said, in one form for all. */
export type ProviderAnswer =
  | {
      readonly kind: 'said';
      /** As the provider named it; absent where it did not. */
      readonly model?: string;
      readonly responseId?: string;
      readonly finishReason?: string;
      /** Why the output ended: by itself, at the length limit, or by a content filter. */
      readonly ended: 'complete' | 'cut' | 'filtered';
      readonly text: string | null;
      readonly calls: readonly AskedCall[];
      /** Absent where the provider gave none, or numbers that cannot be right. */
      readonly usage?: Usage;
      readonly repairs: readonly string[];
    }
  /** It answered, but not with what its protocol says. */
  | {
      readonly kind: 'unreadable';
      readonly problem: string;
      readonly usage?: Usage;
      readonly model?: string;
      readonly responseId?: string;
    }
  /** It answered with success and an error inside. */
  | { readonly kind: 'error'; readonly status?: number; readonly code?: string; readonly message: string };

export interface SendOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface Provider {
  /** For the record, e.g. `openai`. */
  readonly name: string;
  /** How its requests are built. */
  readonly protocol: Protocol;
  /** Throws where no request could be made at all (no key): before anything is booked. */
  readonly checkReady: () => void;
  /** Makes one request, without retries. @param body JSON, UTF-8. @returns the answer's body as text. @throws what `toFailure` classifies. */
  readonly send: (body: Uint8Array, options: SendOptions) => Promise<string>;
  /** Reads a body. Never throws. */
  readonly readAnswer: (body: string) => ProviderAnswer;
}
