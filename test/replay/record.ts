/**
 * Records the scenarios that have no kept history yet, by running them for real; those that are kept stay as they are.
 * Run it after a build: `node dist/test/replay/record.js [name …]`.
 */
import { startScriptedOpenAI } from '../../testing';
import { familyRunsOf, type SessionRun } from '../../testing/run-chain';
import { startStage, within } from '../session/stage';
import { isKept, keep, nameOfMember, nameOfRun } from './kept-histories';
import { replayAll } from './replay';
import { SCENARIOS, type Scenario } from './scenarios';

/** Longest run of one scenario, ms. */
const LIMIT_MS = 120_000;

async function record(scenario: Scenario): Promise<string> {
  const model = await startScriptedOpenAI({ script: scenario.script, latencyMs: scenario.latencyMs });
  try {
    const stage = await startStage({
      agents: scenario.agents,
      ledgers: scenario.ledgers,
      modelUrl: model.url,
    });
    try {
      const workflowId = await within(LIMIT_MS, scenario.name, scenario.play(stage, model.url));
      const runs = await familyRunsOf(stage.temporal, workflowId);
      const problems = await replayAll(runs.map(({ runId, history }) => ({ workflowId: runId, history })));
      for (const problem of Object.values(problems))
        throw new Error(`what was just recorded does not replay: ${problem}`);
      for (const [id, own] of byWorkflow(runs)) {
        const name = nameOfMember(scenario.name, id.slice(workflowId.length + 1));
        for (const [index, { history }] of own.entries()) keep(nameOfRun(name, index + 1, own.length), history);
      }
      return `${runs.map(({ events }) => events).join(', ')} events`;
    } finally {
      await stage.stop();
    }
  } finally {
    await model.stop();
  }
}

/** The runs of each member of a family, oldest first. */
function byWorkflow(runs: readonly SessionRun[]): ReadonlyMap<string, readonly SessionRun[]> {
  const members = new Map<string, SessionRun[]>();
  for (const run of runs) members.set(run.workflowId, [...(members.get(run.workflowId) ?? []), run]);
  return members;
}

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no scenario ${unknown}; there are ${SCENARIOS.map(({ name }) => name).join(', ')}`);
  for (const scenario of SCENARIOS) {
    if (names.length > 0 && !names.includes(scenario.name)) continue;
    process.stdout.write(`${scenario.name}: ${isKept(scenario.name) ? 'kept already' : await record(scenario)}\n`);
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`record: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
