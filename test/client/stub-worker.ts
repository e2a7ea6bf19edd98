/**
 * A worker with the real workflow and a model of few words, for tests of clients: it says back what it hears, and holds its answer to
 * `hold …` until it is let go.
 */
import { Context, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, type PayloadCodec } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { installRuntime } from '../../worker/runtime';
import { holdfastDataConverter } from '../../worker/data-converter';
import { workflowBundlePath } from '../../worker/workflow-bundle';
import { FAILURE_TYPES, MODEL_CALL_ACTIVITY, type ModelCallInput, type ModelTurn } from '../../workflows/contracts';

export interface StubWorker {
  readonly taskQueue: string;
  /** Texts the model was asked with, one per call of it. */
  readonly heard: readonly string[];
  /** Lets every answer go that is held, and those to come. */
  release(): void;
  /** Resolves when `count` answers are held. */
  untilHolding(count: number): Promise<void>;
  stop(): Promise<void>;
}

export interface StubWorkerOptions {
  readonly address: string;
  readonly taskQueue?: string;
  readonly payloadCodecs?: readonly PayloadCodec[];
}

/** Agents the stub knows. */
export const STUB_AGENTS = ['parrot', 'other'];

export async function startStubWorker({
  address,
  taskQueue = uniqueName('queue'),
  payloadCodecs,
}: StubWorkerOptions): Promise<StubWorker> {
  installRuntime('error');
  const heard: string[] = [];
  const gate = new Gate();
  const connection = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { codePath: workflowBundlePath() },
    dataConverter: holdfastDataConverter(payloadCodecs),
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '1s',
    activities: {
      [MODEL_CALL_ACTIVITY]: async (input: ModelCallInput): Promise<ModelTurn> => {
        if (!STUB_AGENTS.includes(input.agent)) throw unknownAgent(input.agent);
        const user = input.items.filter((item) => item.kind === 'user').at(-1);
        const text = user?.kind === 'user' ? user.text : '';
        heard.push(text);
        if (text.startsWith('hold')) await gate.pass();
        return modelTurn(input, `${input.agent} heard: ${text}`);
      },
    },
  });
  const running = worker.run();
  return {
    taskQueue,
    heard,
    release: () => gate.open(),
    untilHolding: (count) => gate.untilHolding(count),
    stop: async () => {
      gate.open();
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

let names = 0;

/** A name that no other test, and no earlier run on the same server, has used. */
export function uniqueName(prefix: string): string {
  names += 1;
  return `${prefix}-${process.pid}-${Date.now().toString(36)}-${names}`;
}

class Gate {
  private opened = false;
  private readonly held: (() => void)[] = [];
  private readonly watchers: { readonly count: number; readonly tell: () => void }[] = [];

  async pass(): Promise<void> {
    if (this.opened) return;
    const beat = setInterval(() => heartbeat(), 300);
    try {
      await Promise.race([
        new Promise<void>((go) => {
          this.held.push(go);
          for (const watcher of this.watchers) if (this.held.length >= watcher.count) watcher.tell();
        }),
        Context.current().cancelled,
      ]);
    } finally {
      clearInterval(beat);
    }
  }

  open(): void {
    this.opened = true;
    for (const go of this.held.splice(0)) go();
  }

  untilHolding(count: number): Promise<void> {
    return new Promise((tell) => {
      if (this.held.length >= count) tell();
      else this.watchers.push({ count, tell });
    });
  }
}

function unknownAgent(agent: string): ApplicationFailure {
  return ApplicationFailure.create({
    message: `there is no agent ${agent}; the agents are: ${STUB_AGENTS.join(', ')}`,
    type: FAILURE_TYPES.unknownAgent,
    nonRetryable: true,
    details: [{ names: STUB_AGENTS }],
  });
}

function modelTurn(input: ModelCallInput, text: string): ModelTurn {
  const { agent, turn, step, base, items } = input;
  return {
    model: 'stub-1',
    tokens: '7→3',
    cost: '$0.00001',
    decision: { kind: 'answer', text },
    item: { kind: 'assistant', turn, step, agent, text },
    base: { length: base.length + items.length + 1, digest: 'stub' },
    usage: { inputTokens: 7, outputTokens: 3 },
    billed: { kind: 'priced', microUsd: 10 },
    definitionHash: 'stub',
    definition: {
      agent,
      api: 'chat',
      model: 'stub-1',
      tools: [],
      parameters: {},
      policy: { steps: 10, repairs: 2, parallelCalls: 4 },
    },
    ledgers: {},
    provider: { name: 'stub', attempt: 1 },
  };
}
