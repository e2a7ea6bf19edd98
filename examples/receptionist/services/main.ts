/**
 * The services as a process of their own: `node dist/examples/receptionist/services/main.js <journal file>`. What it prints when it listens is what
 * RECEPTIONIST_SERVICES_URL is to be.
 */
import { serveFrom } from '../../shared/services/main';
import { startServices } from './server';

serveFrom(startServices);
