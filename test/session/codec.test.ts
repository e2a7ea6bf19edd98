/**
 * With a codec nothing that was said is readable where it is stored: not in the server's history, not in the ledger, not in what is
 * indexed. And a worker or client without the key harms nothing.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { defaultPayloadConverter } from '@temporalio/common';
import { z } from 'zod';
import { defineAgent, defineTool, ToolError } from '../../agents';
import { openLedger } from '../../activities/ledger/open-ledger';
import { BadConfig, Refused, SessionFailed } from '../../client';
import { callsTool, failsWith, says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { AesCodec } from './aes-codec';
import { failedTasks, fetchHistory } from './history';
import { caught, eventually, PATIENCE_MS, startStage, uniqueName, type RunningWorker, type Stage } from './stage';

/** One for each thing that is said; all are looked for together. */
const CANARIES = {
  user: 'canary-user-5e1a',
  argument: 'canary-argument-77f0',
  result: 'canary-result-c3d9',
  answer: 'canary-answer-08b4',
  toolError: 'canary-tool-error-9a21',
  crash: 'canary-crash-41cc',
  modelError: 'canary-model-error-6d3e',
  instructions: 'canary-instructions-b7a5',
  reason: 'canary-reason-2f60',
  person: 'canary-person-d118',
} as const;

let crashes = 0;

const vault = defineAgent({
  name: 'vault',
  instructions: `You keep secrets. ${CANARIES.instructions}`,
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'keep',
      description: 'Keeps a secret.',
      effect: 'idempotent',
      input: z.object({ secret: z.string() }),
      // Business keys are compared by the database, so they stay readable: a key says which, never what.
      key: () => 'box-1',
      run: () => ({ kept: CANARIES.result }),
    }),
    defineTool({
      name: 'fail',
      description: 'Fails.',
      effect: 'idempotent',
      retry: { initialInterval: '20ms' },
      input: z.object({ how: z.enum(['words', 'crash']) }),
      run: ({ how }) => {
        if (how === 'words') throw new ToolError(`it cannot be done: ${CANARIES.toolError}`);
        crashes += 1;
        throw new Error(`unexpected: ${CANARIES.crash}`);
      },
    }),
  ],
});

const codec = new AesCodec('key-1', randomBytes(32));
let model: ScriptedOpenAI;
let stage: Stage;
/** The worker that has the key. */
let keyed: RunningWorker;

beforeAll(async () => {
  model = await startScriptedOpenAI({
    script: {
      name: 'vault',
      turns: [
        {
          user: /^keep/,
          answers: [callsTool('keep', { secret: CANARIES.argument }), says(`Kept. ${CANARIES.answer}`)],
        },
        { user: /^words/, answers: [callsTool('fail', { how: 'words' }), says('It said no.')] },
        { user: /^crash/, answers: [callsTool('fail', { how: 'crash' }), says('It broke.')] },
        { user: /^refuse/, answers: [failsWith(400, `bad request: ${CANARIES.modelError}`)] },
      ],
      fallback: (request) => says(`heard ${request.user.length} characters`),
    },
  });
  stage = await startStage({ agents: [vault], modelUrl: model.url, payloadCodecs: [codec] });
  keyed = stage.worker;
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

const said = (word: string) => `${word} ${CANARIES.user}`;

function send(sessionId: string, text: string, messageId?: string) {
  return stage.client.send(
    { sessionId, agent: 'vault', user: CANARIES.person, text, ...(messageId === undefined ? {} : { messageId }) },
    { timeoutMs: PATIENCE_MS },
  );
}

/** Everything of a protobuf message that could be read: all its texts and bytes, one after the other. */
function readable(message: unknown): string {
  if (typeof message === 'string') return `${message}\n`;
  if (message instanceof Uint8Array) return `${Buffer.from(message).toString('latin1')}\n`;
  if (typeof message !== 'object' || message === null) return '';
  return Object.entries(message)
    .map(([key, value]) => `${key}: ${readable(value)}`)
    .join('');
}

/** Names of the canaries in `text`, plain or as base64 in any of its three alignments. */
function canariesIn(text: string): readonly string[] {
  return Object.entries(CANARIES).flatMap(([name, canary]) => {
    const forms = [canary, ...[0, 1, 2].map((shift) => Buffer.from(canary.slice(shift, shift + 9)).toString('base64'))];
    return forms.some((form) => text.includes(form)) ? [name] : [];
  });
}

/** All bytes of the ledger: the database, its write-ahead log and its index. */
function ledgerBytes(): string {
  const names = readdirSync(stage.folder).filter((name) => name.startsWith(path.basename(stage.ledgerFile)));
  expect(names).toEqual(expect.arrayContaining(['ledger.sqlite', 'ledger.sqlite-wal']));
  return names.map((name) => readFileSync(path.join(stage.folder, name)).toString('latin1')).join('\n');
}

test('nothing that was said can be read in history, in the ledger or in what is indexed', async () => {
  const sessionId = uniqueName('vault');
  expect(await send(sessionId, said('keep'))).toMatchObject({ kind: 'reply', text: `Kept. ${CANARIES.answer}` });
  expect(await send(sessionId, said('words'))).toMatchObject({ kind: 'reply', text: 'It said no.' });
  const session = stage.client.session(sessionId);
  expect(await send(sessionId, said('crash'), 'm-crash')).toMatchObject({ kind: 'waiting_for_human' });
  expect(crashes).toBe(3);
  const [{ id: callId } = { id: '' }] = await session.pending();
  await session.resolve(callId, { as: 'give_up', by: CANARIES.person, reason: CANARIES.reason });
  expect(await send(sessionId, said('crash'), 'm-crash')).toMatchObject({ kind: 'reply', text: 'It broke.' });
  expect(await send(sessionId, said('refuse'))).toMatchObject({
    kind: 'stopped',
    message: expect.stringContaining(CANARIES.modelError),
  });
  // Read back: by query, through the codec.
  const transcript = JSON.stringify(await session.wholeTranscript());
  expect([...canariesIn(transcript)].sort()).toEqual(
    ['answer', 'argument', 'crash', 'modelError', 'result', 'toolError', 'user'].sort(),
  );
  await session.end({ by: CANARIES.person, reason: CANARIES.reason });
  expect(await session.result()).toMatchObject({ message: expect.stringContaining(CANARIES.reason) });

  const history = await fetchHistory(stage.temporal, sessionId);
  expect(failedTasks(history)).toEqual([]);
  expect(history.events?.length).toBeGreaterThan(40);
  expect(canariesIn(readable(history))).toEqual([]);
  const described = await stage.temporal.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution: { workflowId: sessionId },
  });
  expect(canariesIn(readable(described))).toEqual([]);
  expect(canariesIn(ledgerBytes())).toEqual([]);
});

test('the recorded outcome of a sealed call answers a call for the same key, decoded', async () => {
  const first = uniqueName('vault');
  await send(first, said('keep'));
  const second = uniqueName('vault');
  await send(second, said('keep'));
  const outcomes = (await stage.client.session(second).wholeTranscript()).filter((item) => item.kind === 'outcome');
  expect(outcomes).toMatchObject([
    { outcome: { kind: 'succeeded', result: { kept: CANARIES.result }, sameAsCall: expect.any(String) } },
  ]);
});

test('another worker with the key reads the conversation back, and the ledger answers for a settled call', async () => {
  const sessionId = uniqueName('vault');
  const kept = await send(sessionId, said('keep'), 'm-1');
  await keyed.stop();
  const next = await stage.startWorker({ agents: [vault], payloadCodecs: [codec] });
  expect(await send(sessionId, said('keep'), 'm-1')).toEqual(kept);
  expect(await send(sessionId, said('other'))).toMatchObject({ kind: 'reply' });
  expect(model.requests().at(-1)?.body.toString('utf8')).toContain(CANARIES.result);

  // The answer to a model call, read again from the ledger as a retried attempt would.
  const { keyNamespace } = await stage.client.session(sessionId).status();
  const ledger = await openLedger({ name: 'default', url: stage.ledgerFile, payloadCodecs: [codec] });
  try {
    const claim = await ledger.beginModelCall({
      callKey: `${keyNamespace}/t1.s2.m`,
      attempt: 2,
      owner: 'test',
      estimate: null,
    });
    expect(claim).toMatchObject({ kind: 'recorded', answer: { decision: { text: `Kept. ${CANARIES.answer}` } } });
  } finally {
    await ledger.close();
  }
  await next.stop();
  keyed = await stage.startWorker({ agents: [vault], payloadCodecs: [codec] });
});

test('what is sealed with another key, or broken on its way, is refused, and the session goes on', async () => {
  const sessionId = uniqueName('vault');
  await send(sessionId, said('keep'));
  const request = defaultPayloadConverter.toPayload({ messageId: 'm-1', text: 'hello' });
  const [foreign] = await new AesCodec('key-2', randomBytes(32)).encode([request]);
  const [cut] = await codec.encode([request]);
  for (const payload of [foreign, { ...cut, data: cut?.data?.subarray(0, 5) }, { ...cut, data: new Uint8Array() }]) {
    const { outcome } = await stage.temporal.workflowService.updateWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: sessionId },
      waitPolicy: { lifecycleStage: 3 },
      request: {
        meta: { updateId: uniqueName('raw'), identity: 'test' },
        input: { name: 'send', args: { payloads: [payload ?? {}] } },
      },
    });
    // A refusal is in no history, and it never quotes a text.
    expect(outcome?.failure?.message).toContain('got a payload that could not be decoded');
  }
  expect(await send(sessionId, said('still here'))).toMatchObject({ kind: 'reply', turn: 2 });
  expect(failedTasks(await fetchHistory(stage.temporal, sessionId))).toEqual([]);
});

test('a task in which a session has nothing to tell leaves nothing sealed where lists and descriptions look', async () => {
  const sessionId = uniqueName('vault');
  await send(sessionId, said('keep'));
  const handle = stage.temporal.workflow.getHandle(sessionId);
  await handle.signal('explode');
  await eventually('an event that changes nothing', async () => {
    const { events } = await fetchHistory(stage.temporal, sessionId);
    return events?.some((event) => event.workflowPropertiesModifiedEventAttributes) || undefined;
  });
  // Temporal's own client, which has no key.
  expect((await handle.describe()).memo).toEqual({});
});

test('a client without the key is told so', async () => {
  const sessionId = uniqueName('vault');
  await send(sessionId, said('keep'));
  const blind = await stage.connect();
  const error = await caught(blind.session(sessionId).status());
  expect(error).toBeInstanceOf(BadConfig);
  expect(error.message).toContain('payload codecs');
  const sent = await caught(blind.session(sessionId).send('plain words', { timeoutMs: 5_000 }));
  expect(sent).toBeInstanceOf(BadConfig);
  expect(await send(sessionId, said('still here'))).toMatchObject({ kind: 'reply' });
});

test('a worker without the key is turned away by the ledger, before it polls', async () => {
  const error = await caught(stage.startWorker({ agents: [vault] }));
  expect(error.message).toContain('holds sealed content, and this process was given no payloadCodecs');
});

describe('a worker without the key that has a ledger of its own', () => {
  let blind: RunningWorker;
  let open: string;

  beforeAll(async () => {
    open = uniqueName('vault');
    await send(open, said('keep'));
    await keyed.stop();
    blind = await stage.startWorker({ agents: [vault], ledgerUrl: path.join(stage.folder, 'other.sqlite') });
  });

  test('cannot harm an open session: it waits for a worker that has the key, and goes on', async () => {
    const waiting = send(open, said('later'), 'm-2');
    const history = await eventually('a workflow task to fail', async () => {
      const now = await fetchHistory(stage.temporal, open);
      return failedTasks(now).length > 0 ? now : undefined;
    });
    // One event however often it is tried: the history does not grow while the session waits.
    expect(failedTasks(history)).toHaveLength(1);
    expect(history.events?.at(-1)?.workflowExecutionFailedEventAttributes).toBeFalsy();
    await blind.stop();
    keyed = await stage.startWorker({ agents: [vault], payloadCodecs: [codec] });
    expect(await waiting).toMatchObject({ kind: 'reply', turn: 2 });
    expect(failedTasks(await fetchHistory(stage.temporal, open))).toHaveLength(1);
  });

  test('fails a session that starts with it, at once and in words', async () => {
    await keyed.stop();
    blind = await stage.startWorker({ agents: [vault], ledgerUrl: path.join(stage.folder, 'other.sqlite') });
    const sessionId = uniqueName('vault');
    const error = await caught(send(sessionId, said('hello')));
    expect(error).toBeInstanceOf(Refused);
    expect(error.message).toContain('got a payload that could not be decoded');
    const failed = await caught(stage.client.session(sessionId).result({ timeoutMs: PATIENCE_MS }));
    expect(failed).toBeInstanceOf(SessionFailed);
    expect(failedTasks(await fetchHistory(stage.temporal, sessionId))).toEqual([]);
    await blind.stop();
  });
});
