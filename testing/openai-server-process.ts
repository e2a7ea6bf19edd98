/** Starts the scripted model in a process of its own, which no crash of the caller's workers can touch. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface ScriptedOpenAIProcess {
  /** For `OPENAI_BASE_URL`, with `/v1`. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Works from the compiled package only: the child is plain JavaScript.
 * @param script path of a compiled module that exports `script`, or of a .json file.
 * @throws Error with what the process said, where it ended instead of listening.
 */
export async function startScriptedOpenAIProcess(
  script: string,
  options: { readonly port?: number; readonly latencyMs?: number } = {},
): Promise<ScriptedOpenAIProcess> {
  const flags = [
    ...(options.port === undefined ? [] : ['--port', String(options.port)]),
    ...(options.latencyMs === undefined ? [] : ['--latency', String(options.latencyMs)]),
  ];
  const child = fork(path.join(__dirname, 'openai-server-main.js'), [script, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const ended = once(child, 'exit');
  if (!child.stdout) throw new Error('The scripted model has no output to read its address from.');
  const firstLine = once(createInterface(child.stdout), 'line');
  const line: unknown = await Promise.race([firstLine.then(([text]) => text as unknown), ended.then(() => undefined)]);
  if (typeof line !== 'string')
    throw new Error(`The scripted model did not start: ${said.join('').trim() || 'no reason given'}`);
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}
