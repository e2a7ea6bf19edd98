/** `npm run demo` as a user runs it: it kills a worker for real, proves its claims, and leaves nothing behind. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expectNothingLeft, outputOf, runDemo } from '../support/demo';
import { TestServer } from '../support/temporal-server';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'demo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], env: NodeJS.ProcessEnv, onLine?: Parameters<typeof runDemo>[4]) =>
  runDemo('receptionist/demo/main.js', folder, args, env, onLine);

test('the worker is killed after the booking, and the booking is there once', async () => {
  const server = await TestServer.start();
  const ended = await run([], { TEMPORAL_ADDRESS: server.address });
  await server.stop();
  expect(ended).toMatchObject({ code: 0 });
  const output = outputOf(ended);
  expect(output).toContain('KILLED');
  expect(output).toMatch(/tool +book_appointment\(.*succeeded · attempt 2/);
  expect(output).toMatch(/tool +book_apointment.*rejected/);
  expect(output).toContain('Your appointment number is 4006.');
  expect(output).toContain('The new appointment number is 4007.');
  expect(output).toMatch(/charges for the deposit, which the model asked for twice: 1 1: ch_0001, £20\.00; 2 calls/);
  expect(output).toMatch(/text messages that went out: 1 1: sms_0001/);
  expect(ended.lines.filter((line) => line.startsWith('  ✔'))).toHaveLength(10);
  expect(ended.lines.filter((line) => line.includes('✖') && !line.includes('KILLED'))).toEqual([]);
  expectNothingLeft(ended, folder);
});

test('without a booking there is no kill and no proof: exit code 1', async () => {
  const server = await TestServer.start();
  const ended = await run(['--say', 'What can you do?'], { TEMPORAL_ADDRESS: server.address });
  await server.stop();
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.lines.join('\n')).toContain('nothing is proven');
  expectNothingLeft(ended, folder);
});

test('Ctrl-C in the middle ends everything it started, its own server included', async () => {
  const ended = await run([], { TEMPORAL_ADDRESS: '' }, (line, interrupt) => {
    if (line.includes('KILLED')) interrupt();
  });
  expect(ended).toMatchObject({ code: 130 });
  expectNothingLeft(ended, folder);
});

test('a server that is not there is one sentence and exit code 1', async () => {
  const ended = await run([], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.lines.at(-1)).toMatch(/^demo: no Temporal server answers at 127\.0\.0\.1:1/);
  expect(readdirSync(folder)).toEqual([]);
});
