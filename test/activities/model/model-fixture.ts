/** What the tests of the model call share: an agent, a ledger, the scripted server and one attempt of the activity. */
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { createModelActivity, type ModelActivityOptions } from '../../../activities/model/model-activity';
import { createRegistry, defineAgent, defineTool, ledgerNamed, type Agent } from '../../../agents';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import type { ModelCallInput, ModelTurn } from '../../../workflows/contracts/model';
import { MemoryLedger } from '../../support/memory-ledger';
import { startScriptedServer, type ScriptedServer } from './scripted-server';

export const DEFAULT_ID = '11111111-1111-4111-8111-111111111111';
export const CALENDAR_ID = '22222222-2222-4222-8222-222222222222';
/** A key no failure, log line or ledger row may ever show. */
export const CANARY = 'sk-canary-4f1b2c3d4e5f';

export const findPatient = defineTool({
  name: 'find_patient',
  description: 'Finds a patient.',
  effect: 'read',
  input: z.object({ name: z.string(), limit: z.number().int().optional() }),
  run: () => 'p-1',
});

export const bookAppointment = defineTool({
  name: 'book_appointment',
  description: 'Books a slot.',
  effect: 'idempotent',
  input: z.object({ slot: z.string(), minutes: z.number().int().min(5).max(60) }),
  run: () => 'booked',
});

export const cancelAppointment = defineTool({
  name: 'cancel_appointment',
  description: 'Cancels a booking.',
  effect: 'transactional',
  ledger: ledgerNamed('calendar'),
  input: z.object({ id: z.string() }),
  run: () => 'cancelled',
});

export const receptionist = defineAgent({
  name: 'receptionist',
  instructions: 'You book appointments.',
  model: { name: 'gpt-5-mini', timeout: '2s' },
  tools: [findPatient, bookAppointment, cancelAppointment],
});

export const hello: ConversationItem = { kind: 'user', turn: 1, messageId: 'm1', text: 'Hello' };

export const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };

export interface Fixture {
  readonly server: ScriptedServer;
  readonly ledger: MemoryLedger;
  readonly calendar: MemoryLedger;
  /** One attempt, on a worker of its own unless `activity` is given. */
  run(input?: Partial<ModelCallInput>, attempt?: AttemptOptions): Promise<ModelTurn>;
  activity(options?: Partial<ModelActivityOptions>): ReturnType<typeof createModelActivity>;
  close(): Promise<void>;
}

export interface AttemptOptions extends Partial<ModelActivityOptions> {
  readonly info?: Partial<Info>;
  readonly activity?: ReturnType<typeof createModelActivity>;
  readonly agents?: readonly Agent[];
  readonly environment?: MockActivityEnvironment;
}

/** Starts the server and points the environment's variables at it. */
export async function startFixture(): Promise<Fixture> {
  const server = await startScriptedServer();
  process.env.OPENAI_API_KEY = CANARY;
  process.env.OPENAI_BASE_URL = server.url;
  const ledger = new MemoryLedger(DEFAULT_ID);
  const calendar = new MemoryLedger(CALENDAR_ID, 'calendar');
  const activity = (options: Partial<ModelActivityOptions> = {}) =>
    createModelActivity({
      registry: createRegistry([receptionist]),
      ledgers: new Map([
        ['default', ledger],
        ['calendar', calendar],
      ]),
      profile: 'dev',
      logger: quiet,
      readTranscript: async () => {
        throw new Error('nothing to read back from');
      },
      ...options,
    });
  return {
    server,
    ledger,
    calendar,
    activity,
    run: (input, { info, activity: given, agents, environment, ...options } = {}) => {
      const registry = agents ? { registry: createRegistry(agents) } : {};
      const env = environment ?? environmentOf(info);
      return env.run(given ?? activity({ ...registry, ...options }), modelInput(input));
    },
    close: async () => {
      delete process.env.OPENAI_API_KEY;
      delete process.env.OPENAI_BASE_URL;
      await server.close();
    },
  };
}

export function environmentOf(info: Partial<Info> = {}): MockActivityEnvironment {
  return new MockActivityEnvironment(
    { attempt: 1, scheduledTimestampMs: Date.now(), heartbeatTimeoutMs: 600, ...info },
    { logger: quiet },
  );
}

export function modelInput(input: Partial<ModelCallInput> = {}): ModelCallInput {
  return {
    agent: 'receptionist',
    sessionId: 's-1',
    keyNamespace: 'run-1',
    turn: 1,
    step: 1,
    callId: 't1.s1.m',
    purpose: 'step',
    base: { length: 0, digest: '' },
    items: [hello],
    ...input,
  };
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ApplicationFailure) return error;
  throw new Error(`expected an ApplicationFailure, got ${String(error)}`);
}
