/** Everything the demo needs around the session, started in order and noted for cleaning up: files, server, model, client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type SessionClient } from '../../../client';
import { startScriptedOpenAIProcess } from '../../../testing';
import { useOrStartServer } from '../../../worker/dev-server';
import { openCalendar } from '../calendar';
import { startServices, type Services } from '../services/server';
import type { Cleanup } from './cleanup';
import { screen } from './screen';

export interface Stage {
  readonly client: SessionClient;
  readonly calendarFile: string;
  /** Payments and text messages, in this process, which nobody kills. */
  readonly services: Services;
  /** Environment of the workers. */
  readonly workerEnv: NodeJS.ProcessEnv;
  /** Where the Web UI is; absent for a server that was there already. */
  readonly uiUrl?: string;
}

/** The scripted model thinks a little, so that the steps can be followed. */
const THINKING_MS = 120;

export async function setStage(live: boolean, cleanup: Cleanup): Promise<Stage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-demo-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  cleanup.add('temporary files', remove);
  // Also where something was thrown that nobody could catch.
  process.once('exit', remove);
  const calendarFile = path.join(folder, 'calendar.sqlite');
  openCalendar(calendarFile).close();
  const services = await startServices({ file: path.join(folder, 'services.jsonl') });
  cleanup.add('payments and text messages', () => services.close());

  const server = await useOrStartServer({
    dbFile: path.join(folder, 'temporal.sqlite'),
    port: 0,
    uiPort: 0,
    dieWithParent: true,
    log: (line) => screen.progress(line),
  });
  cleanup.add('Temporal server', () => server.stop());
  const model = live ? undefined : await startScriptedModel(cleanup);

  // Of its own, so that no worker of somebody else's takes part.
  const taskQueue = `receptionist-demo-${process.pid}`;
  // Never closed: a call that is being tried again when its connection is closed throws where nobody can catch it, and the end
  // of the process closes it as well.
  const client = await connect({ address: server.address, taskQueue });
  screen.fact('server', `${server.address}${server.uiUrl ? `, Web UI ${server.uiUrl}` : ''}`);
  screen.fact('model', model ?? `a real one${process.env.OPENAI_BASE_URL ? ` at ${process.env.OPENAI_BASE_URL}` : ''}`);
  return {
    client,
    calendarFile,
    services,
    ...(server.uiUrl === undefined ? {} : { uiUrl: server.uiUrl }),
    workerEnv: {
      ...process.env,
      TEMPORAL_ADDRESS: server.address,
      HOLDFAST_TASK_QUEUE: taskQueue,
      HOLDFAST_LEDGER_URL: path.join(folder, 'ledger.sqlite'),
      HOLDFAST_PROFILE: process.env.HOLDFAST_PROFILE || 'dev',
      RECEPTIONIST_CALENDAR: calendarFile,
      RECEPTIONIST_SERVICES_URL: services.url,
      ...(model === undefined ? {} : { OPENAI_BASE_URL: model, OPENAI_API_KEY: 'scripted' }),
    },
  };
}

/** In a process of its own, which no killed worker takes along. @returns its address. */
async function startScriptedModel(cleanup: Cleanup): Promise<string> {
  const model = await startScriptedOpenAIProcess(path.join(__dirname, '..', 'script.js'), { latencyMs: THINKING_MS });
  cleanup.add('scripted model', () => model.stop());
  return model.url;
}
