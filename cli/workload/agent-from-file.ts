/** The agent of a workload: its policy as instructions, its tools from their JSON Schemas, each answering as it was recorded. */
import { defineAgent, type Agent } from '../../agents/define-agent';
import { defineTool, ToolError, type Tool, type ToolContext } from '../../agents/define-tool';
import { recordExecution } from './journal-client';
import { argumentsSchema, isGoldCall, type Workload, type WorkloadTask, type WorkloadTool } from './workload-file';

export const WORKLOAD_AGENT = 'workload';

/** Largest result a tool may declare: nothing of an observation is cut. */
const MAX_RESULT_BYTES = 1024 * 1024;

export interface WorkloadAgentOptions {
  readonly workload: Workload;
  /** Name the model is asked under; its price is that of the real one. */
  readonly model: string;
  readonly journalUrl: string;
}

/**
 * Defines the agent. A tool is `idempotent` when any of its calls in the file mutates, else `read`. The session's `user` must
 * be the task's id: that and the call's own step tell which recorded call this is.
 */
export function workloadAgent({ workload, model, journalUrl }: WorkloadAgentOptions): Agent {
  const tasks = new Map(workload.tasks.map((task) => [task.id, task]));
  const mutating = new Set(
    workload.tasks.flatMap((task) => task.calls.filter((call) => call.mutates).map((call) => call.tool)),
  );
  const makeTool = (tool: WorkloadTool): Tool => {
    const common = {
      name: tool.name,
      description: tool.description,
      input: argumentsSchema(tool),
      maxResultBytes: MAX_RESULT_BYTES,
      run: (args: unknown, ctx: ToolContext) => answerAsRecorded({ tool: tool.name, args, ctx, tasks, journalUrl }),
    };
    return mutating.has(tool.name)
      ? defineTool({ ...common, effect: 'idempotent' })
      : defineTool({ ...common, effect: 'read' });
  };
  return defineAgent({
    name: WORKLOAD_AGENT,
    instructions: workload.policy,
    model,
    tools: workload.tools.map(makeTool),
    // The right calls of a task are known, also where they repeat themselves; and nobody is there to be asked.
    limits: { onLimit: 'stop' },
    detectors: {
      sameCall: false,
      alternatingCalls: false,
      repairStorm: false,
      toolFailures: false,
      emptyAnswers: false,
    },
  });
}

interface RecordedCall {
  readonly tool: string;
  readonly args: unknown;
  readonly ctx: ToolContext;
  readonly tasks: ReadonlyMap<string, WorkloadTask>;
  readonly journalUrl: string;
}

async function answerAsRecorded({ tool, args, ctx, tasks, journalUrl }: RecordedCall): Promise<string> {
  const task = tasks.get(ctx.session.user ?? '');
  const place = placeOf(ctx.callId);
  const gold = task?.calls[place];
  if (!task || !isGoldCall(gold, tool, args)) {
    throw new ToolError(
      `the workload has no call ${place} of ${tool} with these arguments in the task ${ctx.session.user}`,
    );
  }
  await recordExecution(
    journalUrl,
    {
      key: ctx.idempotencyKey,
      task: task.id,
      call: place,
      tool,
      args: gold.args,
      mutates: gold.mutates,
      attempt: ctx.attempt,
      worker: process.pid,
    },
    ctx.fetch,
  );
  return gold.observation;
}

/**
 * Which of the task's calls a call id means, from 0. The scripted model asks for one call a step, in order, so step n holds call
 * n - 1. The id is minted once, before the first attempt, so every attempt gives the same place, also where the same tool is
 * called twice with the same arguments and answered differently.
 * @throws TypeError for an id of another form.
 */
export function placeOf(callId: string): number {
  const match = /^t\d+\.s(\d+)\.c\d+-/.exec(callId);
  if (!match) throw new TypeError(`a call id looks like t1.s4.c1-0a1b2c3d, got ${JSON.stringify(callId)}`);
  return Number(match[1]) - 1;
}
