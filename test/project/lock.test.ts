/** The lock file installs on any machine, and the manifest pins what must not drift. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '..', '..');

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
interface Locked extends Manifest {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

const lockText = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
const { packages } = JSON.parse(lockText) as { packages: Readonly<Record<string, Locked>> };
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;

/** Where Node, started in the package at `from`, would find `name`. */
function resolved(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules') - 1))) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (candidate in packages) return candidate;
    if (folder === '') return undefined;
  }
}

describe('package-lock.json', () => {
  test('has every optional dependency that one of its packages names', () => {
    // One that is missing makes `npm ci` fail on the platform it is for: "Missing ... from lock file".
    const missing = Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => resolved(at, name) === undefined)
        .map((name) => `${name} (of ${at || 'the project'})`),
    );
    expect(missing).toEqual([]);
  });

  test('names no registry: each machine asks its own', () => {
    expect(Object.entries(packages).filter(([, { resolved: url }]) => url !== undefined)).toEqual([]);
    expect(lockText).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  test('has the integrity of every package', () => {
    expect(Object.entries(packages).filter(([at, { integrity, link }]) => at !== '' && !link && !integrity)).toEqual(
      [],
    );
  });

  test('has one copy of each Temporal package, all of one version', () => {
    const temporal = Object.entries(packages).filter(([at]) => /(^|\/)node_modules\/@temporalio\/[^/]+$/.test(at));
    expect(temporal.map(([at]) => at).filter((at) => at.split('node_modules').length > 2)).toEqual([]);
    const versions = new Set(temporal.map(([, { version }]) => version));
    expect([...versions]).toEqual([manifest.dependencies?.['@temporalio/worker']]);
  });

  test('is of this manifest', () => {
    const { dependencies, devDependencies, optionalDependencies } = packages[''] ?? {};
    expect({ dependencies, devDependencies, optionalDependencies }).toEqual({
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
      optionalDependencies: manifest.optionalDependencies,
    });
  });
});

describe('package.json', () => {
  test('pins Temporal exactly', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    const loose = Object.entries(all).filter(
      ([name, range]) => name.startsWith('@temporalio/') && !/^\d+\.\d+\.\d+$/.test(range),
    );
    expect(loose).toEqual([]);
  });

  test('pins the Node that it brings along, the same for every platform', () => {
    const nodes = Object.entries(manifest.optionalDependencies ?? {}).filter(([name]) =>
      /^node-(linux|win)-/.test(name),
    );
    expect(nodes.length).toBeGreaterThan(0);
    expect(new Set(nodes.map(([, version]) => version)).size).toBe(1);
    expect(nodes[0]?.[1]).toMatch(/^24\.\d+\.\d+$/);
  });
});
