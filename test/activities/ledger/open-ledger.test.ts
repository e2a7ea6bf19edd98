/** Opening a ledger: what is made, what is refused, and in which words. */
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ledgerPath } from '../../../activities/ledger/ledger-url';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import { openLedger } from '../../../activities/ledger/open-ledger';
import { temporaryFolder, temporaryLedger } from './temporary-ledger';

describe('openLedger', () => {
  it('makes the folder and the file, readable by their owner alone', async () => {
    const file = path.join(temporaryFolder(), 'a', 'b', 'ledger.sqlite');
    const ledger = await temporaryLedger({ url: file });
    expect(existsSync(file)).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(ledger.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(Math.abs((await ledger.now()) - Date.now())).toBeLessThan(5_000);
  });

  it('has one id for ever, and another one in another file', async () => {
    const url = path.join(temporaryFolder(), 'ledger.sqlite');
    const first = await temporaryLedger({ url });
    const again = await temporaryLedger({ url: `file:${url}` });
    const byAddress = await temporaryLedger({ url: pathToFileURL(url).href });
    const other = await temporaryLedger();
    expect([again.id, byAddress.id]).toEqual([first.id, first.id]);
    expect(other.id).not.toBe(first.id);
  });

  it('gives all who open a new file at once the same ledger', async () => {
    const url = path.join(temporaryFolder(), 'ledger.sqlite');
    const ledgers = await Promise.all(Array.from({ length: 6 }, () => temporaryLedger({ url })));
    expect(new Set(ledgers.map((ledger) => ledger.id)).size).toBe(1);
  });

  it('lives beside the tables of a data database', async () => {
    const url = path.join(temporaryFolder(), 'data.sqlite');
    const data = new (nodeSqlite().DatabaseSync)(url);
    data.exec('create table calls (id integer); insert into calls values (7)');
    await temporaryLedger({ url });
    const names = data.prepare("select name from sqlite_master where type = 'table' order by name").all();
    expect(names.map((row) => row.name)).toEqual([
      'calls',
      'holdfast_calls',
      'holdfast_effects',
      'holdfast_meta',
      'holdfast_migration_lock',
      'holdfast_migrations',
      'holdfast_segments',
    ]);
    expect(data.prepare('select id from calls').get()).toEqual({ id: 7 });
    data.close();
  });

  it('refuses a folder, a file that is something else, and a path below a file', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'folder'));
    writeFileSync(
      path.join(folder, 'text.txt'),
      'not a database, but long enough to be taken for the header of one\n'.repeat(40),
    );
    const open = (name: string) => openLedger({ name: 'default', url: path.join(folder, name) });
    await expect(open('folder')).rejects.toThrow(/ledger "default".*is a folder; give the path of a SQLite file/);
    await expect(open('text.txt')).rejects.toThrow(
      /text\.txt could not be opened: the ledger's file is not a SQLite database/,
    );
    await expect(open('text.txt/ledger.sqlite')).rejects.toThrow(
      /could not be opened \(E(NOTDIR|EXIST).*that this process may write/,
    );
  });

  it('refuses tables of a later version and leaves them alone', async () => {
    const url = path.join(temporaryFolder(), 'ledger.sqlite');
    await (await openLedger({ name: 'default', url })).close();
    const file = new (nodeSqlite().DatabaseSync)(url);
    file.exec("insert into holdfast_migrations values ('0099-from-the-future', '2030-01-01')");
    file.close();
    await expect(openLedger({ name: 'default', url })).rejects.toThrow(
      /made by a later version \(it has 0099-from-the-future\); upgrade Holdfast/,
    );
  });

  it.each([
    ['postgres://db/ledger', /postgres: is not supported; give the path of a SQLite file/],
    ['postgresql://db/ledger', /postgresql: is not supported/],
    ['mysql://db', /mysql: is not supported/],
    [':memory:', /a ledger in memory would forget/],
    ['', /its address is empty/],
    ['file://other-host/ledger.sqlite', /not a file on this machine/],
  ])('refuses %j', (url, words) => {
    expect(() => ledgerPath('default', url)).toThrow(words);
  });

  it('says that it is unavailable once it is closed', async () => {
    const ledger = await temporaryLedger();
    await ledger.close();
    await ledger.close();
    await expect(ledger.beginModelCall({ callKey: 's/m', attempt: 1, owner: 'o', estimate: null })).rejects.toThrow(
      /was closed in this process/,
    );
    await expect(ledger.now()).rejects.toThrow(/was closed in this process/);
  });

  const root = process.getuid?.() === 0;
  (root ? it.skip : it)('says that a file it may not write is read-only', async () => {
    const url = path.join(temporaryFolder(), 'ledger.sqlite');
    await (await openLedger({ name: 'default', url })).close();
    chmodSync(url, 0o400);
    await expect(openLedger({ name: 'default', url })).rejects.toThrow(/may write/);
  });
});
