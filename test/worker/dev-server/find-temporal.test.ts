/** The ladder, rung by rung, with stand-ins for `temporal`, `go` and the download. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporal, findTemporalBinary, type LadderOptions } from '../../../worker/dev-server/find-temporal';
import { builtBinaryName } from '../../../worker/dev-server/go-module';
import { fakeGo, fakeModule, fakeTemporal, FAKE_VERSION, writeProgram } from './fake-programs';
import { runSource } from './run-source';
import { until } from './until';

describe('the ladder to a temporal binary', () => {
  let root: string;
  let path: string;
  let cache: string;
  let moduleDir: string;
  let lines: string[];

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-ladder-'));
    path = join(root, 'bin');
    cache = join(root, 'cache');
    moduleDir = fakeModule(join(root, 'module'));
    lines = [];
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const ladder = (more: Partial<LadderOptions> = {}, env: Record<string, string> = {}): LadderOptions => ({
    env: { PATH: path, ...env },
    cacheDir: cache,
    moduleDir,
    log: (line) => lines.push(line),
    download: () => Promise.reject(new Error('offline')),
    ...more,
  });
  const cached = (): string => join(cache, builtBinaryName(moduleDir));

  test('a server that TEMPORAL_ADDRESS names is used, and nothing is looked for', async () => {
    fakeTemporal(path);
    expect(await findTemporal(ladder({}, { TEMPORAL_ADDRESS: 'example:7233' }))).toEqual({
      kind: 'server',
      address: 'example:7233',
    });
    expect(lines).toEqual(['using the Temporal server at example:7233 (TEMPORAL_ADDRESS)']);
  });

  test('temporal on PATH comes next', async () => {
    const temporal = fakeTemporal(path);
    expect(await findTemporal(ladder())).toEqual({
      kind: 'binary',
      path: temporal,
      rung: 'path',
      version: FAKE_VERSION,
    });
    expect(lines).toEqual([`TEMPORAL_ADDRESS is not set: using ${temporal} (on PATH): ${FAKE_VERSION}`]);
  });

  test('TEMPORAL_CLI_PATH wins over PATH, and is an error when it does not work', async () => {
    fakeTemporal(path);
    const chosen = fakeTemporal(join(root, 'chosen'));
    expect((await findTemporalBinary(ladder({}, { TEMPORAL_CLI_PATH: chosen }))).path).toBe(chosen);

    const wrong = writeProgram(join(root, 'wrong'), 'temporal', 'echo hello');
    await expect(findTemporalBinary(ladder({}, { TEMPORAL_CLI_PATH: wrong }))).rejects.toThrow(
      `TEMPORAL_CLI_PATH is ${wrong}, which is not the Temporal CLI (--version said "hello"); set it to a Temporal CLI or unset it.`,
    );
    await expect(findTemporalBinary(ladder({}, { TEMPORAL_CLI_PATH: join(root, 'none') }))).rejects.toThrow(
      /does not run \(ENOENT\)/,
    );
  });

  test('a CLI on PATH whose server is too old does not serve', async () => {
    fakeTemporal(path, 'temporal version 1.0.0 (Server 1.24.2, UI 2.28.0)');
    fakeGo(path, root);
    expect((await findTemporalBinary(ladder())).rung).toBe('build');
    expect(lines[0]).toMatch(/is too old .* server 1\.28 or newer is needed\): looking in the cache/);
  });

  test('without any of them it is built with Go, and found in the cache the next time', async () => {
    const go = fakeGo(path, root);
    const built = await findTemporalBinary(ladder());
    expect(built).toEqual({ kind: 'binary', path: cached(), rung: 'build', version: FAKE_VERSION });
    expect(lines).toEqual([
      `temporal is not on PATH: looking in the cache ${cache}`,
      `the cache ${cache} has no binary of this version: asking the SDK to download the Temporal CLI`,
      `the download failed (offline): building the Temporal CLI with ${join(path, 'go')} into ${cached()} (once; some minutes)`,
      `build done: ${cached()}: ${FAKE_VERSION}`,
    ]);
    expect(readdirSync(cache)).toEqual([builtBinaryName(moduleDir)]);

    expect(await findTemporalBinary(ladder())).toEqual({ ...built, rung: 'cache' });
    expect(go.builds()).toBe(1);
  });

  test('a change of the Go module is another file in the cache', async () => {
    const go = fakeGo(path, root);
    await findTemporalBinary(ladder());
    const newer = fakeModule(join(root, 'newer'), '1.2.4');
    await findTemporalBinary(ladder({ moduleDir: newer }));
    writeFileSync(join(newer, 'go.sum'), 'another sum\n');
    await findTemporalBinary(ladder({ moduleDir: newer }));
    expect(go.builds()).toBe(3);
    expect(readdirSync(cache)).toHaveLength(3);
  });

  test('what the SDK downloads is kept in the cache, and Go is not needed', async () => {
    const download = jest.fn(({ into }: { into: string }) => Promise.resolve(fakeTemporal(into)));
    const found = await findTemporalBinary(ladder({ download }));
    expect(found).toMatchObject({ rung: 'download', version: FAKE_VERSION });
    expect(found.path.startsWith(join(cache, 'temporal-sdk-'))).toBe(true);
    expect(await findTemporalBinary(ladder({ download }))).toEqual({ ...found, rung: 'cache' });
    expect(download).toHaveBeenCalledTimes(1);
  });

  test('a broken binary in the cache is said and replaced', async () => {
    mkdirSync(cache);
    writeFileSync(cached(), 'half a file', { mode: 0o755 });
    const go = fakeGo(path, root);
    expect((await findTemporalBinary(ladder())).rung).toBe('build');
    expect(lines[0]).toMatch(`${cached()} (in the cache) `);
    expect(go.builds()).toBe(1);
    expect(readFileSync(cached(), 'utf8')).toContain(FAKE_VERSION);

    chmodSync(cached(), 0o644);
    expect((await findTemporalBinary(ladder())).rung).toBe('build');
    expect(lines.some((line) => line.includes('(in the cache) does not run (EACCES)'))).toBe(true);
  });

  test('no rung serves: one error with the reason of each and what to do, and nothing left behind', async () => {
    const error = await findTemporal(ladder()).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.name).toBe('TemporalNotFoundError');
    expect(error?.message).toBe(
      'No Temporal dev server could be found or made: TEMPORAL_ADDRESS is not set; temporal is not on PATH; ' +
        `the cache ${cache} has no binary of this version; the download failed (offline); go is not on PATH, so nothing can be built. ` +
        'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH, install Go (https://go.dev/dl), ' +
        'or set TEMPORAL_ADDRESS to a running server.',
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test("a build that fails is told with Go's last words", async () => {
    fakeGo(path, root, { fail: true });
    await expect(findTemporalBinary(ladder())).rejects.toThrow(
      'the build failed (go build ended with code 1: example.com/module: no such host)',
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test('a build that makes something else is not taken', async () => {
    writeProgram(path, 'go', `while [ "$1" != "-o" ]; do shift; done; printf '#!/bin/sh\\necho hello\\n' > "$2"`);
    await expect(findTemporalBinary(ladder())).rejects.toThrow(
      'what the build made is not the Temporal CLI (--version said "hello")',
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test('a cache folder that cannot be made is told', async () => {
    writeFileSync(cache, 'a file');
    await expect(findTemporalBinary(ladder())).rejects.toThrow(
      /the cache folder cannot be written to .*HOLDFAST_CACHE_DIR/,
    );
  });

  test('two processes at once: one builds, the other waits, both have the binary', async () => {
    const go = fakeGo(path, root, { wait: true });
    const first = runSource('find-once.ts', [path, cache, moduleDir]);
    await until('the first to build', () => go.builds() === 1);
    const second = runSource('find-once.ts', [path, cache, moduleDir]);
    await until('the second to wait', () =>
      second.output().includes(`another process (${first.child.pid}) is getting the Temporal CLI`),
    );
    go.release();
    expect(await Promise.all([first.ended, second.ended])).toEqual([0, 0]);
    expect(first.output()).toContain(`found ${cached()}`);
    expect(second.output()).toContain(`found ${cached()}`);
    expect(go.builds()).toBe(1);
    expect(readdirSync(cache)).toEqual([builtBinaryName(moduleDir)]);
  });

  test('a builder that is killed leaves its work to the one that waits', async () => {
    const go = fakeGo(path, root, { wait: true });
    const first = runSource('find-once.ts', [path, cache, moduleDir]);
    await until('the first to build', () => go.builds() === 1);
    const second = runSource('find-once.ts', [path, cache, moduleDir]);
    await until('the second to wait', () => second.output().includes('another process'));
    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    await until('the second to build', () => go.builds() === 2);
    go.release();
    expect(await second.ended).toBe(0);
    expect(second.output()).toContain(`found ${cached()}`);
    expect(existsSync(`${cached()}.lock`)).toBe(false);
  });

  test('folders that killed builders left are removed once they are old', async () => {
    const [old, young] = [join(cache, 'build-old'), join(cache, 'build-young')];
    mkdirSync(old, { recursive: true });
    mkdirSync(young);
    const yesterday = new Date(Date.now() - 86_400_000);
    utimesSync(old, yesterday, yesterday);
    fakeGo(path, root);
    await findTemporalBinary(ladder());
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });
});
