import { createServer, type Server } from 'node:net';
import { connect, type SessionClient } from '../../client';
import { runCli } from '../../cli/program';
import { MAX_MESSAGE_BYTES } from '../../workflows/contracts';
import { startStubWorker, uniqueName, type StubWorker } from '../client/stub-worker';
import { TestServer } from '../support/temporal-server';
import { cli, FakeIo } from './fake-io';

let server: TestServer;
let worker: StubWorker;
let client: SessionClient;
let at: readonly string[];

beforeAll(async () => {
  server = await TestServer.start();
  worker = await startStubWorker({ address: server.address });
  client = await connect({ address: server.address, taskQueue: worker.taskQueue });
  at = ['--address', server.address, '--task-queue', worker.taskQueue];
});

afterAll(async () => {
  await client?.close();
  await worker?.stop();
  await server?.stop();
});

describe('holdfast chat', () => {
  it('works line by line where there is no terminal: answers on stdout, the rest on stderr', async () => {
    const id = uniqueName('chat');
    const run = await cli(['chat', 'parrot', '--session', id, ...at], 'one\n\ntwo\n');
    expect(run).toMatchObject({ code: 0, out: ['parrot> parrot heard: one', 'parrot> parrot heard: two'] });
    expect(run.err).toEqual([
      `session ${id} stays open; come back with: holdfast chat parrot --session ${id} --address ${server.address} --task-queue ${worker.taskQueue}`,
    ]);
    const back = await cli(['chat', 'parrot', '--session', id, ...at], 'three\n');
    expect(back.out).toEqual(['parrot> parrot heard: three']);
    expect((await client.session(id).status()).turn).toBe(3);
  });

  it('names the way back in the words it was called with', async () => {
    const args = ['chat', 'parrot', '--say', 'hi', ...at];
    expect((await cli(args, '', new FakeIo(false, { npm_lifecycle_event: 'npx' }))).err[0]).toContain(
      ': npx holdfast chat parrot',
    );
    expect((await cli(args, '', new FakeIo(false, { npm_lifecycle_event: 'dev' }))).err[0]).toContain(
      ': npm run holdfast -- chat',
    );
  });

  it('says what it is told to say, and ends with /end', async () => {
    const id = uniqueName('chat');
    const said = await cli(['chat', 'parrot', '-s', id, '--say', 'a b', 'c', ...at]);
    expect(said.out).toEqual(['parrot> parrot heard: a b', 'parrot> parrot heard: c']);
    const ended = await cli(['chat', 'parrot', '-s', id, ...at], '/end\nnever sent\n');
    expect(ended).toMatchObject({
      code: 0,
      out: [`session ${id} ended · 2 model calls, 0 tool calls, 14→6 tokens, $0.000020`],
    });
    expect(worker.heard).not.toContain('never sent');
  });

  it('shows each call as it happens, and none of what happened before', async () => {
    const id = uniqueName('chat');
    const first = await cli(['chat', 'parrot', '-s', id, '--progress', '--say', 'one', ...at]);
    expect(first.out).toHaveLength(2);
    expect(first.out[0]).toMatch(/^ {2}step 1 {2}stub-1 · 7→3 tok · \$0\.00001 · \d+ ms$/);
    const second = await cli(['chat', 'parrot', '-s', id, '--progress', '--say', 'two', ...at]);
    expect(second.out).toEqual([expect.stringContaining('stub-1'), 'parrot> parrot heard: two']);
  });

  it('escapes what a model says', async () => {
    const run = await cli(['chat', 'parrot', '--say', 'x\u001b]0;owned\u0007', ...at]);
    expect(run.out).toEqual(['parrot> parrot heard: x\\x1b]0;owned\\x07']);
  });

  it('with a terminal shows what was said last to somebody who comes back, and sends no slip of a command', async () => {
    const id = uniqueName('chat');
    await cli(['chat', 'parrot', '-s', id, '--say', 'one', 'two', ...at]);
    const io = new FakeIo(true);
    const running = runCli(['chat', 'parrot', '-s', id, ...at], io);
    await io.stdout.until('you>');
    expect(io.stdout.lines.slice(1, 3)).toEqual(['user> two', 'parrot> parrot heard: two']);
    io.type('/quit\r');
    await io.stdout.until('/quit is no command: /end ends the session, Ctrl-C leaves it open');
    io.type('/end\r');
    expect(await running).toBe(0);
    expect(worker.heard).not.toContain('/quit');
  });

  it('with a terminal prompts, and Ctrl-C leaves the session open in the middle of an answer', async () => {
    const io = new FakeIo(true);
    const id = uniqueName('chat');
    const running = runCli(['chat', 'parrot', '-s', id, ...at], io);
    await io.stdout.until('you>');
    io.type('hello\r');
    await io.stdout.until('parrot> parrot heard: hello');
    io.type('hold this\r');
    await worker.untilHolding(1);
    io.type('\u0003');
    expect(await running).toBe(0);
    expect(io.stderr.text).toContain(`session ${id} stays open; come back with: holdfast chat parrot --session ${id}`);
    expect((await client.session(id).status()).status).toBe('running');
    worker.release();
  });
});

describe('holdfast status, transcript, list, end', () => {
  it('show a session to people and to programs', async () => {
    const session = await client.startSession({ agent: 'parrot', tenant: 'clinic' });
    await session.send('hi \u001b[2J');
    const status = await cli(['status', session.id, ...at]);
    expect(status.code).toBe(0);
    expect(status.out.join('\n')).toMatch(
      /session\s+parrot-[\s\S]*status\s+waiting_for_user since [\s\S]*spent\s+1 model call,/,
    );
    const parsed = JSON.parse((await cli(['status', session.id, '--json', ...at])).out.join('\n')) as unknown;
    expect(parsed).toMatchObject({ sessionId: session.id, turn: 1 });

    expect((await cli(['transcript', session.id, ...at])).out).toEqual([
      'user> hi \\x1b[2J',
      'parrot> parrot heard: hi \\x1b[2J',
    ]);
    const items = JSON.parse((await cli(['transcript', session.id, '-o', 'json', ...at])).out.join('\n')) as unknown[];
    expect(items).toHaveLength(2);

    const end = await cli(['end', session.id, '--by', 'ada', '--reason', 'done', ...at]);
    expect(end).toMatchObject({ code: 0, out: [`session ${session.id} ends: completed`] });
    await session.result();
    expect((await cli(['status', session.id, ...at])).out.join('\n')).toContain('completed since');

    const found = JSON.parse((await cli(['list', '--limit', '1000', '--json', ...at])).out.join('\n')) as {
      sessionId: string;
    }[];
    expect(found.map((each) => each.sessionId)).toContain(session.id);
    expect((await cli(['list', '--limit', '1', ...at])).out[0]).toMatch(/^session\s+agent\s+status\s+started/);
  });

  it('say how a session ended where no worker is left', async () => {
    const brief = await startStubWorker({ address: server.address });
    const starter = await connect({ address: server.address, taskQueue: brief.taskQueue });
    const session = await starter.startSession({ agent: 'parrot', mode: 'task', message: 'do it' });
    await session.result();
    await starter.close();
    await brief.stop();
    const run = await cli(['status', session.id, ...at]);
    expect(run).toMatchObject({
      code: 0,
      out: [`${session.id} ended: completed (task_done); the rest needs a worker`],
    });
  });
});

describe('what goes wrong is told in one sentence, with an exit code', () => {
  const big = 'é'.repeat(MAX_MESSAGE_BYTES);
  it.each<[string, () => readonly string[], string, RegExp, code?: number]>([
    [
      'an unknown agent',
      () => ['chat', 'nobody', ...at],
      'hi\n',
      /there is no agent nobody; the agents are: parrot, other/,
    ],
    ['a malformed agent', () => ['chat', 'no.body', ...at], 'hi\n', /agent must be a name of 1 to 64 characters/, 2],
    ['a malformed message', () => ['chat', 'parrot', '--say', ' ', ...at], '', /text is empty/, 2],
    [
      'a message that is too large',
      () => ['chat', 'parrot', ...at],
      `${big}\n`,
      /text is 524288 bytes, at most 262144 are taken/,
      2,
    ],
    ['a malformed session id', () => ['status', 'a b', ...at], '', /the session id must be 1 to 200 characters/, 2],
    ['a session that never was', () => ['status', 'nobody-here', ...at], '', /there is no session nobody-here/],
    [
      'no server',
      () => ['chat', 'parrot', '--address', '127.0.0.1:1'],
      'hi\n',
      /no Temporal server answers at 127\.0\.0\.1:1 .*holdfast dev/,
    ],
    ['a malformed address', () => ['list', '--address', 'http://x'], '', /the address must be host:port/],
    ['no such profile', () => ['list', '--profile', 'nope'], '', /Temporal's client configuration cannot be used/],
    [
      'a namespace that is not there',
      () => ['list', '-n', 'nowhere', '--address', server.address],
      '',
      /has no namespace nowhere/,
    ],
    [
      'no worker on the task queue',
      () => ['chat', 'parrot', '--address', server.address, '-t', uniqueName('deserted')],
      'hi\n',
      /no worker polls the task queue deserted-/,
    ],
    ['a wrong timeout', () => ['chat', 'parrot', '--timeout', 'soon', ...at], '', /--timeout takes seconds/, 2],
    [
      'a wrong status',
      () => ['list', '--status', 'asleep', ...at],
      '',
      /--status takes one of running, waiting_for_user/,
      2,
    ],
  ])('%s', async (_, args, input, words, code = 1) => {
    const run = await cli(args(), input);
    expect(run.code).toBe(code);
    expect(run.out).toEqual([]);
    expect(run.err).toHaveLength(1);
    expect(run.err[0]).toMatch(/^holdfast: /);
    expect(run.err[0]).toMatch(words);
  });

  it('a closed session', async () => {
    const session = await client.startSession({ agent: 'parrot' });
    await session.end({ reason: 'enough' });
    await session.result();
    const run = await cli(['chat', 'parrot', '-s', session.id, ...at], 'hi\n');
    expect(run).toMatchObject({ code: 1, out: [] });
    expect(run.err).toEqual([
      expect.stringMatching(
        /^holdfast: session \S+ has ended \(completed: the session was ended: enough\); start a new one/,
      ),
    ]);
  });

  it('a stack only for those who ask for it', async () => {
    const run = await cli(['list', '--address', 'http://x'], '', new FakeIo(false, { HOLDFAST_DEBUG: '1' }));
    expect(run.err.length).toBeGreaterThan(1);
    expect(run.err[1]).toMatch(/^BadConfig: /);
  });

  it('a command that does not exist, with the one that was meant', async () => {
    const run = await cli(['chta']);
    expect(run.code).toBe(2);
    expect(run.err.join(' ')).toMatch(/^holdfast: unknown command 'chta'.*Did you mean chat\?/);
  });
});

describe('holdfast dev', () => {
  let taken: Server;
  let port: number;
  beforeAll(async () => {
    taken = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });
  afterAll(() => new Promise((resolve) => taken.close(resolve)));

  it('says so when its port is taken, or is none', async () => {
    const run = await cli(['dev', '--port', String(port)]);
    expect(run).toMatchObject({ code: 1, out: [] });
    expect(run.err).toEqual([expect.stringMatching(new RegExp(`^holdfast: Port ${port} .*is taken`))]);
    expect((await cli(['dev', '--port', '99999'])).err).toEqual([
      expect.stringContaining('--port takes a port of 1 to 65535'),
    ]);
  });
});
