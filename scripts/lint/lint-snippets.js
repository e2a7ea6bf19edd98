/**
 * Lints snippets as if they stood in files of this project, for the test of the import arrows: jest cannot load ESLint itself,
 * which reads its configuration by dynamic import. In, on stdin: JSON `[{ filePath, code }]`; out: JSON, the messages of each.
 */
'use strict';
const path = require('node:path');
const { text } = require('node:stream/consumers');
const { ESLint } = require('eslint');

/** The rules that can be asked without type information, which snippets have none of. */
const RULES = ['holdfast/import-arrows', 'no-restricted-globals'];

async function main() {
  const cwd = path.resolve(__dirname, '..', '..');
  const eslint = new ESLint({
    cwd,
    ruleFilter: ({ ruleId }) => RULES.includes(ruleId),
    overrideConfig: [
      { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false, project: null } } },
    ],
  });
  /** @type {{ filePath: string, code: string }[]} */
  const snippets = JSON.parse(await text(process.stdin));
  const messages = [];
  for (const { filePath, code } of snippets) {
    const results = await eslint.lintText(code, { filePath: path.join(cwd, filePath) });
    messages.push(results.flatMap((result) => result.messages.map(({ message }) => message)));
  }
  console.log(JSON.stringify(messages));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
