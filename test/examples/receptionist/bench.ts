/** The receptionist's tools, called as the engine calls them: on a calendar in a temporary folder, with the outside services in this process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, type Transaction } from 'kysely';
import { NodeSqliteDialect } from '../../../activities/ledger/sqlite-dialect';
import type { Agent, Tool, ToolContext, TransactionalContext } from '../../../agents';
import { receptionist } from '../../../examples/receptionist/agent';
import { openCalendar, type Calendar } from '../../../examples/receptionist/calendar';
import type { CalendarTables } from '../../../examples/receptionist/calendar-tables';
import { startServices, type Services } from '../../../examples/receptionist/services/server';

export const SESSION = { id: 's1', agent: 'receptionist' };

export interface Bench {
  readonly calendar: Calendar;
  readonly database: Kysely<CalendarTables>;
  readonly services: Services;
  readonly agent: Agent;
  tool(name: string): Tool;
  /** Parses the arguments with the tool's schema and runs it, in a transaction where it takes one. */
  run(name: string, args: object, key?: string): Promise<Record<string, unknown>>;
  /** Asks the tool's `reconcile`. */
  reconcile(name: string, args: object, key: string): Promise<unknown>;
  /** Undoes a call by the tool's `compensate`, given its result. */
  undo(name: string, args: object, result: unknown, key?: string): Promise<unknown>;
  close(): Promise<void>;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function context(idempotencyKey: string): ToolContext {
  const signal = new AbortController().signal;
  return { idempotencyKey, callId: 'c1', session: SESSION, attempt: 1, signal, log: silent, fetch };
}

export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(path.join(tmpdir(), 'receptionist-test-'));
  const calendar = openCalendar(path.join(folder, 'calendar.sqlite'));
  const dialect = new NodeSqliteDialect({ database: new DatabaseSync(calendar.file), lockWaitMs: 1000 });
  const database = new Kysely<CalendarTables>({ dialect });
  const services = await startServices({ file: path.join(folder, 'services.jsonl') });
  const agent = receptionist(calendar, services.url);

  const tool = (name: string): Tool => {
    const found = agent.tools.get(name);
    if (!found) throw new Error(`the receptionist has no tool ${name}`);
    return found;
  };
  const running = async (effect: string, key: string, body: (ctx: ToolContext) => unknown): Promise<unknown> => {
    const inTransaction = async (tx: Transaction<CalendarTables>): Promise<unknown> => {
      const ctx: TransactionalContext<CalendarTables> = { ...context(key), tx };
      return body(ctx);
    };
    return effect === 'transactional' ? database.transaction().execute(inTransaction) : body(context(key));
  };

  return {
    calendar,
    database,
    services,
    agent,
    tool,
    async run(name, args, key = 'k1') {
      const parsed = tool(name).input.parse(args);
      return (await running(tool(name).effect, key, (ctx) => tool(name).run(parsed, ctx))) as Record<string, unknown>;
    },
    async reconcile(name, args, key) {
      return tool(name).reconcile?.(tool(name).input.parse(args), context(key));
    },
    async undo(name, args, result, key = 'k1.undo') {
      const { compensation } = tool(name);
      if (!compensation) throw new Error(`${name} cannot be undone`);
      return running(compensation.effect, key, (ctx) => compensation.run(tool(name).input.parse(args), result, ctx));
    },
    async close() {
      await services.close();
      await database.destroy();
      calendar.close();
      rmSync(folder, { recursive: true });
    },
  };
}
