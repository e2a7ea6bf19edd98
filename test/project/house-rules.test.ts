/** What every file of the tree keeps to, beyond what lint and the compiler see. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts/names';
import { devServerArgs } from '../../worker/dev-server/flags';

const root = path.resolve(__dirname, '..', '..');

const FOLDERS = [
  ...[
    'workflows',
    'agents',
    'activities',
    'worker',
    'client',
    'testing',
    'cli',
    'examples',
    'bench',
    'scripts',
    'test',
  ],
];

const files = FOLDERS.filter((folder) => existsSync(path.join(root, folder)))
  .flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.posix.join(folder, file),
    ),
  )
  .filter((file) => /\.[jt]s$/.test(file));

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

describe('source files', () => {
  test('have names in kebab-case that say what they are', () => {
    const wrong = files.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.[jt]s$/.test(path.posix.basename(file)));
    expect(wrong).toEqual([]);
    expect(files.filter((file) => /\/(utils?|helpers?|types|misc|common)\.[jt]s$/.test(file))).toEqual([]);
  });

  test('begin by saying what they are', () => {
    // A test file may leave that to the names of its tests.
    const code = files.filter((file) => !file.endsWith('.test.ts'));
    expect(code.filter((file) => !/^(#!.*\n)?('use strict';\n)?\/[/*]/.test(read(file)))).toEqual([]);
  });

  test('suppress no check', () => {
    const excused = files.filter((file) =>
      /@ts-(ignore|nocheck|expect-error)|^\s*\/[/*]\s*eslint-disable/m.test(read(file)),
    );
    expect(excused).toEqual([]);
  });

  test('run for good: no test is focused', () => {
    expect(
      files.filter(
        (file) => /\.test\.ts$/.test(file) && /\b(describe|test|it)\.only\b|\bf(describe|it)\(/.test(read(file)),
      ),
    ).toEqual([]);
  });
});

describe('docker-compose.yml', () => {
  const compose = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
  const server = devServerArgs({
    ip: '0.0.0.0',
    port: 7233,
    uiPort: 8233,
    dbFile: 'temporal.sqlite',
    logLevel: 'error',
  });

  test('starts its server as `npm run dev` does', () => {
    const settings = server.filter((arg) => /^[\w.]+=\w+$/.test(arg));
    expect(settings.length).toBeGreaterThanOrEqual(4 + Object.keys(SEARCH_ATTRIBUTES).length);
    expect(settings.filter((setting) => !compose.includes(`- ${setting}\n`))).toEqual([]);
  });

  test('opens its ports to this machine only', () => {
    const ports = [...compose.matchAll(/^\s*- '?([\d.:]*:\d+)'?$/gm)].map((match) => match[1]);
    expect(ports).toEqual(['127.0.0.1:7233:7233', '127.0.0.1:8233:8233']);
  });
});

describe('Markdown files', () => {
  const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md']
    .concat(
      readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.md'))
        .map((file) => path.posix.join('docs', file)),
    )
    .filter((page) => existsSync(path.join(root, page)));

  test.each(pages)('%s links only to what is there', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(path.join(root, path.dirname(page), link)))).toEqual([]);
  });
});
