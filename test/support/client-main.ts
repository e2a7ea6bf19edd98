/**
 * A client as a process of its own, for tests that kill it: sends one message and prints the answer.
 * `node dist/test/support/client-main.js <address> <task queue> <message as JSON>`; says `sending` right before it does.
 */
import { sayReady } from '../../testing/managed-process';
import { connect, type SendToSession } from '../../client';

async function main([address, taskQueue, message]: readonly string[]): Promise<void> {
  const client = await connect({ address, taskQueue });
  sayReady('sending');
  const result = await client.send(JSON.parse(message ?? '') as SendToSession);
  console.log(JSON.stringify(result));
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
