/** The commands on a session with several runs, whose conversation is partly stored. */
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openLedger } from '../../activities/ledger';
import type { ConversationItem, Session } from '../../client';
import { longSession, saidAfter, startEcho, talk, untilRun, type EchoStage } from '../client/echo-chain';
import { eventually, PATIENCE_MS } from '../session/stage';
import { cli, FakeIo } from './fake-io';

const MESSAGES = 5;
let echo: EchoStage;
let session: Session;
let server: readonly string[];

beforeAll(async () => {
  echo = await startEcho();
  session = await longSession(echo.stage.client);
  await talk(session, 0, MESSAGES);
  await untilRun(session, 3);
  server = ['--address', echo.stage.address, '--task-queue', echo.stage.taskQueue];
});

afterAll(() => echo?.stop());

/** Without a ledger in the environment but the one that is named. */
const run = (args: readonly string[], ledger?: string) =>
  cli([...args, ...server], '', new FakeIo(false, { HOLDFAST_DATA_DIR: '/nowhere', HOLDFAST_LEDGER_URL: ledger }));

describe('holdfast transcript', () => {
  it.each<[string, () => ReturnType<typeof run>]>([
    ['named by a flag', () => run(['transcript', session.id, '--ledger', echo.stage.ledgerFile])],
    ['of the environment', () => run(['transcript', session.id], echo.stage.ledgerFile)],
    [
      'of the data folder',
      () => cli(['transcript', session.id, ...server], '', new FakeIo(false, { HOLDFAST_DATA_DIR: echo.stage.folder })),
    ],
  ])('shows it from its beginning, with what is stored in the ledger %s', async (_where, transcript) => {
    const { code, out, err } = await transcript();
    expect({ code, err }).toEqual({ code: 0, err: [] });
    const said = saidAfter(MESSAGES).map((text, index) => `${index % 2 === 0 ? 'user>' : 'echo>'} ${text}`);
    expect(out).toEqual(said);
  });

  it('gives it to programs as one list', async () => {
    const { out } = await run(['transcript', session.id, '--json'], echo.stage.ledgerFile);
    const items = JSON.parse(out.join('\n')) as readonly ConversationItem[];
    expect(items.map((item) => 'text' in item && item.text)).toEqual(saidAfter(MESSAGES));
  });

  it('shows it from what the server still has, where there is no ledger or another', async () => {
    const other = path.join(echo.stage.folder, 'other.sqlite');
    await (await openLedger({ name: 'default', url: other })).close();
    for (const ledger of [undefined, other]) {
      const { code, out, err } = await run(['transcript', session.id], ledger);
      expect({ code, err, lines: out.length }).toEqual({ code: 0, err: [], lines: MESSAGES * 2 });
    }
  });

  it('never shows what is not what was stored', async () => {
    const damaged = path.join(echo.stage.folder, 'damaged.sqlite');
    copyFileSync(echo.stage.ledgerFile, damaged);
    copyFileSync(`${echo.stage.ledgerFile}-wal`, `${damaged}-wal`);
    const file = new DatabaseSync(damaged);
    file.exec(`update holdfast_segments set content = replace(content, '0 x', '7 x')`);
    file.close();
    const { code, out, err } = await run(['transcript', session.id, '--ledger', damaged]);
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(err).toEqual([
      expect.stringMatching(/^holdfast: the stored part \S+ of the conversation is not what was stored/),
    ]);
  });

  it('says so where the ledger that was named is not there', async () => {
    const { code, err } = await run(['transcript', session.id, '--ledger', '/nowhere/ledger.sqlite']);
    expect(code).toBe(2);
    expect(err).toEqual(['holdfast: there is no ledger at /nowhere/ledger.sqlite; name it with --ledger <place>']);
  });
});

describe('holdfast list', () => {
  it('has one line for the session, and none for its earlier runs', async () => {
    const lines = await eventually('the list to have it', async () => {
      const { out } = await run(['list', '--agent', 'echo']);
      const found = out.filter((line) => line.startsWith(session.id));
      return found.length > 0 ? found : undefined;
    });
    expect(lines).toHaveLength(1);
  });
});

describe('holdfast ledger', () => {
  const ledger = (...args: readonly string[]) =>
    cli(['ledger', ...args, '--ledger', echo.stage.ledgerFile, ...(args[0] === 'show' ? server : [])]);

  it('mentions what is stored of a conversation, and prunes it once the session has ended', async () => {
    const stored = /^\d+ stored parts of the conversation, \d+ items, \d+ KB; the session has not ended$/;
    expect((await ledger('show', session.id)).err[0]).toMatch(stored);
    const prune = ['prune', '--older-than', '1ms', '--force'] as const;
    expect((await ledger(...prune)).out[0]).toMatch(/, and 0 stored parts of conversations that had ended by then$/);

    await session.end();
    await session.result({ timeoutMs: PATIENCE_MS });
    expect((await ledger('show', session.id)).err[0]).toMatch(/KB; the session ended at 20\S+Z$/);
    const dry = await ledger(...prune, '--dry-run');
    expect(dry.out[0]).toMatch(/^would delete .*, and [1-9]\d* stored parts of conversations/);
    expect(dry.out[1]).toMatch(/stored conversations of sessions that have not ended/);
    const { segments } = JSON.parse((await ledger(...prune, '--json')).out.join('\n')) as { segments: number };
    expect(dry.out[0]).toContain(`and ${segments} stored parts`);
    expect((await ledger('show', session.id)).err.join()).not.toMatch(/stored parts/);
  });
});
