/** Many acts at once on a family: updates, relays and reports come in between one another, and every history replays. */
import { HoldfastError } from '../../client';
import { calls, model, says, talkTo, useCast } from './cast';
import { inspect } from './inspect';

useCast();

test('sixty acts at once, from all sides', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'));
  await talk.send('m-1');
  const taken = async (work: Promise<unknown>) => {
    await work.catch((error: unknown) => expect(error).toBeInstanceOf(HoldfastError));
  };
  model.improvise(() => says('Yes.'));
  const { session } = talk;
  const acts = Array.from({ length: 60 }, (_, index) => {
    const by = { by: `person-${index}` };
    switch (index % 5) {
      case 0:
        return taken(session.note(`note ${index}`, by));
      case 1:
        return taken(session.patchState({ established: [{ text: `fact ${index}` }] }, by));
      case 2:
        return taken(session.pause(by));
      case 3:
        return taken(session.resume(by));
      default:
        return taken(session.undo('h1:none', by));
    }
  });
  await Promise.all(acts);
  await session.resume({ by: 'ada' }).catch(() => undefined);
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'Yes.' });
  expect((await session.state()).state.established).toHaveLength(12);
  await inspect(talk);
});
