/** Stand-ins for `temporal` and `go` in a folder that a test uses as the whole PATH. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const FAKE_VERSION = 'temporal version 9.9.9 (Server 1.99.0, UI 2.99.0)';

/** A shell script that everybody may run. The script finds the system's programs, whatever PATH its caller has. */
export function writeProgram(folder: string, name: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`, { mode: 0o755 });
  return path;
}

/** Answers `--version` like a CLI with a new enough server. */
export function fakeTemporal(folder: string, version = FAKE_VERSION): string {
  return writeProgram(folder, 'temporal', `echo "${version}"`);
}

export interface FakeGo {
  /** How many builds were begun. */
  builds(): number;
  /** Lets builds that were begun with `wait` finish. */
  release(): void;
}

/** A `go` that "builds" a fake temporal, and says so as `go build -v` does. With `wait` it takes until `release`. */
export function fakeGo(folder: string, notes: string, options: { wait?: boolean; fail?: boolean } = {}): FakeGo {
  mkdirSync(notes, { recursive: true });
  const begun = join(notes, 'builds');
  const goOn = join(notes, 'go-on');
  writeProgram(
    folder,
    'go',
    [
      `echo build >> '${begun}'`,
      'while [ "$1" != "-o" ]; do shift; done',
      'echo "go: downloading example.com/module v1.0.0" >&2',
      'echo example.com/module/package >&2',
      options.wait ? `while [ ! -e '${goOn}' ]; do sleep 0.05; done` : '',
      options.fail ? 'echo "example.com/module: no such host" >&2; exit 1' : '',
      `printf '#!/bin/sh\\necho "${FAKE_VERSION}"\\n' > "$2"`,
    ].join('\n'),
  );
  return {
    builds: () => (existsSync(begun) ? readFileSync(begun, 'utf8').trim().split('\n').length : 0),
    release: () => writeFileSync(goOn, ''),
  };
}

/** A Go module by its two files: enough for a name in the cache. */
export function fakeModule(folder: string, version = '1.2.3'): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'go.mod'),
    `module example\n\nrequire github.com/temporalio/cli v${version} // indirect\n`,
  );
  writeFileSync(join(folder, 'go.sum'), '');
  return folder;
}
