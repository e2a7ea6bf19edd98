/** Child processes of the workload's runs are those of `testing`. */
export {
  sayReady,
  startProcess,
  type ManagedProcess,
  type ProcessExit,
  type ProcessOptions,
} from '../../testing/managed-process';
