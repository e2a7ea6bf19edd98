/** Questions to whoever sits at the terminal. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Io } from './io';
import { UsageError } from './report-error';

/** @returns true for `y` and `yes`; false for everything else, Ctrl-C and the end of the input too. */
export async function confirm(question: string, io: Io): Promise<boolean> {
  const input = createInterface({ input: io.stdin, output: io.stdout, terminal: io.interactive });
  try {
    const answer = await new Promise<string>((resolve) => {
      // Nobody ended the line.
      const unanswered = () => {
        io.stdout.write('\n');
        resolve('');
      };
      input.once('close', unanswered);
      input.once('SIGINT', unanswered);
      input.question(`${question} [y/N] `, (text) => {
        input.off('close', unanswered);
        resolve(text);
      });
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    input.close();
  }
}

/**
 * Lets whoever sits there change a text in their own editor.
 * @returns the text as it was saved.
 * @throws UsageError where there is no terminal or no editor, and where the editor failed.
 */
export function editText(text: string, io: Io): string {
  const editor = io.env.VISUAL ?? io.env.EDITOR;
  if (!io.interactive || !editor) {
    throw new UsageError("give the arguments with --args '<json>', or set EDITOR and edit them in a terminal");
  }
  // Nobody else may read what an agent is about to do.
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-edit-'));
  const file = join(folder, 'arguments.json');
  try {
    writeFileSync(file, text, { mode: 0o600 });
    // EDITOR may hold flags (`code --wait`): it is the user's own command line.
    const { status, error } = spawnSync(`${editor} "${file}"`, { shell: true, stdio: 'inherit' });
    if (error || status !== 0) throw new UsageError(`the editor ${editor} failed, so nothing is changed`);
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
