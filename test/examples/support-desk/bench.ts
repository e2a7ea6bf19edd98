/** The support desk's tools, called as the engine calls them: on a shop in a temporary folder, with the payment service in this process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, type Transaction } from 'kysely';
import { NodeSqliteDialect } from '../../../activities/ledger/sqlite-dialect';
import { StateChanges } from '../../../activities/tools/state-changes';
import type { Agent, Tool, ToolContext, TransactionalContext } from '../../../agents';
import { supportDesk } from '../../../examples/support-desk/agents';
import { startPayments, type Payments } from '../../../examples/support-desk/payments/service';
import { openShop, type Shop } from '../../../examples/support-desk/shop';
import type { ShopTables } from '../../../examples/support-desk/shop-tables';
import type { StateDraft } from '../../../workflows/contracts/state';

/** Every agent of a family is told the first session's id. */
export const SESSION = { id: 's1' };

export interface Ran {
  readonly result: Record<string, unknown>;
  /** What the tool changes of the session's state. */
  readonly state: StateDraft;
}

export interface Bench {
  readonly shop: Shop;
  readonly payments: Payments;
  readonly agents: ReadonlyMap<string, Agent>;
  tool(agent: string, name: string): Tool;
  /** Parses the arguments with the tool's schema and runs it, in a transaction where it takes one. */
  run(agent: string, name: string, args: object, key?: string): Promise<Ran>;
  /** Asks the tool's `reconcile`. */
  reconcile(agent: string, name: string, args: object, key: string): Promise<Ran>;
  /** Undoes a call by the tool's `compensate`, given its result. */
  undo(agent: string, name: string, args: object, result: unknown): Promise<unknown>;
  /** Identifies Nadia Berger, whose orders are 70001 and 70002. */
  identify(): Promise<Ran>;
  close(): Promise<void>;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(path.join(tmpdir(), 'support-desk-test-'));
  const shop = openShop(path.join(folder, 'shop.sqlite'));
  const dialect = new NodeSqliteDialect({ database: new DatabaseSync(shop.file), lockWaitMs: 1000 });
  const database = new Kysely<ShopTables>({ dialect });
  const payments = await startPayments({ file: path.join(folder, 'payments.jsonl') });
  const agents = new Map(supportDesk(shop, payments.url).map((agent) => [agent.name, agent]));

  const tool = (agent: string, name: string): Tool => {
    const found = agents.get(agent)?.tools.get(name);
    if (!found) throw new Error(`${agent} has no tool ${name}`);
    return found;
  };
  const running = async (
    agent: string,
    effect: string,
    key: string,
    body: (ctx: ToolContext) => unknown,
  ): Promise<Ran> => {
    const definition = agents.get(agent);
    if (!definition) throw new Error(`there is no agent ${agent}`);
    const changes = new StateChanges(definition, 'c1');
    const ctx: ToolContext = {
      idempotencyKey: key,
      callId: 'c1',
      session: { ...SESSION, agent },
      attempt: 1,
      signal: new AbortController().signal,
      log: silent,
      fetch,
      state: changes.forTool,
    };
    const inTransaction = async (tx: Transaction<ShopTables>): Promise<unknown> => {
      const inTx: TransactionalContext<ShopTables> = { ...ctx, tx };
      return body(inTx);
    };
    const result = effect === 'transactional' ? await database.transaction().execute(inTransaction) : await body(ctx);
    const { state = {}, stateProblem } = changes.inOutcome();
    if (stateProblem !== undefined) throw new Error(stateProblem);
    return { result: result as Record<string, unknown>, state };
  };
  const run: Bench['run'] = async (agent, name, args, key = 'run/c1') => {
    const found = tool(agent, name);
    const parsed = found.input.parse(args);
    return running(agent, found.effect, key, (ctx) => found.run(parsed, ctx));
  };

  return {
    shop,
    payments,
    agents,
    tool,
    run,
    async reconcile(agent, name, args, key) {
      const found = tool(agent, name);
      return running(agent, 'read', key, (ctx) => found.reconcile?.(found.input.parse(args), ctx));
    },
    async undo(agent, name, args, result) {
      const found = tool(agent, name);
      const { compensation } = found;
      if (!compensation) throw new Error(`${name} cannot be undone`);
      const body = (ctx: ToolContext) => compensation.run(found.input.parse(args), result, ctx);
      return (await running(agent, compensation.effect, 'run/c1.undo', body)).result;
    },
    identify: () =>
      run('triage', 'check_identity', {
        name: 'nadia berger',
        email: 'Nadia.Berger@example.com',
        postcode: 'm14 5rq',
      }),
    async close() {
      await payments.close();
      await database.destroy();
      shop.close();
      rmSync(folder, { recursive: true });
    },
  };
}
