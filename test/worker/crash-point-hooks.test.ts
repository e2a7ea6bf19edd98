/** Which messages between a worker and the SDK's core are crash points. The bridge is a fake one; its messages are the SDK's own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Context } from '@temporalio/activity';
import type { Worker } from '@temporalio/worker';
import type * as Hooks from '../../worker/crash-point-hooks';

type Encoder = {
  encode(value: object): { finish(): Uint8Array };
  encodeDelimited(value: object): { finish(): Uint8Array };
};
const { coresdk } = createRequire(require.resolve('@temporalio/worker'))('@temporalio/proto') as {
  coresdk: {
    workflow_activation: { WorkflowActivation: Encoder };
    workflow_completion: { WorkflowActivationCompletion: Encoder };
    ActivityTaskCompletion: Encoder;
  };
};

let folder: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-hooks-'));
  log = path.join(folder, 'points.log');
});
afterEach(() => {
  delete process.env.HOLDFAST_CRASH_LOG;
  rmSync(folder, { recursive: true, force: true });
});

/** Hooks of a process that records. */
function recordingHooks(): Hooks.CrashPointHooks {
  process.env.HOLDFAST_CRASH_LOG = log;
  let loaded: typeof Hooks | undefined;
  jest.isolateModules(() => {
    loaded = jest.requireActual<typeof Hooks>('../../worker/crash-point-hooks');
  });
  if (!loaded) throw new Error('not loaded');
  return new loaded.CrashPointHooks();
}

const recorded = (): string[] => {
  try {
    return readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ')[2] ?? '');
  } catch {
    return [];
  }
};

class FakeBridge {
  next: Uint8Array = new Uint8Array();
  /** What had been recorded when the core was given a completion. */
  readonly atCompletion: string[][] = [];
  pollWorkflowActivation = async (): Promise<Uint8Array> => this.next;
  completeWorkflowActivation = async (_completion: Buffer): Promise<void> => void this.atCompletion.push(recorded());
  completeActivityTask = async (_completion: Buffer): Promise<void> => void this.atCompletion.push(recorded());
}

const asWorker = (nativeWorker: object): Worker => ({ nativeWorker }) as unknown as Worker;

async function workflowTask(bridge: FakeBridge, activation: object): Promise<void> {
  bridge.next = coresdk.workflow_activation.WorkflowActivation.encode({ runId: 'run', ...activation }).finish();
  expect(await bridge.pollWorkflowActivation()).toBe(bridge.next);
  const completion = { runId: 'run', successful: {} };
  await bridge.completeWorkflowActivation(
    Buffer.from(coresdk.workflow_completion.WorkflowActivationCompletion.encodeDelimited(completion).finish()),
  );
}

async function activity(hooks: Hooks.CrashPointHooks, bridge: FakeBridge, type: string, input: object, result: object) {
  const taskToken = new Uint8Array([1, 2, 3]);
  const interceptor = hooks.interceptor({ info: { taskToken, activityType: type } } as unknown as Context);
  await interceptor.inbound?.execute?.({ args: [input], headers: {} }, async () => undefined);
  const completion = coresdk.ActivityTaskCompletion.encodeDelimited({ taskToken, result }).finish();
  await bridge.completeActivityTask(Buffer.from(completion));
}

test('a task of a workflow has a point before it, before its completion and after the server has accepted that', async () => {
  const [hooks, bridge] = [recordingHooks(), new FakeBridge()];
  hooks.attach(asWorker(bridge));
  await workflowTask(bridge, { jobs: [{ initializeWorkflow: { workflowType: 'agentSession' } }] });
  expect(bridge.atCompletion).toEqual([['workflow.before-task#1', 'workflow.before-completion#1']]);
  expect(recorded().at(-1)).toBe('workflow.after-completion#1');
});

test.each([
  ['a query', { jobs: [{ queryWorkflow: { queryId: 'legacy', queryType: 'status' } }] }],
  ['an eviction', { jobs: [{ removeFromCache: { message: 'full' } }] }],
  ['a replay', { isReplaying: true, jobs: [{ resolveActivity: { seq: 1 } }] }],
])('%s is no point', async (_what, activation) => {
  const [hooks, bridge] = [recordingHooks(), new FakeBridge()];
  hooks.attach(asWorker(bridge));
  await workflowTask(bridge, activation);
  expect(bridge.atCompletion).toEqual([[]]);
  expect(recorded()).toEqual([]);
});

test.each([
  ['model.call', { agent: 'clerk' }, 'model', 'clerk'],
  ['book', { tool: 'book' }, 'tool', 'book'],
  ['tool.undo', { tool: 'book' }, 'tool', 'book.undo'],
  ['tool.resolve', { tool: 'book' }, 'tool', 'book.resolve'],
  ['approval.check', { tool: 'book' }, 'approval', 'book'],
  ['person.notify', { agent: 'clerk' }, 'approval', 'person.notify'],
  ['conversation.store', { agent: 'clerk' }, 'conversation', 'clerk'],
  ['conversation.close', {}, 'conversation', 'conversation.close'],
])('a report of %s is a point before it and after the server has it', async (type, input, kind, detail) => {
  const [hooks, bridge] = [recordingHooks(), new FakeBridge()];
  hooks.attach(asWorker(bridge));
  await activity(hooks, bridge, type, input, { completed: {} });
  expect(bridge.atCompletion).toEqual([[`${kind}.before-report[${detail}]#1`]]);
  expect(recorded()).toEqual([`${kind}.before-report[${detail}]#1`, `${kind}.after-report[${detail}]#1`]);
});

test('a failure is reported too, but to wait for another attempt is no report', async () => {
  const [hooks, bridge] = [recordingHooks(), new FakeBridge()];
  hooks.attach(asWorker(bridge));
  const failed = (type: string) => ({ failed: { failure: { applicationFailureInfo: { type } } } });
  await activity(hooks, bridge, 'book', {}, failed('LeaseHeld'));
  expect(recorded()).toEqual([]);
  await activity(hooks, bridge, 'book', {}, failed('ToolFailed'));
  expect(recorded()).toEqual(['tool.before-report[book]#1', 'tool.after-report[book]#1']);
});

test('an SDK that is built otherwise is refused with what to unset', () => {
  const hooks = recordingHooks();
  expect(() => hooks.attach(asWorker({ pollWorkflowActivation: () => undefined }))).toThrow(
    /has no completeWorkflowActivation, completeActivityTask; unset HOLDFAST_CRASH_AT/,
  );
  expect(() => hooks.attach({} as Worker)).toThrow(/cannot be marked/);
});
