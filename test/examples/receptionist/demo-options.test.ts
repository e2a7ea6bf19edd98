/** The demo's command line, and its tidying up. */
import { Cleanup } from '../../../examples/demo/cleanup';
import { readOptions } from '../../../examples/demo/options';

const NO_KEY = { OPENAI_API_KEY: undefined };

test('nothing is the scripted demo', () => {
  expect(readOptions([], NO_KEY)).toEqual({ keep: false, live: false, say: [], help: false });
});

test('flags are read, and --say may be given several times', () => {
  const options = readOptions(['--keep', '--live', '--say', 'one', '--say=two'], { OPENAI_API_KEY: 'k' });
  expect(options).toEqual({ keep: true, live: true, say: ['one', 'two'], help: false });
});

test.each([
  [['--live'], '--live asks a real model and needs OPENAI_API_KEY'],
  [['--say', '  '], '--say needs a message'],
  [['--sya', 'x'], "Unknown option '--sya'"],
  [['keep'], "Unexpected argument 'keep'"],
])('%j is refused: %s', (argv, message) => {
  expect(() => readOptions(argv, NO_KEY)).toThrow(message);
});

test('cleaning up goes backwards, goes on after a failure, and happens once', async () => {
  const done: string[] = [];
  const cleanup = new Cleanup();
  cleanup.add('first', () => void done.push('first'));
  cleanup.add('second', async () => {
    throw new Error('stuck');
  });
  cleanup.add('third', async () => void done.push('third'));
  expect(await cleanup.run()).toEqual(['second: stuck']);
  expect(await cleanup.run()).toEqual([]);
  expect(done).toEqual(['third', 'first']);
});
