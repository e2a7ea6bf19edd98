/** The README's code is real code: its TypeScript blocks compile against the package as it is built, each as a file of one project. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('the README', () => {
  it('has TypeScript that compiles', () => {
    const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
    expect(blocks).toHaveLength(5);
    const project = mkdtempSync(join(tmpdir(), 'holdfast-readme-'));
    try {
      mkdirSync(join(project, 'node_modules'));
      symlinkSync(ROOT, join(project, 'node_modules', 'holdfast'), 'dir');
      symlinkSync(join(ROOT, 'node_modules', 'zod'), join(project, 'node_modules', 'zod'), 'dir');
      symlinkSync(join(ROOT, 'node_modules', '@types'), join(project, 'node_modules', '@types'), 'dir');
      writeFileSync(join(project, 'package.json'), '{ "type": "commonjs" }');
      const files = ['agents.ts', 'approval.ts', 'team.ts', 'worker.ts', 'client.ts'].map((name, index) => {
        const file = join(project, name);
        writeFileSync(file, blocks[index] ?? '');
        return file;
      });
      const program = ts.createProgram(files, {
        module: ts.ModuleKind.Node20,
        target: ts.ScriptTarget.ES2022,
        strict: true,
        skipLibCheck: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(project, 'node_modules', '@types')],
      });
      const problems = ts
        .getPreEmitDiagnostics(program)
        .map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, '\n'));
      expect(problems).toEqual([]);
    } finally {
      rmSync(project, { recursive: true, force: true });
    }
  }, 60_000);

  it('names only npm scripts, images and documents that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const files = [...readme.matchAll(/\]\(((?:docs|examples)\/[^)#]+)\)/g)].map((match) => match[1] ?? '');
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(() => readFileSync(join(ROOT, file))).not.toThrow();
  });
});
