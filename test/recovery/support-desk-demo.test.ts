/** `npm run demo -- support-desk` as a user runs it: it kills a worker inside a refund of a child, proves its claims, and leaves nothing behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expectNothingLeft, outputOf, runDemo } from '../support/demo';
import { TestServer } from '../support/temporal-server';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'demo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => runDemo('demo.js', folder, args, env);

test('five agents, one conversation: the refund that was cut off is paid once', async () => {
  const server = await TestServer.start();
  const ended = await run(['support-desk'], { TEMPORAL_ADDRESS: server.address });
  await server.stop();
  expect(ended).toMatchObject({ code: 0 });
  const output = outputOf(ended);
  // Both begin at once.
  const asked = ['→ triage asks researcher (child h1)', '→ triage asks writer (child h2)'];
  expect([asked.join(' '), asked.toReversed().join(' ')].filter((line) => output.includes(line))).toHaveLength(1);
  expect(output).toContain('→ triage hands the user over to orders (child h3)');
  expect(output).toContain('→ orders hands the user over to refunds (child h4)');
  expect(output).toMatch(/KILLED worker \d+ died of SIGKILL inside refund_payment of the child h4/);
  expect(output).toMatch(/tool refund_payment\(£149\.00 for LAMP-2 of 70002\) succeeded · attempt 2/);
  expect(output).toContain('→ orders hands the user back to triage');
  expect(output).toContain('triage Nothing is left open. Goodbye, Ms Berger!');
  expect(output).toContain('people 1 asked, 1 decided');
  expect(ended.lines.filter((line) => line.startsWith('  ✔'))).toHaveLength(11);
  expect(ended.lines.filter((line) => line.includes('✖') && !line.includes('KILLED'))).toEqual([]);
  expectNothingLeft(ended, folder);
}, 120_000);

test('an example that is not there is one sentence, with those that are', async () => {
  const ended = await run(['help-desk']);
  expect(ended).toEqual({
    code: 1,
    lines: ['demo: there is no example named "help-desk"; there are: receptionist, support-desk'],
  });
});

test('each example has its own help, and the receptionist is the one that is meant where none is named', async () => {
  expect((await run(['--help'])).lines[0]).toBe('npm run demo [-- --keep] [--live] [--say "..."]');
  expect((await run(['support-desk', '--help'])).lines[0]).toBe(
    'npm run demo -- support-desk [--keep] [--live] [--say "..."]',
  );
});
