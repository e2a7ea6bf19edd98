/** The lock between processes: held, free, left by a dead process, left by another machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../../worker/dev-server/cache-lock';

describe('withLock', () => {
  let folder: string;
  let lock: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
    lock = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const never = (): void => {
    throw new Error('waited although nobody holds the lock');
  };
  const leave = (owner: object | string, ageMs = 0): void => {
    writeFileSync(lock, typeof owner === 'string' ? owner : JSON.stringify(owner));
    const then = new Date(Date.now() - ageMs);
    utimesSync(lock, then, then);
  };

  test('is taken for the work and gone afterwards, also when the work fails', async () => {
    expect(await withLock(lock, never, () => Promise.resolve(existsSync(lock)))).toBe(true);
    await expect(withLock(lock, never, () => Promise.reject(new Error('broke')))).rejects.toThrow('broke');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('two do their work one after the other', async () => {
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await new Promise((next) => setTimeout(next, 50));
      events.push(`${name} ends`);
    };
    await Promise.all([withLock(lock, () => {}, work('a')), withLock(lock, () => {}, work('b'))]);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  test('a living owner is waited for, and named', async () => {
    leave({ pid: process.pid, host: hostname(), token: 'another' });
    const waitedFor: (number | undefined)[] = [];
    await withLock(
      lock,
      (pid) => {
        waitedFor.push(pid);
        rmSync(lock);
      },
      () => Promise.resolve(),
    );
    expect(waitedFor).toEqual([process.pid]);
  });

  test('the lock of a process that died is taken over at once', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    leave({ pid: dead, host: hostname(), token: 'dead' });
    await expect(withLock(lock, never, () => Promise.resolve('done'))).resolves.toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['of another machine', { pid: process.pid, host: 'another-machine', token: 'x' }],
    ['whose pid another process has now', { pid: process.pid, host: hostname(), token: 'x' }],
    ['that was never written to its end', '{"pid":'],
  ])('a lock %s is taken over when nobody has touched it for long', async (_what, owner) => {
    leave(owner, 60_000);
    await expect(withLock(lock, never, () => Promise.resolve('done'))).resolves.toBe('done');
  });

  test('who lost the lock to another does not remove the lock of that one', async () => {
    await withLock(lock, never, () => {
      leave({ pid: process.pid, host: hostname(), token: 'another' });
      return Promise.resolve();
    });
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});
