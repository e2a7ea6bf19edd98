/**
 * A flood of signals to one session: what is an act is done, once each; what is none is counted; and the session goes on. With HOLDFAST_PROVE=1 it is the whole
 * flood: the server takes 10,000 signals for a run.
 */
import { eventually } from './stage';
import { agents, inspect, says, stage, talkTo, useKitchen, type Talk } from './kitchen';

const WHOLE = process.env.HOLDFAST_PROVE === '1';
const SIGNALS = WHOLE ? 9_990 : 240;
const ACTS = Math.floor(SIGNALS / 3);
/** With far more, the server has each task done again and again for what came in meanwhile. */
const AT_ONCE = 10;
/** The session may be so far behind the last signal, ms. All of them in one task take the SDK some 5 s, and the server gives a task up after as many, at first. */
const MAX_BEHIND_MS = WHOLE ? 90_000 : 10_000;
const TIMEOUT_MS = WHOLE ? 300_000 : 120_000;

useKitchen();

/** Of each three one is new, one was done before, and one is nothing that anybody knows. */
async function flood(sessionId: string): Promise<void> {
  const handle = stage.temporal.workflow.getHandle(sessionId);
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let index = next++; index < SIGNALS; index = next++) {
      const actId = `note-${Math.floor(index / 3)}`;
      if (index % 3 === 2) await handle.signal('intervention', { actId, act: 'juggle', by: 'ada' });
      else await handle.signal('intervention', { actId, act: 'note', text: actId, by: 'ada' });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
}

/** @returns once the session has taken all of them in. */
async function takenIn(talk: Talk): Promise<void> {
  const end = Date.now() + MAX_BEHIND_MS;
  for (;;) {
    const status = await eventually('the status', () => talk.session.status()).catch((error: unknown) => {
      if (Date.now() > end) throw error;
      return undefined;
    });
    if (status?.refused === ACTS) {
      expect(status.refusals).toHaveLength(20);
      break;
    }
    if (Date.now() > end) throw new Error(`${status?.refused} of ${ACTS} refused signals after ${MAX_BEHIND_MS} ms`);
  }
  expect(Date.now()).toBeLessThan(end);
}

async function isInOrder(talk: Talk): Promise<void> {
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'dry again' });
  // The run that took the flood in answers for it, and has to be replayed for that.
  const items = await talk.session.wholeTranscript({ timeoutMs: MAX_BEHIND_MS });
  const notes = items.flatMap((item) =>
    item.kind === 'note' && item.reason === 'operator' ? [item.text.split(': ').at(-1)] : [],
  );
  expect(new Set(notes).size).toBe(ACTS);
  expect(notes).toHaveLength(ACTS);
}

test(
  'each act of a flood is done once, and the session still answers',
  async () => {
    says('hello', 'dry again');
    const talk = talkTo('patient');
    await talk.send('m-1');
    await flood(talk.session.id);
    await takenIn(talk);
    await isInOrder(talk);
    await inspect(talk);
  },
  TIMEOUT_MS,
);

// Last: this worker is not the one that the stage began with.
test(
  'a flood that came while no worker was there is one task, and is taken in by the worker that comes',
  async () => {
    says('hello', 'dry again');
    const talk = talkTo('patient');
    await talk.send('m-1');
    await stage.worker.stop();
    await flood(talk.session.id);
    await stage.startWorker({ agents });
    await takenIn(talk);
    await isInOrder(talk);
  },
  TIMEOUT_MS,
);
