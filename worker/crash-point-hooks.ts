/**
 * The crash points that lie between this process and the server: a workflow task has come in, its completion goes out, has been
 * accepted; the result of an activity goes out, has been accepted. The SDK has no hook there, so its bridge to the native library is
 * wrapped, and only where points are armed or recorded: any other worker is left as it is.
 */
import { createRequire } from 'node:module';
import type { ActivityInterceptorsFactory, Worker } from '@temporalio/worker';
import { crashPoint, type CrashPoint } from '../activities/crash-points';
import { FAILURE_TYPES } from '../workflows/contracts/failures';
import {
  APPROVAL_CHECK_ACTIVITY,
  CONVERSATION_CLOSE_ACTIVITY,
  CONVERSATION_STORE_ACTIVITY,
  MODEL_CALL_ACTIVITY,
  MODEL_SETTLE_ACTIVITY,
  PERSON_NOTIFY_ACTIVITY,
  TOOL_RESOLVE_ACTIVITY,
  TOOL_UNDO_ACTIVITY,
} from '../workflows/contracts/names';

/** What an activity reports of, for its points. */
interface ReportSubject {
  readonly kind: 'model' | 'tool' | 'conversation' | 'approval';
  readonly detail: string;
}

/** The SDK's bridge, as far as it is wrapped. Messages are protocol buffers. */
interface Bridge {
  pollWorkflowActivation: () => Promise<Uint8Array>;
  completeWorkflowActivation: (completion: Buffer) => Promise<void>;
  completeActivityTask: (completion: Buffer) => Promise<void>;
}

interface Activation {
  readonly runId: string;
  readonly isReplaying?: boolean | null;
  readonly jobs: readonly { readonly queryWorkflow?: unknown; readonly removeFromCache?: unknown }[];
}

interface ActivityCompletion {
  readonly taskToken: Uint8Array;
  readonly result?: {
    readonly failed?: { readonly failure?: { readonly applicationFailureInfo?: { readonly type?: string } } };
    readonly willCompleteAsync?: unknown;
  };
}

interface Codec {
  readonly activation: (bytes: Uint8Array) => Activation;
  readonly workflowCompletion: (bytes: Uint8Array) => { readonly runId: string };
  readonly activityCompletion: (bytes: Uint8Array) => ActivityCompletion;
}

const BRIDGE_FUNCTIONS = ['pollWorkflowActivation', 'completeWorkflowActivation', 'completeActivityTask'] as const;

/** Marks the points of one worker: `interceptor` goes into its options, `attach` wraps it once it is made. */
export class CrashPointHooks {
  readonly #running = new Map<string, ReportSubject>();
  /** Runs whose last activation was a task of the workflow itself, and not a query, a replay or an eviction. */
  readonly #inTask = new Set<string>();

  /** Remembers what each activity task is about: the completion itself carries only its token. */
  readonly interceptor: ActivityInterceptorsFactory = (context) => ({
    inbound: {
      execute: (input, next) => {
        this.#running.set(tokenKey(context.info.taskToken), subjectOf(context.info.activityType, input.args[0]));
        return next(input);
      },
    },
  });

  /** @throws Error where the SDK is built otherwise than the one this was written for. */
  attach(worker: Worker): void {
    const bridge = bridgeOf(worker);
    const codec = loadCodec();
    const { pollWorkflowActivation, completeWorkflowActivation, completeActivityTask } = bridge;

    bridge.pollWorkflowActivation = async () => {
      const bytes = await pollWorkflowActivation();
      const activation = codec.activation(new Uint8Array(bytes));
      if (isOwnTask(activation)) {
        this.#inTask.add(activation.runId);
        crashPoint('workflow.before-task');
      } else this.#inTask.delete(activation.runId);
      return bytes;
    };

    bridge.completeWorkflowActivation = async (completion) => {
      const { runId } = codec.workflowCompletion(completion);
      if (!this.#inTask.delete(runId)) return completeWorkflowActivation(completion);
      crashPoint('workflow.before-completion');
      await completeWorkflowActivation(completion);
      crashPoint('workflow.after-completion');
    };

    bridge.completeActivityTask = async (completion) => {
      const subject = this.#reported(codec.activityCompletion(completion));
      if (subject === undefined) return completeActivityTask(completion);
      const at = (place: 'before-report' | 'after-report'): CrashPoint => `${subject.kind}.${place}`;
      crashPoint(at('before-report'), subject.detail);
      await completeActivityTask(completion);
      crashPoint(at('after-report'), subject.detail);
    };
  }

  #reported({ taskToken, result }: ActivityCompletion): ReportSubject | undefined {
    const key = tokenKey(taskToken);
    const subject = this.#running.get(key);
    this.#running.delete(key);
    // How often an attempt asks for a lease that another holds depends on the time alone.
    const waits = result?.failed?.failure?.applicationFailureInfo?.type === FAILURE_TYPES.leaseHeld;
    return waits || result?.willCompleteAsync ? undefined : subject;
  }
}

const tokenKey = (token: Uint8Array): string => Buffer.from(token).toString('base64');

function isOwnTask({ isReplaying, jobs }: Activation): boolean {
  return !isReplaying && jobs.some((job) => !job.queryWorkflow && !job.removeFromCache);
}

function subjectOf(activityType: string, input: unknown): ReportSubject {
  const named = (key: 'agent' | 'tool'): string => {
    const value = (input as Readonly<Record<string, unknown>> | null | undefined)?.[key];
    return typeof value === 'string' ? value : '?';
  };
  switch (activityType) {
    case MODEL_CALL_ACTIVITY:
    case MODEL_SETTLE_ACTIVITY:
      return { kind: 'model', detail: named('agent') };
    case TOOL_UNDO_ACTIVITY:
      return { kind: 'tool', detail: `${named('tool')}.undo` };
    case TOOL_RESOLVE_ACTIVITY:
      return { kind: 'tool', detail: `${named('tool')}.resolve` };
    case APPROVAL_CHECK_ACTIVITY:
      return { kind: 'approval', detail: named('tool') };
    case PERSON_NOTIFY_ACTIVITY:
      return { kind: 'approval', detail: activityType };
    case CONVERSATION_STORE_ACTIVITY:
      return { kind: 'conversation', detail: named('agent') };
    case CONVERSATION_CLOSE_ACTIVITY:
      return { kind: 'conversation', detail: activityType };
    default:
      return { kind: 'tool', detail: activityType };
  }
}

function bridgeOf(worker: Worker): Bridge {
  const bridge = (worker as unknown as { readonly nativeWorker?: Partial<Bridge> }).nativeWorker;
  const missing = BRIDGE_FUNCTIONS.filter((name) => typeof bridge?.[name] !== 'function');
  if (!bridge || missing.length > 0) {
    throw new Error(
      `crash points cannot be marked with this version of @temporalio/worker: its worker has no ${missing.join(', ')}; ` +
        'unset HOLDFAST_CRASH_AT, HOLDFAST_STOP_AT and HOLDFAST_CRASH_LOG',
    );
  }
  return bridge as Bridge;
}

type Decode = (bytes: Uint8Array) => unknown;

interface CoreMessages {
  readonly coresdk?: {
    readonly workflow_activation?: { readonly WorkflowActivation?: { readonly decode?: Decode } };
    readonly workflow_completion?: { readonly WorkflowActivationCompletion?: { readonly decodeDelimited?: Decode } };
    readonly ActivityTaskCompletion?: { readonly decodeDelimited?: Decode };
  };
}

/** The messages are those of the SDK's own dependency, found from where the SDK is. */
function loadCodec(): Codec {
  const { coresdk } = createRequire(require.resolve('@temporalio/worker'))('@temporalio/proto') as CoreMessages;
  const activationType = coresdk?.workflow_activation?.WorkflowActivation;
  const workflowType = coresdk?.workflow_completion?.WorkflowActivationCompletion;
  const activityType = coresdk?.ActivityTaskCompletion;
  if (!activationType?.decode || !workflowType?.decodeDelimited || !activityType?.decodeDelimited) {
    throw new Error(
      "crash points cannot be marked with this version of @temporalio/proto: the SDK's messages are not there",
    );
  }
  return {
    activation: (bytes) => activationType.decode?.(bytes) as Activation,
    workflowCompletion: (bytes) => workflowType.decodeDelimited?.(bytes) as { readonly runId: string },
    activityCompletion: (bytes) => activityType.decodeDelimited?.(bytes) as ActivityCompletion,
  };
}
