/**
 * The file of a real workload: an agent's policy and tools, and tasks with the calls that are right for them and what each
 * call answered. Read and checked whole before anything starts, so that a bad file touches nothing.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { canonicalJson, findLoneSurrogate, type JsonObject } from '../../workflows/contracts/json';
import { MAX_STEPS } from '../../workflows/contracts/check-messages';
import { TOOL_NAME_PATTERN } from '../../workflows/contracts/names';

/** Text that has a UTF-8 form; half a surrogate pair would be changed on its way, and "byte for byte" would mean nothing. */
const text = z
  .string()
  .refine((value) => findLoneSurrogate(value) < 0, 'holds half of a surrogate pair, which is not text');

const callSchema = z.strictObject({
  tool: z.string(),
  args: z.record(z.string(), z.json()),
  /** What the tool answered, to the byte; errors that a tool gave as an answer included. */
  observation: text,
  /** Whether this call changed something: it must then happen exactly once. */
  mutates: z.boolean(),
});

const taskSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9._:@-]{1,120}$/, 'must be 1 to 120 characters of A-Z a-z 0-9 . _ : @ -'),
  /** What the customer wants: the session's first message. */
  instruction: text.min(1),
  /** What the answer must contain. */
  outputs: z.array(text),
  /** The right calls, in order. */
  calls: z.array(callSchema).max(MAX_STEPS - 1),
});

const toolSchema = z.strictObject({
  name: z.string().regex(TOOL_NAME_PATTERN, 'must be 1 to 64 characters of A-Z a-z 0-9 _ -'),
  description: z.string().min(1),
  /** JSON Schema of the arguments: an object schema. */
  parameters: z.looseObject({ type: z.literal('object') }),
});

const fileSchema = z.strictObject({
  source: z.string().optional(),
  policy: text.min(1),
  tools: z.array(toolSchema),
  tasks: z.array(taskSchema).min(1),
});

export type WorkloadCall = Omit<z.output<typeof callSchema>, 'args'> & { readonly args: JsonObject };
export type WorkloadTask = Omit<z.output<typeof taskSchema>, 'calls'> & { readonly calls: readonly WorkloadCall[] };
export type WorkloadTool = z.output<typeof toolSchema>;

export interface Workload {
  readonly source?: string;
  readonly policy: string;
  readonly tools: readonly WorkloadTool[];
  readonly tasks: readonly WorkloadTask[];
}

/** The file cannot be used; the message lists what was wrong with it, by path. */
export class WorkloadFileError extends Error {
  override readonly name = 'WorkloadFileError';
}

/** Most problems listed at once. */
const MAX_PROBLEMS = 10;

/**
 * @param limit takes only the first so many tasks.
 * @throws WorkloadFileError that names the file and what is wrong in it.
 */
export function loadWorkload(path: string, limit?: number): Workload {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new WorkloadFileError(`cannot read the workload ${path}: ${(error as Error).message}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    throw new WorkloadFileError(`the workload ${path} is not JSON: ${(error as Error).message}`);
  }
  const workload = checkWorkload(parsed, path);
  return limit === undefined ? workload : { ...workload, tasks: workload.tasks.slice(0, limit) };
}

/**
 * Checks a parsed workload: its shape, then that it can be run (names unique, calls' arguments within their schemas).
 * @throws WorkloadFileError
 */
export function checkWorkload(value: unknown, path: string): Workload {
  const result = fileSchema.safeParse(value);
  if (!result.success) {
    throw refusal(
      path,
      result.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
    );
  }
  const workload = result.data as Workload;
  const problems = [...repeats(workload), ...callProblems(workload)];
  if (problems.length > 0) throw refusal(path, problems);
  return workload;
}

function refusal(path: string, problems: readonly string[]): WorkloadFileError {
  const more = problems.length > MAX_PROBLEMS ? [`and ${problems.length - MAX_PROBLEMS} more`] : [];
  const list = [...problems.slice(0, MAX_PROBLEMS), ...more].join('; ');
  return new WorkloadFileError(`the workload ${path} cannot be run (its format is in docs/workload.md): ${list}`);
}

function repeats({ tools, tasks }: Workload): string[] {
  return [
    ...repeated(tools.map((tool) => tool.name)).map((name) => `two tools are named ${JSON.stringify(name)}`),
    ...repeated(tasks.map((task) => task.id)).map((id) => `two tasks have the id ${JSON.stringify(id)}`),
    ...repeated(tasks.map((task) => task.instruction)).map(
      (instruction) =>
        `two tasks have the instruction ${JSON.stringify(instruction.slice(0, 60))}: the scripted model knows a task by it`,
    ),
  ];
}

function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(values.filter((value) => seen.size === seen.add(value).size))];
}

function callProblems({ tools, tasks }: Workload): string[] {
  const problems: string[] = [];
  const schemas = new Map<string, z.ZodType>();
  for (const tool of tools) {
    try {
      schemas.set(tool.name, argumentsSchema(tool));
    } catch (error) {
      problems.push(
        `tools: ${tool.name}: its parameters are not a JSON Schema that can be used: ${(error as Error).message}`,
      );
    }
  }
  for (const task of tasks) {
    task.calls.forEach((call, index) => {
      const here = `task ${task.id}, call ${index}`;
      const schema = schemas.get(call.tool);
      if (!schema) {
        problems.push(
          `${here}: there is no tool ${JSON.stringify(call.tool)}; the tools are ${[...schemas.keys()].join(', ')}`,
        );
        return;
      }
      const checked = schema.safeParse(call.args);
      const issue = checked.success ? undefined : checked.error.issues[0];
      if (issue)
        problems.push(
          `${here}: the arguments of ${call.tool} do not fit its schema: ${issue.path.join('.')}: ${issue.message}`,
        );
    });
  }
  return problems;
}

/**
 * The tool's JSON Schema as a zod schema.
 * @throws Error where zod has no form for it.
 */
export function argumentsSchema(tool: WorkloadTool): z.ZodType {
  return z.fromJSONSchema(tool.parameters);
}

/** Whether a call is the one the workload has at this place. */
export function isGoldCall(gold: WorkloadCall | undefined, tool: string, args: unknown): gold is WorkloadCall {
  return gold !== undefined && gold.tool === tool && canonicalJson(gold.args) === canonicalJson(args);
}
