/**
 * What tests that cut payments off stand on: a server, a scripted model, a payment service in a process of its own, a ledger of either
 * kind, and workers that may be killed, stopped or planted with a fault. Works in tests and in compiled programs alike.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { openLedger } from '../../../activities/ledger/open-ledger';
import type { Ledger } from '../../../activities/ledger/port';
import { startProcess, type ManagedProcess } from '../../../testing/managed-process';
import { connect, type SendResult, type SessionClient } from '../../../client';
import { startScriptedOpenAI, type ScriptedOpenAI } from '../../../testing';
import { temporaryDatabase } from '../postgres';
import { TestServer } from '../temporal-server';
import { COMPILED } from './compiled-root';
import { makePaymentsTable } from './payments-table';
import { asks, CASHIER, cashierScript, type Payment } from './script';
import { startPaymentService, type PaymentServiceProcess } from './service';

export type LedgerKind = 'sqlite' | 'postgres';

export interface PaymentsStageOptions {
  readonly ledger: LedgerKind;
  /** With `postgres`: the server that gets a database for it; default: the run's shared one. */
  readonly postgres?: string;
  /** How workers reach the ledger's database, given its address: a proxy, for one. */
  readonly ledgerVia?: (url: string) => string;
  /** Default: the run's shared one. */
  readonly server?: TestServer;
  readonly latencyMs?: number;
  /** Further environment of all workers. */
  readonly workerEnv?: Readonly<Record<string, string>>;
}

export interface WorkerFaults {
  /** As HOLDFAST_CRASH_AT and HOLDFAST_STOP_AT take it. */
  readonly crashAt?: string;
  readonly stopAt?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Compiled program to run in place of the plain worker, below the compiled root. */
  readonly main?: string;
}

export type WorkerProcess = ManagedProcess<unknown>;

export interface PaymentsStage {
  readonly taskQueue: string;
  readonly folder: string;
  readonly client: SessionClient;
  readonly temporal: Client;
  readonly model: ScriptedOpenAI;
  readonly service: PaymentServiceProcess;
  /** The ledger's own address. */
  readonly ledgerUrl: string;
  startWorker(faults?: WorkerFaults): Promise<WorkerProcess>;
  /** Sends a message of the cashier's, by default with the message id `m-1`; the session is `<task queue>-<name>`. */
  pay(name: string, payment: Payment, messageId?: string): Promise<SendResult>;
  sessionId(name: string): string;
  /** A handle of the test's own on the ledger, for as long as `use` takes. */
  withLedger<T>(use: (ledger: Ledger) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Longest wait for an answer, ms. */
const ANSWER_WITHIN_MS = 120_000;

let stages = 0;

export async function openPaymentsStage(options: PaymentsStageOptions): Promise<PaymentsStage> {
  stages += 1;
  const taskQueue = `payments-${process.pid}-${Date.now().toString(36)}-${stages}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-payments-stage-'));
  const server = options.server ?? (await TestServer.start());
  const database = options.ledger === 'postgres' ? await temporaryDatabase(options.postgres) : undefined;
  const ledgerUrl = database?.url ?? path.join(folder, 'ledger.sqlite');
  await makePaymentsTable(ledgerUrl);
  const service = await startPaymentService();
  const model = await startScriptedOpenAI({ script: cashierScript, latencyMs: options.latencyMs });
  const client = await connect({ address: server.address, taskQueue });
  const connection = await Connection.connect({ address: server.address });
  const workers = new Set<WorkerProcess>();
  const sessionId = (name: string) => `${taskQueue}-${name}`;

  return {
    taskQueue,
    folder,
    client,
    temporal: new Client({ connection }),
    model,
    service,
    ledgerUrl,
    async startWorker({ crashAt = '', stopAt = '', env = {}, main = 'test/support/worker-main.js' } = {}) {
      const worker = await startProcess<unknown>({
        script: path.join(COMPILED, main),
        args: [path.join(COMPILED, 'test/support/payments/agent.js')],
        logFile: path.join(folder, 'workers.log'),
        env: {
          TEMPORAL_ADDRESS: server.address,
          HOLDFAST_TASK_QUEUE: taskQueue,
          HOLDFAST_PROFILE: 'dev',
          HOLDFAST_LEDGER_URL: options.ledgerVia?.(ledgerUrl) ?? ledgerUrl,
          HOLDFAST_CRASH_AT: crashAt,
          HOLDFAST_STOP_AT: stopAt,
          HOLDFAST_LOG_LEVEL: 'error',
          PAYMENTS_URL: service.url,
          OPENAI_BASE_URL: model.url,
          OPENAI_API_KEY: 'scripted',
          ...options.workerEnv,
          ...env,
        },
      });
      workers.add(worker);
      return worker;
    },
    pay: (name, payment, messageId = 'm-1') =>
      client.send(
        { sessionId: sessionId(name), agent: CASHIER, text: asks(payment), messageId },
        { timeoutMs: ANSWER_WITHIN_MS },
      ),
    sessionId,
    async withLedger(use) {
      const ledger = await openLedger({ name: 'default', url: ledgerUrl });
      try {
        return await use(ledger);
      } finally {
        await ledger.close();
      }
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.kill()));
      await client.close();
      await connection.close();
      await model.stop();
      await service.close();
      await database?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
