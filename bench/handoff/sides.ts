/** The two sides of this bench, with a worker process each, and one run of either: what it took, and where its time went. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { HEARTBEAT_MS } from '../../agents/policies';
import { startProcess, type ManagedProcess } from '../../testing/managed-process';
import type { Bench, SideName } from '../setup';
import { benchWorkerEnv } from '../worker-settings';
import { DESK, FLOOR_QUEUE, HOLDFAST_QUEUE, MESSAGES, type Kind } from './cast';
import type { FloorFamilyInput } from './floor-workflow';
import { phasesOf, type Phases } from './phases';
import { clock, type HandoffStub, type Mark } from './stub';

export interface Family {
  readonly name: SideName;
  startWorker(): Promise<ManagedProcess<unknown>>;
  /** One run, from the user's message to the user's answer; a session is open after it, so that no end of one is measured with the next. */
  talk(id: string, kind: Kind): Promise<void>;
}

export interface Run {
  /** From the end of the desk's answer to the clerk's first request, ms. */
  readonly toChild: number;
  /** From there to the answer that the user has (transfer), or to the request with what the clerk said (delegation), ms. */
  readonly whole: number;
  readonly phases: Phases;
}

export async function sidesOf(bench: Bench, stub: HandoffStub): Promise<Readonly<Record<SideName, Family>>> {
  const floorBundle = await bundleFloor(bench.folder);
  const startWorker = (name: SideName, taskQueue: string) => () =>
    startProcess<unknown>({
      script: join(__dirname, `${name}-worker-main.js`),
      logFile: join(bench.folder, `handoff-${name}-worker.log`),
      env: {
        OPENAI_BASE_URL: stub.modelUrl,
        OPENAI_API_KEY: 'stub',
        ...benchWorkerEnv({
          address: bench.sessions.address,
          taskQueue,
          floorBundle,
          ledger: join(bench.folder, 'handoff-ledger.sqlite'),
        }),
      },
    });
  return {
    floor: {
      name: 'floor',
      startWorker: startWorker('floor', FLOOR_QUEUE),
      talk: async (workflowId, kind) => {
        const input: FloorFamilyInput = { kind, heartbeatMs: HEARTBEAT_MS.dev };
        await bench.client.workflow.execute('floorDesk', { workflowId, taskQueue: FLOOR_QUEUE, args: [input] });
      },
    },
    holdfast: {
      name: 'holdfast',
      startWorker: startWorker('holdfast', HOLDFAST_QUEUE),
      talk: async (sessionId, kind) => {
        const answer = await bench.sessions.send({ sessionId, agent: DESK, text: MESSAGES[kind] });
        if (answer.kind !== 'reply') throw new Error(`${sessionId} answered ${JSON.stringify(answer)}`);
      },
    },
  };
}

export async function measure(bench: Bench, stub: HandoffStub, side: Family, id: string, kind: Kind): Promise<Run> {
  await side.talk(id, kind);
  const answeredAt = clock();
  const marks = stub.takeMarks();
  const [desk, clerk] = [markOf(marks, 'desk', id), markOf(marks, 'clerk', id)];
  const wholeAt = kind === 'transfer' ? answeredAt : markOf(marks, 'desk again', id).arrivedAt;
  return {
    toChild: clerk.arrivedAt - desk.answeredAt,
    whole: wholeAt - desk.answeredAt,
    phases: await phasesOf(bench.client, id, { from: desk.answeredAt, to: clerk.arrivedAt }),
  };
}

function markOf<Part>(marks: ReadonlyMap<Part, Mark>, part: Part, id: string): Mark {
  const mark = marks.get(part);
  if (!mark) throw new Error(`${id}: the model was not asked for the ${String(part)}`);
  return mark;
}

async function bundleFloor(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, 'floor-workflow.js'),
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, 'floor-family-bundle.js');
  writeFileSync(path, code);
  return path;
}
