/**
 * One of several clients of a session, a process of its own: sends its messages, each when the one before is answered, and writes the answers
 * into a file. `node dist/test/support/chatter-main.js <task as JSON>`; says `connected` before the first, and begins when it is told to.
 */
import { writeFileSync } from 'node:fs';
import { connect, type ContinueAfter, type SendResult } from '../../client';
import { sayReady } from '../../testing/managed-process';

export interface ChatterTask {
  readonly address: string;
  readonly taskQueue: string;
  readonly sessionId: string;
  readonly agent: string;
  readonly continueAfter?: ContinueAfter;
  /** What it says, in order; the message ids are `<name>-1` and so on. */
  readonly name: string;
  readonly texts: readonly string[];
  /** Gets the answers as a list in JSON, in order. */
  readonly answersFile: string;
}

/** Longest wait for one answer, ms: the others' turns come before it. */
const ANSWER_WITHIN_MS = 120_000;

async function main(task: ChatterTask): Promise<void> {
  const { address, taskQueue, sessionId, agent, continueAfter, name, texts } = task;
  const client = await connect({ address, taskQueue });
  const begin = new Promise<void>((resolve) => process.once('message', () => resolve()));
  sayReady('connected');
  await begin;
  const answers: SendResult[] = [];
  for (const [index, text] of texts.entries()) {
    const message = { sessionId, agent, continueAfter, text, messageId: `${name}-${index + 1}` };
    answers.push(await client.send(message, { timeoutMs: ANSWER_WITHIN_MS }));
  }
  writeFileSync(task.answersFile, JSON.stringify(answers));
  await client.close();
}

main(JSON.parse(process.argv[2] ?? '') as ChatterTask).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
