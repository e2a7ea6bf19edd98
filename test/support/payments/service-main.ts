/** The payment service as a process of its own: `node service-main.js <journal file>`; says its address when it is there. */
import { sayReady } from '../../../testing/managed-process';
import { startPaymentServer } from './server';

async function main([journalFile]: readonly string[]): Promise<void> {
  const { url } = await startPaymentServer(journalFile ?? '');
  sayReady({ url });
}

void main(process.argv.slice(2));
