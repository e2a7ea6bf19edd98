/** The scripted server as a process of its own, as `npm test` has built it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = path.join(__dirname, '../../dist/testing/openai-server-main.js');
const SCRIPT = { turns: [{ user: 'Hello', answers: [{ kind: 'text', text: 'Hello to you.' }] }] };

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'scripted-model-test-'));
});
afterEach(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true });
});

function start(...args: readonly string[]): ChildProcess {
  child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return child;
}

async function outputOf(stream: NodeJS.ReadableStream | null | undefined): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

function scriptFile(script: unknown): string {
  const file = path.join(folder, 'greeter.json');
  writeFileSync(file, JSON.stringify(script));
  return file;
}

test('says its address, answers from a JSON script and ends on SIGTERM', async () => {
  const server = start(scriptFile(SCRIPT));
  if (!server.stdout) throw new Error('no output');
  const [line] = (await once(createInterface(server.stdout), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect(await response.json()).toMatchObject({ choices: [{ message: { content: 'Hello to you.' } }] });
  server.kill('SIGTERM');
  expect(await once(server, 'exit')).toEqual([0, null]);
});

test.each([
  ['no script', () => [], 'Expected one script'],
  ['what is no script', () => [scriptFile({ lines: [] })], 'holds no script'],
  ['a port that is none', () => [scriptFile(SCRIPT), '--port', 'x'], '--port must be a whole number'],
])('%s is refused in one sentence', async (_, args, message) => {
  const server = start(...args());
  const [said, [code]] = await Promise.all([outputOf(server.stderr), once(server, 'exit')]);
  expect(code).toBe(1);
  expect(said).toContain(message);
});
