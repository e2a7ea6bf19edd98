/** jest globalTeardown: stops the servers that global-setup.ts started. Jest loads both in one process, as one copy. */
import { shared } from './global-setup';

export default async function globalTeardown(): Promise<void> {
  await Promise.all([shared.temporal?.stop(), shared.postgres?.stop()]);
}
