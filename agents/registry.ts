/** The agents of one worker, by name. Looked up in Maps only: a name from outside never reaches an object's prototype. */
import type { Agent } from './define-agent';
import type { Tool } from './define-tool';

export interface Registry {
  agent(name: string): Agent | undefined;
  tool(agent: string, name: string): Tool | undefined;
  readonly agentNames: readonly string[];
  /** Names of the ledgers that tools declare, without the default one. */
  readonly ledgerNames: readonly string[];
}

/**
 * @throws TypeError for two agents of one name, transactional tools without a ledger, and `releases` that cross ledgers.
 */
export function createRegistry(agents: readonly Agent[]): Registry {
  const byName = new Map<string, Agent>();
  const ledgerNames = new Set<string>();
  for (const agent of agents) {
    if (byName.has(agent.name)) throw new TypeError(`two agents are named ${JSON.stringify(agent.name)}`);
    byName.set(agent.name, agent);
    for (const tool of agent.tools.values()) {
      checkTool(agent, tool);
      if (tool.ledger !== undefined) ledgerNames.add(tool.ledger);
    }
  }
  return {
    agent: (name) => byName.get(name),
    tool: (agent, name) => byName.get(agent)?.tools.get(name),
    agentNames: [...byName.keys()].sort(),
    ledgerNames: [...ledgerNames].sort(),
  };
}

function checkTool(agent: Agent, tool: Tool): void {
  const here = `agent ${JSON.stringify(agent.name)}, tool ${JSON.stringify(tool.name)}`;
  if (tool.effect === 'transactional' && tool.ledger === undefined) {
    throw new TypeError(
      `${here}: a transactional tool names the ledger that lives in its data's database (ledger: ledgerNamed(...))`,
    );
  }
  if (tool.releases) {
    const released = agent.tools.get(tool.releases.tool);
    if (!released?.key) {
      throw new TypeError(
        `${here}: releases names the tool ${JSON.stringify(tool.releases.tool)}, which this agent has not or which declares no key`,
      );
    }
    if (released.ledger !== tool.ledger) {
      throw new TypeError(
        `${here}: releases effects of ${JSON.stringify(released.name)}, whose ledger is another one; both must be in the same, to commit together`,
      );
    }
  }
}
