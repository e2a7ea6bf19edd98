/** The dev server: found or made, started, stopped. */
export {
  findTemporal,
  findTemporalBinary,
  TemporalNotFoundError,
  type FoundTemporal,
  type LadderOptions,
  type TemporalBinary,
} from './find-temporal';
export { startDevServer, type DevServer, type DevServerOptions } from './start-dev-server';
export { useOrStartServer, type UsableServer } from './use-or-start-server';
export { DEV_NAMESPACE } from './wait-until-ready';
