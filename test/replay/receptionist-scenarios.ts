/** The receptionist's conversation: as it goes, and with a worker that is killed inside a booking. */
import path from 'node:path';
import { openCalendar } from '../../examples/receptionist/calendar';
import { CALENDAR_LEDGER } from '../../examples/receptionist/calendar-ledger';
import { RECEPTIONIST, receptionist } from '../../examples/receptionist/agent';
import { startWorkerChild } from '../../examples/receptionist/demo/worker-child';
import { CONVERSATION, script } from '../../examples/receptionist/script';
import { PATIENCE_MS, uniqueName, within, type Stage } from '../session/stage';
import type { Scenario } from './scenarios';

const calendarFile = (folder: string) => path.join(folder, 'calendar.sqlite');

/** Payments and text messages: nobody is asked for either in these sessions. */
const NO_SERVICES = 'http://127.0.0.1:9';

/** Up to where the user wants to pay. */
const WITHOUT_SERVICES = CONVERSATION.slice(0, 6);

const common = {
  script,
  agents: (folder: string) => [receptionist(openCalendar(calendarFile(folder)), NO_SERVICES)],
  ledgers: (folder: string) => ({ [CALENDAR_LEDGER.name]: calendarFile(folder) }),
};

async function talk(stage: Stage, sessionId: string, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const answer = await stage.client.send(
      { sessionId, agent: RECEPTIONIST, tenant: 'clinic', user: 'maria', text },
      { timeoutMs: 3 * PATIENCE_MS },
    );
    if (answer.kind !== 'reply')
      throw new Error(`expected a reply to ${JSON.stringify(text)}, got ${JSON.stringify(answer)}`);
  }
}

export function receptionistScenarios(): readonly Scenario[] {
  return [
    {
      ...common,
      name: 'receptionist',
      play: async (stage) => {
        const sessionId = uniqueName('receptionist');
        await talk(stage, sessionId, WITHOUT_SERVICES);
        return sessionId;
      },
    },
    {
      ...common,
      name: 'receptionist-worker-killed',
      play: async (stage, modelUrl) => {
        await stage.worker.stop();
        const start = (extra: NodeJS.ProcessEnv) =>
          startWorkerChild({
            ...process.env,
            TEMPORAL_ADDRESS: stage.address,
            HOLDFAST_TASK_QUEUE: stage.taskQueue,
            HOLDFAST_LEDGER_URL: stage.ledgerFile,
            HOLDFAST_PROFILE: 'dev',
            RECEPTIONIST_CALENDAR: calendarFile(stage.folder),
            OPENAI_BASE_URL: modelUrl,
            OPENAI_API_KEY: 'scripted',
            ...extra,
          });
        const first = start({ HOLDFAST_CRASH_AT: 'tool.after-effect[book_appointment]#1' });
        await within(PATIENCE_MS, 'the first worker', first.ready);
        const sessionId = uniqueName('receptionist');
        const talking = talk(stage, sessionId, WITHOUT_SERVICES.slice(0, 3));
        const { signal } = await within(PATIENCE_MS, 'the first worker to die', first.exited);
        if (signal !== 'SIGKILL') throw new Error(`the first worker ended by ${signal}`);
        const second = start({});
        await talking;
        await second.stop();
        return sessionId;
      },
    },
  ];
}
