/** How this command was called, for the lines that say what to type next. */

/** @param env of the process: npm says in it which script it runs, `npx` for npx. */
export function commandName(env: Readonly<Record<string, string | undefined>>): string {
  const script = env.npm_lifecycle_event;
  if (!script) return 'holdfast';
  return script === 'npx' ? 'npx holdfast' : 'npm run holdfast --';
}
