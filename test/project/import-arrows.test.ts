/** The import arrows bite: ESLint itself, with the project's own configuration, refuses each forbidden import in each folder. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const FORBIDDEN: readonly (readonly [file: string, imported: string])[] = [
  ['workflows/session/x.ts', '../../agents'],
  ['workflows/session/x.ts', '../../activities/crash-points'],
  ['workflows/session/x.ts', '../../worker/create-worker'],
  ['workflows/session/x.ts', '../../client'],
  ['workflows/session/x.ts', 'node:fs'],
  ['workflows/session/x.ts', 'crypto'],
  ['workflows/session/x.ts', 'openai'],
  ['workflows/session/x.ts', 'openai/helpers/zod'],
  ['workflows/session/x.ts', 'zod'],
  ['workflows/session/x.ts', '@temporalio/activity'],
  ['workflows/contracts/x.ts', '@temporalio/workflow'],
  ['workflows/contracts/x.ts', '../session/turn'],
  ['agents/x.ts', '../activities/crash-points'],
  ['agents/x.ts', '@temporalio/common'],
  ['activities/model/x.ts', '../../workflows/session/turn'],
  ['activities/model/x.ts', '../../worker'],
  ['activities/model/x.ts', '../../client'],
  ['activities/model/x.ts', '../../examples/receptionist'],
  ['worker/x.ts', '../client'],
  ['worker/x.ts', '../cli/main'],
  ['worker/x.ts', '../examples/receptionist'],
  ['client/x.ts', '../activities/ledger/port'],
  ['client/trace/x.ts', '../../worker'],
  ['client/x.ts', '../workflows/session/session-state'],
  ['client/x.ts', '../workflows'],
  ['testing/x.ts', '../cli/main'],
  ['testing/x.ts', '../examples/receptionist'],
  ['cli/x.ts', '../test/support/temporal-server'],
  ['index.ts', './worker'],
  ['worker/x.ts', 'holdfast/client'],
];

const ALLOWED: readonly (readonly [file: string, imported: string])[] = [
  ['workflows/session/x.ts', '../contracts/session'],
  ['workflows/session/x.ts', './turn'],
  ['workflows/session/x.ts', '@temporalio/workflow'],
  ['workflows/contracts/x.ts', './json'],
  ['agents/x.ts', '../workflows/contracts/tool'],
  ['agents/x.ts', 'zod'],
  ['activities/model/x.ts', '../../agents'],
  ['activities/model/x.ts', '../ledger/port'],
  ['activities/model/x.ts', 'openai'],
  ['worker/x.ts', '../activities/ledger/port'],
  ['worker/x.ts', '../agents'],
  ['client/x.ts', '../workflows/contracts'],
  // A folder of one's own that is called like one at the top is not that one.
  ['client/x.ts', './worker/pool'],
  ['testing/x.ts', '../worker'],
  ['testing/x.ts', '../client'],
  ['cli/x.ts', '../examples/receptionist'],
  ['test/x.test.ts', '../workflows/session/turn'],
];

const PROCESS_USE = 'export const a = process.env.HOME;\n';

const FORMS: readonly (readonly [what: string, code: string])[] = [
  ['a type import', `import type { A } from '../activities/ledger/port';\nexport type B = A;\n`],
  ['an inline type import', `export type B = import('../activities/ledger/port').Ledger;\n`],
  ['a re-export', `export { a } from '../activities/ledger/port';\n`],
  ['a re-export of all', `export * from '../activities/ledger/port';\n`],
  ['a dynamic import', `export const a = import('../activities/ledger/port');\n`],
  ['a require', `export const a: unknown = require('../activities/ledger/port');\n`],
  ['one in a file that excuses itself', `/* eslint-disable */\nexport { a } from '../activities/ledger/port';\n`],
];

const importing = (imported: string) => `import { a } from '${imported}';\na();\n`;

describe('import arrows', () => {
  const asked = new Map<string, readonly string[]>();
  const id = (filePath: string, code: string) => `${filePath}\n${code}`;
  const complaints = (filePath: string, code: string) => asked.get(id(filePath, code));

  beforeAll(() => {
    // One process for all of them: ESLint takes longer to start than to answer.
    const snippets = [
      ...[...FORBIDDEN, ...ALLOWED].map(([filePath, imported]) => ({ filePath, code: importing(imported) })),
      ...FORMS.map(([, code]) => ({ filePath: 'client/x.ts', code })),
      { filePath: 'workflows/session/x.ts', code: PROCESS_USE },
    ];
    const script = path.resolve(__dirname, '..', '..', 'scripts', 'lint', 'lint-snippets.js');
    const answer = execFileSync(process.execPath, [script], { input: JSON.stringify(snippets), encoding: 'utf8' });
    const messages = JSON.parse(answer) as string[][];
    snippets.forEach(({ filePath, code }, index) => asked.set(id(filePath, code), messages[index] ?? []));
  });

  test.each(FORBIDDEN)('%s may not import %s', (file, imported) => {
    expect(complaints(file, importing(imported))).toEqual([expect.stringMatching(/^import arrow: /)]);
  });

  test.each(ALLOWED)('%s may import %s', (file, imported) => {
    expect(complaints(file, importing(imported))).toEqual([]);
  });

  test.each(FORMS)('%s is an import', (_what, code) => {
    expect(complaints('client/x.ts', code)).toContain('import arrow: client may not import activities/ledger/port.');
  });

  test('workflow code may not use what the sandbox does not have', () => {
    expect(complaints('workflows/session/x.ts', PROCESS_USE)).toEqual([
      expect.stringContaining("Unexpected use of 'process'"),
    ]);
  });
});
