/** Entry point `holdfast/worker`: processes that run agents. */
export { createWorker, runWorker, type HoldfastWorker, type HoldfastWorkerOptions } from './create-worker';
export { ConfigError, readConfig, type ConfigOverrides, type WorkerConfig } from './config';
export { openStoredParts, type StoredParts, type StoredPartsOptions } from '../activities/conversation/stored-parts';
