/**
 * The payload converter of workers and clients: JSON, and total. A payload that cannot be decoded becomes `{ $undecodable }`, so that a
 * malformed signal or update meets a check in a handler, and never fails a workflow task for ever.
 */
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { isDeeper, MAX_PAYLOAD_DEPTH, TOO_DEEP } from './contracts/json';

/** What stands in for a payload that could not be decoded. */
export interface Undecodable {
  readonly $undecodable: {
    readonly encoding: string;
    readonly bytes: number;
    readonly reason: string;
  };
}

function encodingOf(payload: Payload): string {
  const bytes = payload.metadata?.encoding;
  if (!bytes) return 'none';
  return Array.from(bytes.slice(0, 80), (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?')).join(
    '',
  );
}

export const payloadConverter: PayloadConverter = {
  toPayload: (value, ...rest) => defaultPayloadConverter.toPayload(value, ...rest),
  fromPayload<T>(payload: Payload, ...rest: unknown[]): T {
    try {
      const value = defaultPayloadConverter.fromPayload<T>(payload, ...(rest as []));
      // It would overflow the stack of whoever writes it out again, shows it or compares it.
      if (isDeeper(value, MAX_PAYLOAD_DEPTH)) throw new RangeError(TOO_DEEP);
      return value;
    } catch (error) {
      const undecodable: Undecodable = {
        $undecodable: {
          encoding: encodingOf(payload),
          bytes: payload.data?.length ?? 0,
          reason: error instanceof Error ? error.message.slice(0, 200) : 'unknown',
        },
      };
      return undecodable as T;
    }
  },
};
