/** What is published: its manifest, its files, and that they need nothing that is not published or declared with them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { packProject, readManifest, root, type Manifest, type PackedProject } from './pack';

describe('the published package', () => {
  let work: string;
  let packed: PackedProject;
  let unpacked: string;
  let manifest: Manifest;

  beforeAll(() => {
    work = mkdtempSync(path.join(os.tmpdir(), 'holdfast-pack-'));
    packed = packProject(work);
    unpacked = path.join(work, 'unpacked');
    mkdirSync(unpacked);
    execFileSync('tar', ['-xzf', packed.tarball, '-C', unpacked, '--strip-components=1']);
    manifest = readManifest(unpacked);
  }, 240_000);

  afterAll(() => rmSync(work, { recursive: true, force: true }));

  test('asks for no Node binary and nothing that only development needs', () => {
    expect(Object.keys(manifest.optionalDependencies ?? {}).filter((name) => name.startsWith('node-'))).toEqual([]);
    expect(manifest.devDependencies).toBeUndefined();
    expect(manifest.dependencies).toEqual(readManifest(root).dependencies);
  });

  test('takes the scripted model server as an optional peer only', () => {
    expect(Object.keys(manifest.dependencies ?? {})).not.toContain('@copilotkit/aimock');
    expect(manifest.peerDependenciesMeta?.['@copilotkit/aimock']).toEqual({ optional: true });
  });

  test('ships the built workflow bundle, the licence and each entry point with its types', () => {
    expect(packed.files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'CHANGELOG.md',
        'dist/workflow-bundle.js',
        ...['index', 'worker/index', 'client/index', 'testing/index'].flatMap((entry) => [
          `dist/${entry}.js`,
          `dist/${entry}.d.ts`,
        ]),
        ...Object.values(manifest.bin ?? {}),
        'deploy/temporal/go.mod',
        'deploy/temporal/go.sum',
      ]),
    );
    expect(readFileSync(path.join(unpacked, 'dist/workflow-bundle.js'), 'utf8')).toContain('agentSession');
  });

  test('ships no tests, examples, benches, sources or build state', () => {
    const unwanted = packed.files.filter(
      (file) =>
        /^dist\/(test|examples|bench|scripts)\//.test(file) ||
        /\.test\.|\.tsbuildinfo$|\.map$|\.sha256$/.test(file) ||
        (/\.ts$/.test(file) && !/\.d\.ts$/.test(file)),
    );
    expect(unwanted).toEqual([]);
  });

  test('ships nothing whose source is gone', () => {
    const orphans = packed.files.filter((file) => {
      const source = /^dist\/(.+?)(?:\.d\.ts|\.js)$/.exec(file)?.[1];
      return source !== undefined && source !== 'workflow-bundle' && !existsSync(path.join(root, `${source}.ts`));
    });
    expect(orphans).toEqual([]);
  });

  test('stays small', () => {
    expect(packed.bytes).toBeLessThan(1_500_000);
  });

  test('imports only what it ships, declares or finds in Node', () => {
    const declared = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})];
    const problems = packed.files
      .filter((file) => file.endsWith('.js') && file !== 'dist/workflow-bundle.js')
      .flatMap((file) =>
        imports(readFileSync(path.join(unpacked, file), 'utf8'))
          .filter((specifier) => !isThere(path.join(unpacked, path.dirname(file)), specifier, declared))
          .map((specifier) => `${file} imports ${specifier}`),
      );
    expect(problems).toEqual([]);
  });

  test('says in no file where it was built', () => {
    const telling = packed.files.filter((file) => {
      const text = readFileSync(path.join(unpacked, file), 'utf8');
      // The copy's dependencies are links to this project's, so this bundle names them; one built here names none of it
      // (workflow-bundle.test.ts).
      const places = file === 'dist/workflow-bundle.js' ? [packed.folder] : [packed.folder, root];
      return places.some((place) => text.includes(place));
    });
    expect(telling).toEqual([]);
  });

  test('leaves the development manifest as it was', () => {
    const before = readFileSync(path.join(root, 'package.json'), 'utf8');
    expect(readFileSync(path.join(packed.folder, 'package.json'), 'utf8')).toBe(before);
    expect(existsSync(path.join(packed.folder, '.package.development.json'))).toBe(false);
  });

  test('a packing that was killed half-way is undone by the next', () => {
    const before = readFileSync(path.join(root, 'package.json'), 'utf8');
    const script = path.join(packed.folder, 'scripts', 'published-manifest.js');
    const act = (name: string) => execFileSync(process.execPath, [script, name]);
    act('write');
    expect(readManifest(packed.folder).devDependencies).toBeUndefined();
    act('write');
    act('restore');
    expect(readFileSync(path.join(packed.folder, 'package.json'), 'utf8')).toBe(before);
    act('restore');
    expect(readFileSync(path.join(packed.folder, 'package.json'), 'utf8')).toBe(before);
  });
});

/** Module names in compiled code: `require('x')` and `import('x')`. */
function imports(code: string): string[] {
  const withoutComments = code.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [...withoutComments.matchAll(/\b(?:require|import)\(\s*(['"])([^'"]+)\1\s*\)/g)].map(
    (match) => match[2] ?? '',
  );
}

function isThere(folder: string, specifier: string, declared: readonly string[]): boolean {
  if (specifier.startsWith('.')) {
    const target = path.join(folder, specifier);
    return [target, `${target}.js`, path.join(target, 'index.js')].some(
      (file) => /\.js(on)?$/.test(file) && existsSync(file),
    );
  }
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return true;
  return declared.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}
