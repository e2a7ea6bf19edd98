/** Packs a copy of this project by `npm pack`, as somebody who publishes it would. A copy: packing changes package.json for a moment. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(__dirname, '..', '..');

/** Not copied: fetched, made elsewhere, or nobody's business. */
const LEFT_OUT = ['node_modules', '.git', 'dist', 'coverage', '.holdfast'];

export interface PackedProject {
  /** The copy that was packed, as `npm pack` left it. */
  readonly folder: string;
  readonly tarball: string;
  /** Paths in the package. */
  readonly files: readonly string[];
  readonly bytes: number;
  readonly unpackedBytes: number;
}

/** npm without what the npm that runs this test set for its own children. */
export function npm(cwd: string, args: readonly string[], timeoutMs: number): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_(?!config_)/i.test(name)));
  const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_update_notifier: 'false' };
  try {
    return execFileSync('npm', args, {
      cwd,
      encoding: 'utf8',
      timeout: timeoutMs,
      stdio: 'pipe',
      env: { ...env, ...quiet },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`npm ${args[0]} failed:\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** @param into an empty folder that the caller removes */
export function copyProject(into: string): string {
  const folder = path.join(into, 'holdfast');
  mkdirSync(folder);
  const top = (file: string) => path.relative(root, file).split(path.sep)[0] ?? '';
  cpSync(root, folder, { recursive: true, filter: (file) => !LEFT_OUT.includes(top(file)) });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
  return folder;
}

export function packProject(into: string): PackedProject {
  const folder = copyProject(into);
  const answer = npm(folder, ['pack', '--json', '--pack-destination', into], 180_000);
  const [packed] = JSON.parse(answer.slice(answer.indexOf('['))) as [
    { filename: string; size: number; unpackedSize: number; files: { path: string }[] },
  ];
  return {
    folder,
    tarball: path.join(into, packed.filename),
    files: packed.files.map((file) => file.path).sort(),
    bytes: packed.size,
    unpackedBytes: packed.unpackedSize,
  };
}

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}
