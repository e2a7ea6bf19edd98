/** Everything a demo needs around its session, started in order and noted for cleaning up: files, server, model, client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type SessionClient } from '../../client';
import { startScriptedOpenAIProcess } from '../../testing';
import { useOrStartServer } from '../../worker/dev-server';
import type { Cleanup } from './cleanup';
import { screen } from './screen';

export interface DemoStage {
  readonly client: SessionClient;
  /** Environment of the workers. */
  readonly workerEnv: NodeJS.ProcessEnv;
  /** Where the Web UI is; absent for a server that was there already. */
  readonly uiUrl?: string;
}

export interface StageSpec {
  /** Of the example: part of the name of its task queue. */
  readonly name: string;
  readonly live: boolean;
  readonly cleanup: Cleanup;
  /** Compiled module with the script of the model, which takes the provider's place where it is not `live`. */
  readonly scriptModule: string;
  /** Environment that the example's own workers need beside the common one. */
  readonly env: NodeJS.ProcessEnv;
}

/** The scripted model thinks a little, so that the steps can be followed. */
const THINKING_MS = 120;

/** A temporary folder, which is gone when the demo is, also where something was thrown that nobody could catch. */
export function demoFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-demo-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  cleanup.add('temporary files', remove);
  process.once('exit', remove);
  return folder;
}

export async function setDemoStage(folder: string, spec: StageSpec): Promise<DemoStage> {
  const { name, live, cleanup, scriptModule, env } = spec;
  const server = await useOrStartServer({
    dbFile: path.join(folder, 'temporal.sqlite'),
    port: 0,
    uiPort: 0,
    dieWithParent: true,
    log: (line) => screen.progress(line),
  });
  cleanup.add('Temporal server', () => server.stop());
  const model = live ? undefined : await startScriptedModel(scriptModule, cleanup);

  // Of its own, so that no worker of somebody else's takes part.
  const taskQueue = `${name}-demo-${process.pid}`;
  // Never closed: a call that is being tried again when its connection is closed throws where nobody can catch it, and the end
  // of the process closes it as well.
  const client = await connect({ address: server.address, taskQueue });
  screen.fact('server', `${server.address}${server.uiUrl ? `, Web UI ${server.uiUrl}` : ''}`);
  screen.fact('model', model ?? `a real one${process.env.OPENAI_BASE_URL ? ` at ${process.env.OPENAI_BASE_URL}` : ''}`);
  return {
    client,
    ...(server.uiUrl === undefined ? {} : { uiUrl: server.uiUrl }),
    workerEnv: {
      ...process.env,
      TEMPORAL_ADDRESS: server.address,
      HOLDFAST_TASK_QUEUE: taskQueue,
      HOLDFAST_LEDGER_URL: path.join(folder, 'ledger.sqlite'),
      HOLDFAST_PROFILE: process.env.HOLDFAST_PROFILE || 'dev',
      ...env,
      ...(model === undefined ? {} : { OPENAI_BASE_URL: model, OPENAI_API_KEY: 'scripted' }),
    },
  };
}

/** In a process of its own, which no killed worker takes along. @returns its address. */
async function startScriptedModel(scriptModule: string, cleanup: Cleanup): Promise<string> {
  const model = await startScriptedOpenAIProcess(scriptModule, { latencyMs: THINKING_MS });
  cleanup.add('scripted model', () => model.stop());
  return model.url;
}
