/** jest globalTeardown: stops the server that global-setup.ts started. Jest loads both in one process, as one copy. */
import { sharedServer } from './global-setup';

export default async function globalTeardown(): Promise<void> {
  await sharedServer.current?.stop();
}
