/** The commands of people in the loop beside decisions: what waits, how they step in, and how they follow a session. */
import { runCli } from '../../cli/program';
import type { PendingItem, SessionStatus, WaitingItem } from '../../client';
import { gate, newSession, stage, untilAsked, useTeller } from '../session/teller';
import { eventually, uniqueName } from '../session/stage';
import { asking, at, parsed, run, settled, shownCommand } from './asking';
import { cli, FakeIo } from './fake-io';

useTeller();

describe('what waits over all sessions', () => {
  it('is listed oldest first, for whom it waits, and by tenant, user and role', async () => {
    const tenant = uniqueName('tenant');
    const ids: string[] = [];
    for (const name of ['bo', 'cy']) {
      const session = newSession({ tenant, user: name });
      void session.say(`pay ${name}:5`).catch(() => undefined);
      await untilAsked(session, 1);
      ids.push(session.id);
    }
    const listed = await eventually('both to be listed', async () => {
      const found = parsed<WaitingItem[]>((await run('list', '--waiting', '--tenant', tenant, '-o', 'json')).out);
      return found.length === 2 ? found : undefined;
    });
    expect(listed.map(({ sessionId }) => sessionId)).toEqual(ids);
    expect(listed[0]).toMatchObject({ agent: 'teller', user: 'bo', tenant, item: { kind: 'approval' } });
    const table = await run('list', '--waiting', '--tenant', tenant);
    expect(table.out[0]).toMatch(/^session\s+waits\s+who decides\s+since\s+until$/);
    expect(table.out[1]).toMatch(new RegExp(`^${ids[0]} \\(.*approval t1\\.s1.* anybody but the user .* ago$`));
    expect((await run('list', '--waiting', '--tenant', tenant, '--user', 'cy')).out).toHaveLength(2);
    expect(await run('list', '--waiting', '--tenant', tenant, '--role', 'boss')).toMatchObject({ code: 0, out: [] });
    expect((await run('list', '--awaiting', 'approval', '--tenant', tenant)).out).toHaveLength(3);
    expect((await run('list', '--waiting', '--closed')).code).toBe(2);
    expect((await run('list', '--role', 'boss')).code).toBe(2);
    for (const id of ids) await run('end', id, '--by', 'eva');
    await eventually('none to be listed', async () => {
      return (await stage.client.waiting({ tenant })).length === 0 || undefined;
    });
  });
});

describe('a person who steps in', () => {
  it('pauses and resumes, and what waits for that is shown with the command that goes on', async () => {
    const session = newSession();
    await session.say('hello');
    expect((await run('pause', session.id, '--by', 'eva', '--reason', 'lunch')).out.join()).toContain('is paused');
    const pending = await run('pending', session.id);
    expect(pending.out.join('\n')).toContain(`holdfast resume ${session.id}`);
    expect((await run('status', session.id)).out.join('\n')).toMatch(/paused\s+by eva, since .*: lunch/);
    expect(await cli(shownCommand(pending.out, 'resume'))).toMatchObject({ code: 0 });
    const again = await run('resume', session.id, '--by', 'eva');
    expect(again).toMatchObject({ code: 1, out: [] });
  });

  it('takes over: a chat waits for what that person says, who then hands back', async () => {
    const session = newSession();
    await session.say('hello');
    expect((await run('take-over', session.id, '--by', 'eva')).code).toBe(0);
    const talking = cli(['chat', 'teller', '-s', session.id, '--say', 'help me', ...at()]);
    await eventually('the message', async () => (await session.status()).queued === 1 || undefined);
    expect((await run('say', session.id, 'I am here', '--by', 'eva')).code).toBe(0);
    const { code, out } = await talking;
    expect({ code, out }).toEqual({
      code: 0,
      out: ['  eva has taken over and will answer', 'eva (as teller)> I am here'],
    });
    expect((await run('hand-back', session.id, '--by', 'eva')).code).toBe(0);
    expect((await run('note', session.id, 'be brief', '--by', 'eva')).code).toBe(0);
    expect((await run('transcript', session.id)).out.join('\n')).toMatch(/\(model: \S+ by eva\) .*be brief/);
    expect(await run('note', session.id, ' ', '--by', 'eva')).toMatchObject({ code: 2 });
  });

  it('cancels a call that runs, and is told what became of it', async () => {
    const session = newSession();
    const answer = session.say('wait bo, look cy');
    await gate.reached();
    const [running] = (await session.status()).recent.filter(({ name }) => name === 'wait');
    const cancelling = run('cancel-call', session.id, 't1.s1.c1', '--by', 'eva');
    await eventually('the cancel to be asked for', async () => {
      return (await session.wholeTranscript()).some((item) => item.kind === 'note' && item.by === 'eva') || undefined;
    });
    // It does not heed it, and ends as it would have.
    gate.open();
    expect(await cancelling).toMatchObject({ code: 1, out: [`call ${running?.id} was not cancelled: succeeded`] });
    await answer;
    const early = await run('replace-outcome', session.id, 't1.s1.c1', '--result', '{}', '--by', 'eva');
    expect(early.err.join()).toContain(`the call ${running?.id} succeeded`);
  });

  it('gives a result in the place of an outcome', async () => {
    const { session, calls } = await asking('pay bo:5');
    await run('reject', session.id, '--yes', '--by', 'eva');
    await settled(session);
    const replace = (result: string) =>
      run('replace-outcome', session.id, 't1.s1.c1', '--result', result, '--by', 'eva');
    expect((await replace('paid')).err.join()).toMatch(/--result takes JSON/);
    expect(await replace('{"paid":"bo"}')).toMatchObject({
      code: 0,
      out: [`the outcome of call ${calls[0]} is what you gave; the model is told so`],
    });
  });

  it('is told in a sentence, with exit code 1, where there is nothing to do that to', async () => {
    const session = newSession();
    await session.say('hello');
    for (const args of [['hand-back'], ['revoke', 'nothing'], ['cancel-call', 't9.s9.c9']]) {
      const [act = '', ...rest] = args;
      const refused = await run(act, session.id, ...rest, '--by', 'eva');
      expect(refused).toMatchObject({ code: 1, out: [], err: [expect.stringMatching(/^holdfast: \S.*/) as unknown] });
    }
  });
});

describe('a session', () => {
  it('is found by the beginning of its id, and several are named', async () => {
    const id = uniqueName('found');
    for (const end of ['-one', '-two']) await stage.client.startSession({ agent: 'teller', sessionId: `${id}${end}` });
    await eventually('both', async () => (await stage.client.listSessions({ idPrefix: id })).length === 2 || undefined);
    const found = await run('status', `${id}-o`, '-o', 'json');
    expect(found.err).toEqual([`session ${id}-one`]);
    expect(parsed<SessionStatus>(found.out).sessionId).toBe(`${id}-one`);
    const several = await run('end', id);
    expect(several.code).toBe(2);
    expect(several.err.join()).toMatch(/several sessions begin with .*-one.*-two|-two.*-one/);
    expect((await run('status', 'fou')).err.join()).toMatch(/there is no session fou/);
  });

  it('is on one page, for people and for programs', async () => {
    const { session, calls } = await asking('look cy, pay bo:5');
    const page = (await run('show', session.id)).out.join('\n');
    expect(page).toMatch(/session\s+teller-[\s\S]*last calls[\s\S]*look[\s\S]*conversation[\s\S]*user> look cy/);
    expect(page.indexOf('waits for a person')).toBeGreaterThan(page.indexOf('user> look cy'));
    const shown = parsed<{ status: SessionStatus; pending: PendingItem[]; last: { items: unknown[] } }>(
      (await run('show', session.id, '-o', 'json')).out,
    );
    expect(shown).toMatchObject({ status: { sessionId: session.id }, pending: [{ id: calls[0] }] });
    await run('reject', session.id, '--yes', '--by', 'eva');
    await settled(session);
  });

  it('is followed as it goes, until it ends', async () => {
    const session = newSession();
    await session.say('hello');
    const io = new FakeIo();
    const following = runCli(['tail', session.id, '-o', 'json', ...at()], io);
    await io.stdout.until('hello');
    void session.say('pay bo:5').catch(() => undefined);
    await io.stdout.until('"kind":"pending"');
    await run('approve', session.id, '--yes', '--by', 'eva');
    await settled(session);
    await run('end', session.id, '--by', 'eva');
    expect(await following).toBe(0);
    const lines = io.stdout.lines.map((line) => JSON.parse(line) as { kind: string; index?: number });
    const indexes = lines.flatMap(({ index }) => (index === undefined ? [] : [index]));
    expect(indexes).toEqual(indexes.map((_, position) => position));
    expect(lines.at(-1)).toMatchObject({ kind: 'end', status: 'completed' });
    expect(new Set(lines.map(({ kind }) => kind))).toEqual(new Set(['item', 'step', 'pending', 'status', 'end']));
    const late = await run('tail', session.id, '--last', '1');
    expect(late.out.at(-1)).toMatch(/ended: completed/);
  });

  it('is not followed any more after Ctrl-C', async () => {
    const session = newSession();
    await session.say('hello');
    const io = new FakeIo();
    const following = runCli(['tail', session.id, ...at()], io);
    await io.stdout.until('hello');
    io.interrupt();
    expect(await following).toBe(0);
  });
});

test('a shell is offered commands, flags, sessions, calls and bounds', async () => {
  const { session, calls } = await asking('pay bo:5');
  const offered = async (...words: readonly string[]) => (await cli(['__complete', '--', ...words])).out;
  expect(await offered('app')).toEqual(['approve', 'approver-key']);
  expect(await offered('list', '--wai')).toEqual(['--waiting']);
  expect(await offered('list', '-o', '')).toEqual(['text', 'json']);
  expect(await offered('completion', 'z')).toEqual(['zsh']);
  expect(await offered('extend', session.id, 'turn.st')).toEqual(['turn.steps']);
  await eventually('the session to be offered', async () => {
    return (await offered('approve', ...at(), session.id.slice(0, -1))).includes(session.id) || undefined;
  });
  expect(await offered('approve', ...at(), session.id, 't1')).toEqual(calls);
  expect(await offered('approve', '--address', '127.0.0.1:1', session.id, 't1')).toEqual([]);
  await run('end', session.id, '--by', 'eva');
});
