/** The ledger, for the worker and for those who read one. */
export { jsonContentCodec, payloadContentCodec } from './content-codec';
export { LedgerOpenError } from './ledger-url';
export { openLedger, type OpenLedgerOptions } from './open-ledger';
export * from './port';
