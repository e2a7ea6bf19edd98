/** Used where codecs are: messages and stack traces of failures are encoded too, since they may quote what the payloads hide. */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
