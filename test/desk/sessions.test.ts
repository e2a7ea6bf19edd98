/** The desk on real sessions: what their people decide at it, signed with the keys that it holds, and the command that starts it. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newApproverKey } from '../../client';
import { ClientSource } from '../../cli/desk/client-source';
import { readSigningKeys } from '../../cli/desk/signing-keys';
import { cli, FakeIo } from '../cli/fake-io';
import { runCli } from '../../cli/program';
import { eventually, within, PATIENCE_MS } from '../session/stage';
import { newSession, ranIn, stage, TELLER, tellerNamed, tools, untilAsked, useTeller } from '../session/teller';
import { Front } from './front';

const pay = tools.filter(({ name }) => name === 'pay');

describe('a desk on real sessions', () => {
  useTeller([tellerNamed(TELLER, { tools: pay })]);

  const deskOf = (tenant?: string, name = 'ada') =>
    new Front(new ClientSource(stage.client, readSigningKeys(undefined), tenant), { kind: 'os_user', name });

  it('approves a call as it was edited, and shows who did', async () => {
    const session = newSession({ user: 'maria' });
    await session.say('pay a:5', 'm-1');
    await untilAsked(session, 1);
    const front = deskOf();
    const path = `/sessions/${session.id}`;
    const page = await eventually('the call in the list', async () => {
      const list = await front.page('/');
      return list.includes(path) ? list : undefined;
    });
    expect(page).toContain('5 cents');
    const typed = { 'arg.text.name': 'b', 'arg.number.cents': '7' };
    const refused = await front.fillIn(path, `${path}/edit`, { ...typed, 'arg.number.cents': '-1' });
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringMatching(/cents/)]);
    const done = await front.fillIn(path, `${path}/edit`, typed);
    expect(done.headers.get('Location')).toBe(`${path}?done=edited`);
    expect(await session.say('pay a:5', 'm-1')).toMatchObject({ kind: 'reply' });
    expect(ranIn(session)).toMatchObject([{ args: { name: 'b', cents: 7 }, approvedBy: ['ada'] }]);
    expect(await front.page(path)).toContain('ada');
  });

  it('refuses a decision of the session’s own user, however it comes', async () => {
    const session = newSession({ user: 'maria' });
    await session.say('pay a:5', 'm-1');
    const [asked] = await untilAsked(session, 1);
    const path = `/sessions/${session.id}`;
    const front = deskOf(undefined, 'maria');
    const form = await front.fieldsOf(path, `${path}/note`);
    const answer = await front.post(`${path}/approve`, {
      ...form,
      of: asked?.callId ?? '',
      hash: asked?.argsHash ?? '',
    });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('You may not decide on this')]);
    expect(ranIn(session)).toEqual([]);
  });

  it('lets a person take over, answer as the agent, and hand back', async () => {
    const session = newSession();
    await session.say('hello', 'm-1');
    const front = deskOf();
    const path = `/sessions/${session.id}`;
    await front.fillIn(path, `${path}/take-over`);
    const answer = stage.client.session(session.id).send({ text: 'anybody there?', messageId: 'm-2' });
    expect(await answer).toMatchObject({ kind: 'with_person', person: 'ada' });
    expect(await front.page(path)).toContain('has taken over');
    await front.fillIn(path, `${path}/speak`, { text: 'Yes, me.' });
    expect(await session.answer('m-2')).toMatchObject({ answer: { kind: 'reply', text: 'Yes, me.', by: 'ada' } });
    await front.fillIn(path, `${path}/hand-back`);
    expect(await session.say('hello again')).toMatchObject({ kind: 'reply' });
    expect(await front.page(path)).toMatch(/ada <span class="quiet">as teller/);
  });

  it('does not know sessions of another tenant', async () => {
    const session = newSession({ tenant: 'north' });
    await session.say('hello', 'm-1');
    const path = `/sessions/${session.id}`;
    expect((await deskOf('north').get(path)).status).toBe(200);
    const south = deskOf('south');
    expect((await south.get(path)).status).toBe(404);
    await south.page('/');
    const form = await deskOf('north').fieldsOf(path, `${path}/pause`);
    expect((await south.post(`${path}/pause`, form)).status).not.toBe(303);
    expect((await session.status()).paused).toBeUndefined();
  });

  it('is started by `holdfast desk`, and ends with Ctrl-C', async () => {
    const io = new FakeIo();
    const { address, taskQueue } = stage;
    const ended = runCli(['desk', '--address', address, '--task-queue', taskQueue, '--port', '0'], io);
    await within(PATIENCE_MS, 'the desk to start', io.stdout.until('Ctrl-C'));
    const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(io.stdout.text) ?? [];
    const page = await fetch(url);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('What waits for people')]);
    const events = await fetch(`${url}/events`);
    expect(events.headers.get('Content-Type')).toContain('text/event-stream');
    io.interrupt();
    expect(await within(PATIENCE_MS, 'the desk to end', ended)).toBe(0);
    // The open page's connection ends with it.
    await expect(events.text()).rejects.toThrow();
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('with signed decisions', () => {
  beforeAll(async () => {
    const ada = await newApproverKey('ada');
    process.env.HOLDFAST_APPROVERS = JSON.stringify([{ name: 'ada', publicKey: ada.publicJwk }]);
    key = JSON.stringify(ada.privateJwk);
  });
  afterAll(() => {
    delete process.env.HOLDFAST_APPROVERS;
  });

  let key = '';
  useTeller([tellerNamed(TELLER, { tools: pay })]);

  it('signs with the key of whoever is there, and offers no decision to others', async () => {
    const folder = join(stage.folder, 'keys');
    mkdirSync(folder);
    writeFileSync(join(folder, 'ada.jwk.json'), key);
    const source = new ClientSource(stage.client, readSigningKeys(folder));
    const session = newSession();
    const path = `/sessions/${session.id}`;
    await session.say('pay a:5', 'm-1');
    await untilAsked(session, 1);
    expect(await new Front(source, { kind: 'os_user', name: 'ben' }).page(path)).toContain('no key of yours');
    const answer = await new Front(source).fillIn(path, `${path}/approve`);
    expect(answer.headers.get('Location')).toBe(`${path}?done=approved`);
    expect(await session.say('pay a:5', 'm-1')).toMatchObject({ kind: 'reply' });
    expect(ranIn(session)).toMatchObject([{ approvedBy: ['ada'] }]);
    writeFileSync(join(folder, 'eve.jwk.json'), '{"kty": "OKP", "d": "secret-part"}');
    expect(() => readSigningKeys(folder)).toThrow(/"eve.jwk.json" is no private key/);
    expect(() => readSigningKeys(folder)).not.toThrow(/secret-part/);
    rmSync(folder, { recursive: true });
  });
});

it.each([
  [['--bind', '0.0.0.0'], /--bind 0\.0\.0\.0 would let everybody who reaches this machine decide/],
  [['--user-header', 'X-User'], /add --trust-proxy/],
  [['--signing-keys', '/nowhere/at/all'], /--signing-keys takes a folder/],
])('`holdfast desk` is refused with %p before anything is connected to', async (flags, sentence) => {
  const { code, err } = await cli(['desk', '--address', '127.0.0.1:1', ...flags]);
  expect([code, err.join(' ')]).toEqual([2, expect.stringMatching(sentence)]);
});
