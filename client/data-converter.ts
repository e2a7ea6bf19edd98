/** The data converter of the client: the product's payload converter, which decodes everything, and the codecs of the team. */
import { METADATA_ENCODING_KEY, type DataConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { encode } from '@temporalio/common/lib/encoding';

/** @param payloadCodecs the same, in the same order, as the worker's (encryption, compression). */
export function holdfastDataConverter(payloadCodecs: readonly PayloadCodec[] = []): DataConverter {
  return {
    payloadConverterPath: require.resolve('../workflows/payload-converter'),
    payloadCodecs: payloadCodecs.map(tolerant),
  };
}

/**
 * The codec, with a payload that it cannot decode (another key, not encoded at all) as `{ $undecodable }`: then the call that met it
 * says so in a typed error, instead of failing with the codec's own words.
 */
function tolerant(codec: PayloadCodec): PayloadCodec {
  const decodeOne = async (payload: Payload): Promise<Payload> => {
    if (isUndecodable(payload)) return payload;
    try {
      const [decoded] = await codec.decode([payload]);
      return decoded ?? undecodable(payload);
    } catch {
      return undecodable(payload);
    }
  };
  return {
    encode: (payloads) => codec.encode(payloads),
    decode: (payloads) => Promise.all(payloads.map(decodeOne)),
  };
}

/** An encoding that no converter knows, so the payload converter makes `{ $undecodable }` of it. */
const UNDECODABLE = encode('holdfast/undecodable');

function undecodable(payload: Payload): Payload {
  return { metadata: { [METADATA_ENCODING_KEY]: UNDECODABLE }, data: payload.data };
}

function isUndecodable(payload: Payload): boolean {
  return payload.metadata?.[METADATA_ENCODING_KEY] === UNDECODABLE;
}
