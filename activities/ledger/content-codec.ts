/**
 * How content is stored: as plain JSON, or sealed by the same payload codecs that seal what Temporal stores. Both are read
 * back by whoever has the codecs, so they can be switched on for a ledger that is in use.
 */
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import type { Json } from '../../workflows/contracts/json';
import { LedgerUnavailable, type ContentCodec } from './port';

/** Begins the text of sealed content; JSON never begins so. */
const SEALED = 'sealed:';

interface SealedPayload {
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: string;
}

/** Plain JSON text: NUL and lone surrogates are escaped in it, so every database stores it unchanged. */
export const jsonContentCodec: ContentCodec = {
  encode: async (value) => JSON.stringify(value),
  async decode(text) {
    if (text.startsWith(SEALED)) {
      throw new LedgerUnavailable(
        "the ledger's content is encrypted and this process has no codec; give it the same payloadCodecs",
      );
    }
    return JSON.parse(text) as Json;
  },
};

/** Runs content through Temporal payload codecs, in the SDK's order: first to last to encode, last to first to decode. */
export function payloadContentCodec(codecs: readonly PayloadCodec[]): ContentCodec {
  return {
    async encode(value) {
      let payloads: Payload[] = [defaultPayloadConverter.toPayload(value)];
      try {
        for (const codec of codecs) payloads = await codec.encode(payloads);
      } catch (error) {
        throw new LedgerUnavailable('the payload codec could not encode what the ledger stores', { cause: error });
      }
      return SEALED + JSON.stringify(asText(payloads));
    },
    async decode(text) {
      if (!text.startsWith(SEALED)) return JSON.parse(text) as Json;
      try {
        let payloads = fromText(JSON.parse(text.slice(SEALED.length)) as SealedPayload);
        for (const codec of [...codecs].reverse()) payloads = await codec.decode(payloads);
        return defaultPayloadConverter.fromPayload<Json>(payloads[0] as Payload);
      } catch (error) {
        throw new LedgerUnavailable('the payload codec could not decode what the ledger holds; was the key changed?', {
          cause: error,
        });
      }
    },
  };
}

function asText(payloads: readonly Payload[]): SealedPayload {
  const [payload] = payloads;
  if (!payload || payloads.length !== 1)
    throw new LedgerUnavailable('a payload codec must return one payload for each it is given');
  const metadata = Object.entries(payload.metadata ?? {}).map(([name, bytes]) => [
    name,
    Buffer.from(bytes).toString('base64'),
  ]);
  return {
    metadata: Object.fromEntries(metadata) as Record<string, string>,
    data: Buffer.from(payload.data ?? []).toString('base64'),
  };
}

function fromText(sealed: SealedPayload): Payload[] {
  const metadata = Object.entries(sealed.metadata).map(([name, text]) => [name, Buffer.from(text, 'base64')]);
  return [
    { metadata: Object.fromEntries(metadata) as Record<string, Buffer>, data: Buffer.from(sealed.data, 'base64') },
  ];
}
