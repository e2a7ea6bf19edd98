/**
 * The scripted model as a process of its own:
 * `node dist/testing/openai-server-main.js <script module> [--port n] [--latency ms]`. The module exports `script`; a `.json`
 * file is the script. Prints one line of JSON, `{"url": "…"}`, when it listens; ends on SIGTERM, SIGINT or when a parent that
 * opened an IPC channel is gone.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startScriptedOpenAI } from './openai-server';
import type { Script } from './script';

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string' }, latency: { type: 'string' } },
  });
  const file = positionals[0];
  if (file === undefined || positionals.length > 1) {
    throw new Error('Expected one script: a module that exports `script`, or a .json file.');
  }
  const server = await startScriptedOpenAI({
    script: await loadScript(path.resolve(file)),
    port: integer(values.port, '--port', 0),
    latencyMs: integer(values.latency, '--latency', 0),
  });
  const end = (): void => void server.stop().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  process.once('disconnect', end);
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
}

async function loadScript(file: string): Promise<Script> {
  const loaded: unknown = file.endsWith('.json')
    ? { script: JSON.parse(readFileSync(file, 'utf8')) as unknown }
    : await import(file);
  const script = (loaded as { script?: Partial<Script> }).script;
  if (!script || !Array.isArray(script.turns)) {
    throw new Error(
      `${file} holds no script: expected an export \`script\` with { name, turns: [{ user, answers }] }.`,
    );
  }
  return { ...script, name: script.name ?? path.basename(file), turns: script.turns };
}

function integer(text: string | undefined, flag: string, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${flag} must be a whole number of 0 or more, got ${JSON.stringify(text)}.`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
