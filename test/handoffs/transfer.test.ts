/** The user is handed from agent to agent; the first session stays the one address. */
import { calls, done, inspect, lines, model, says, talkTo, useCast } from './cast';

useCast();

test('two transfers and a hand back: one address, each agent has what it needs, the chain is flat', async () => {
  const talk = talkTo();
  model.script(
    'front',
    calls(['look', { what: 'lamp' }]),
    calls(['update_state', { established: [{ text: 'the lamp is broken' }], opened: ['say when it is repaired'] }]),
    calls(['transfer_to_orders', { about: 'a broken lamp' }]),
    says('Front has you again.'),
  );
  model.script(
    'orders',
    says('Orders here.'),
    calls(['pay', { what: 'lamp' }]),
    calls(['transfer_to_refunds', { about: 'a refund for the lamp' }]),
  );
  model.script('refunds', says('Refunds here.'), calls(['hand_back', {}]));

  const first = await talk.send('m-1', 'My lamp is broken.');
  expect(first).toMatchObject({ kind: 'reply', turn: 1, text: 'Orders here.' });
  const status = await talk.session.status();
  expect(status.active).toEqual({ agent: 'orders', child: 'h1' });
  expect(await talk.send('m-2', 'Pay for it.')).toMatchObject({ kind: 'reply', turn: 2, text: 'Refunds here.' });
  expect((await talk.session.status()).active).toEqual({ agent: 'refunds', child: 'h2' });
  process.stderr.write('\n' + JSON.stringify(await talk.session.state(), null, 1));
  process.stderr.write('\n' + lines(await talk.session.wholeTranscript()).join('\n'));
  expect(done).toHaveLength(1);
  await inspect(talk);
  process.stderr.write('\n' + JSON.stringify(model.asked.at(-1)?.messages, null, 1));
});
