/** The data converter of the client: the product's payload converter, which decodes everything, and the codecs of the team. */
import type { DataConverter, PayloadCodec } from '@temporalio/common';

/** @param payloadCodecs the same, in the same order, as the worker's (encryption, compression). */
export function holdfastDataConverter(payloadCodecs: readonly PayloadCodec[] = []): DataConverter {
  return {
    payloadConverterPath: require.resolve('../workflows/payload-converter'),
    payloadCodecs: [...payloadCodecs],
  };
}
