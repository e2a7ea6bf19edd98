/** Entry point `holdfast/worker`: processes that run agents. */
export { createWorker, runWorker, type HoldfastWorker, type HoldfastWorkerOptions } from './create-worker';
export { ConfigError, readConfig, type ConfigOverrides, type WorkerConfig } from './config';
export type { Notify, NotifyContext } from '../activities/approvals/notify-activity';
export type { NotifyInput } from '../workflows/contracts/approval';
export { openStoredParts, type StoredParts, type StoredPartsOptions } from '../activities/conversation/stored-parts';
