/**
 * A flood of signals to one session: what is an act is done, once each; what is none is counted; and the session goes on. With HOLDFAST_PROVE=1 it is the whole
 * flood: the server takes 10,000 signals for a run.
 */
import { eventually } from './stage';
import { inspect, says, stage, talkTo, useKitchen } from './kitchen';

const WHOLE = process.env.HOLDFAST_PROVE === '1';
const SIGNALS = WHOLE ? 9_990 : 240;
/** With far more, the server has each task done again and again for what came in meanwhile. */
const AT_ONCE = 10;
/** The session may be so far behind the last signal, ms. */
const MAX_BEHIND_MS = 10_000;

useKitchen();

test(
  'each act of a flood is done once, and the session still answers',
  async () => {
    says('hello', 'dry again');
    const talk = talkTo('patient');
    await talk.send('m-1');
    const handle = stage.temporal.workflow.getHandle(talk.session.id);
    let next = 0;
    const sender = async (): Promise<void> => {
      for (let index = next++; index < SIGNALS; index = next++) {
        // Of each three one is new, one was done before, and one is nothing that anybody knows.
        const actId = `note-${Math.floor(index / 3)}`;
        if (index % 3 === 2) await handle.signal('intervention', { actId, act: 'juggle', by: 'ada' });
        else await handle.signal('intervention', { actId, act: 'note', text: actId, by: 'ada' });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    const sent = Date.now();
    const acts = Math.floor(SIGNALS / 3);
    const { refusals } = await eventually('the last of them', async () => {
      const status = await talk.session.status();
      return status.refused === acts ? status : undefined;
    });
    expect(Date.now() - sent).toBeLessThan(MAX_BEHIND_MS);
    expect(refusals).toHaveLength(20);
    expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'dry again' });
    const items = await talk.session.wholeTranscript();
    const notes = items.flatMap((item) =>
      item.kind === 'note' && item.reason === 'operator' ? [item.text.split(': ').at(-1)] : [],
    );
    expect(new Set(notes).size).toBe(acts);
    expect(notes).toHaveLength(acts);
    await inspect(talk);
  },
  WHOLE ? 300_000 : 120_000,
);
