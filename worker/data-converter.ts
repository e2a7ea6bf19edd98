/**
 * The worker's data converter: the product's payload converter and the team's codecs, made total. A payload that no codec can decode (a
 * key that was lost, garbage sent by hand) reaches the session as `{ $undecodable }` instead of failing its workflow task for ever.
 */
import { METADATA_ENCODING_KEY, type DataConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding';
import { PLAIN_METADATA } from '../workflows/contracts';

export function holdfastDataConverter(payloadCodecs: readonly PayloadCodec[] = []): DataConverter {
  return {
    payloadConverterPath: require.resolve('../workflows/payload-converter'),
    ...(payloadCodecs.length === 0
      ? {}
      : { payloadCodecs: [totalCodec(payloadCodecs)], failureConverterPath: require.resolve('./failure-converter') }),
  };
}

/** One codec that applies all of `codecs`; decoding never throws. */
export function totalCodec(codecs: readonly PayloadCodec[]): PayloadCodec {
  return {
    async encode(payloads) {
      if (payloads.every(({ metadata }) => metadata?.[PLAIN_METADATA])) return payloads;
      let encoded = payloads;
      // Temporal applies codecs first to last when it encodes, and last to first when it decodes.
      for (const codec of codecs) encoded = await codec.encode(encoded);
      return encoded;
    },
    async decode(payloads) {
      return Promise.all(payloads.map((payload) => decodeOne(codecs, payload)));
    },
  };
}

async function decodeOne(codecs: readonly PayloadCodec[], payload: Payload): Promise<Payload> {
  let decoded = payload;
  try {
    for (const codec of [...codecs].reverse()) {
      const [next] = await codec.decode([decoded]);
      if (!next) throw new TypeError('the codec returned nothing');
      decoded = next;
    }
    return decoded;
  } catch {
    // No converter knows this encoding, so the payload converter turns it into `{ $undecodable }`.
    return { metadata: { [METADATA_ENCODING_KEY]: encode('holdfast/undecodable') }, data: payload.data };
  }
}
