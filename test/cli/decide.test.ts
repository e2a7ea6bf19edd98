/** `holdfast approve`, `reject`, `edit` and `revoke`: decisions as they are typed, on calls that wait. */
import { runCli } from '../../cli/program';
import type { DecideResult } from '../../client';
import { ranIn, untilAsked, useTeller } from '../session/teller';
import { asking, at, parsed, run, settled, shownCommand } from './asking';
import { cli, FakeIo } from './fake-io';

useTeller();

describe('a call that waits for approval', () => {
  it('is shown with its arguments and the commands that decide, and the one that approves it does', async () => {
    const { session, calls, hashes } = await asking('pay bo:5');
    const pending = await run('pending', session.id);
    const text = pending.out.join('\n');
    expect(text).toContain(`approval ${calls[0]} pay`);
    expect(text).toMatch(/would run \(at-most-once, turn 1\.1\):\n {4}\{\n {6}"cents": 5,\n {6}"name": "bo"\n {4}\}/);
    expect(text).toContain(`--hash ${hashes[0]} `);
    for (const command of ['status', 'show']) {
      expect((await run(command, session.id)).out.join('\n')).toContain(`holdfast approve ${session.id} ${calls[0]}`);
    }
    const approved = await cli(shownCommand(pending.out, 'approve'));
    expect(approved).toMatchObject({ code: 0, err: [] });
    expect(approved.out.join()).toMatch(new RegExp(`^call ${calls[0]} is approved by `));
    await settled(session);
    expect(ranIn(session).map(({ args }) => args)).toEqual([{ name: 'bo', cents: 5 }]);
    expect(await run('pending', session.id)).toMatchObject({
      code: 0,
      out: [],
      err: [`nothing waits for a person in session ${session.id}`],
    });
  });

  it('is decided on without a terminal only by the hash of what was seen, or by --yes', async () => {
    const { session, calls, hashes } = await asking('pay bo:5');
    const blind = await run('approve', session.id);
    expect(blind).toMatchObject({ code: 2, out: [] });
    expect(blind.err.join()).toMatch(/say what was seen: --hash <hash>.* or --yes/);
    const stale = await run('approve', session.id, '--hash', 'f'.repeat(64), '--by', 'eva');
    expect(stale).toMatchObject({ code: 1, out: [] });
    expect((await run('approve', session.id, '--hash', 'f00')).code).toBe(2);
    const own = await run('approve', session.id, '--yes', '--by', 'Ada');
    expect(own).toMatchObject({ code: 1, out: [] });
    expect(ranIn(session)).toEqual([]);
    const status = await session.status();
    expect(status.refusals?.map(({ by }) => by)).toEqual(['eva', 'Ada']);
    expect((await run('status', session.id)).out.join('\n')).toMatch(/refused\s+2 acts[\s\S]* approve by eva: /);

    const done = await run('reject', session.id, '--yes', '--by', 'eva', '--reason', 'too much', '-o', 'json');
    expect(parsed<DecideResult>(done.out)).toMatchObject({ kind: 'done', call: 'rejected', callId: calls[0] });
    await settled(session);
    const late = await run('approve', session.id, calls[0] ?? '', '--hash', hashes[0] ?? '', '--by', 'bo');
    expect(late).toMatchObject({ code: 1, out: [] });
    expect(late.err.join()).toMatch(/^holdfast: .*already rejected by eva/);
    expect(ranIn(session)).toEqual([]);
  });

  it('in a terminal is shown, and decided on where that is confirmed', async () => {
    const { session } = await asking('pay bo:5');
    const refused = new FakeIo(true);
    const first = runCli(['approve', session.id, '--by', 'eva', ...at()], refused);
    await refused.stdout.until('approve this? [y/N]');
    refused.type('no\r');
    expect(await first).toBe(1);
    expect(refused.stdout.text).toContain('"cents": 5');
    expect(refused.stderr.lines).toEqual(['nothing was decided']);
    expect(ranIn(session)).toEqual([]);
    const io = new FakeIo(true);
    const second = runCli(['approve', session.id, '--by', 'eva', ...at()], io);
    await io.stdout.until('approve this? [y/N]');
    io.type('y\r');
    expect(await second).toBe(0);
    await settled(session);
    expect(ranIn(session)).toMatchObject([{ approvedBy: ['eva'] }]);
  });

  it('runs with other arguments where it is edited, and later ones without asking where that was said', async () => {
    const { session, calls, hashes } = await asking('pay bo:5');
    const edit = (args: string) =>
      run(
        'edit',
        session.id,
        '--hash',
        hashes[0] ?? '',
        '--args',
        args,
        '--by',
        'eva',
        '--up-to',
        '10',
        '--act-id',
        'e1',
      );
    expect((await edit('{"name":')).err.join()).toMatch(/--args takes JSON/);
    expect((await edit('[1]')).code).toBe(2);
    expect(await edit('{"name":"bo","cents":-1}')).toMatchObject({ code: 1, out: [] });
    expect(ranIn(session)).toEqual([]);
    const done = await edit('{"name":"bo","cents":7}');
    expect(done.out[0]).toBe(`call ${calls[0]} is approved by eva`);
    expect(done.out[1]).toContain(`holdfast revoke ${session.id} e1 --address`);
    await settled(session);
    await session.say('pay cy:9');
    expect(ranIn(session).map(({ args }) => args.cents)).toEqual([7, 9]);
    expect((await run('status', session.id)).out.join('\n')).toMatch(/approved ahead\s+pay up to 10, by eva \(e1\)/);
    expect(await run('revoke', session.id, 'e1', '--by', 'eva')).toMatchObject({ code: 0 });
    void session.say('pay di:9').catch(() => undefined);
    await untilAsked(session, 1);
    await run('reject', session.id, '--yes', '--by', 'eva');
  });

  it('is named by the beginning of its id, and must be named where several wait', async () => {
    const { session, calls } = await asking('pay bo:5, pay cy:6', 2);
    const which = await run('approve', session.id, '--yes', '--by', 'eva');
    expect(which).toMatchObject({ code: 2, err: [expect.stringContaining(calls.join(', ')) as unknown] });
    const both = await run('approve', session.id, 't1.s1', '--yes', '--by', 'eva');
    expect(both.err.join()).toMatch(/several calls begin with t1\.s1: /);
    expect((await run('approve', session.id, 't1.s1.c2', '--yes', '--by', 'eva')).code).toBe(0);
    expect((await run('reject', session.id, '--yes', '--by', 'eva')).out.join()).toContain(calls[0]);
    await settled(session);
    expect(ranIn(session).map(({ args }) => args.name)).toEqual(['cy']);
  });

  it('tells how many must still approve', async () => {
    const { session, calls } = await asking('pay_two bo:5');
    const first = await run('approve', session.id, '--yes', '--by', 'eva');
    expect(first.out).toEqual([`call ${calls[0]} waits for further approvals: 1 of 2 (eva)`]);
    expect((await run('pending', session.id)).out.join('\n')).toContain('1 of 2 approved: eva');
    expect((await run('approve', session.id, '--yes', '--by', 'fay')).out.join()).toContain('approved by eva, fay');
    await settled(session);
  });
});
