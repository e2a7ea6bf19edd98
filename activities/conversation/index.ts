/** Stored parts of long conversations: the activities that write them, and how they are read. */
export { createCloseActivity, type CloseActivityOptions } from './close-activity';
export { readFromLedgers, type ReadSegment } from './read-segment';
export { createStoreActivity, type StoreActivityOptions } from './store-activity';
export { openStoredParts, type StoredParts, type StoredPartsOptions } from './stored-parts';
