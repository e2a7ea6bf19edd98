/** Limits and carries that are poison, sent past every client: refused in words, and no workflow task ever fails of them. */
import { defineAgent } from '../../agents';
import { says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { failedTasks, fetchHistory } from './history';
import { json, payload, sendRawUpdate, startRawSession } from './raw-payloads';
import { caught, eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

let model: ScriptedOpenAI;
let stage: Stage;

beforeAll(async () => {
  model = await startScriptedOpenAI({
    script: { name: 'echo', turns: [], fallback: (request) => says(`heard: ${request.user}`) },
  });
  const echo = defineAgent({ name: 'echo', instructions: 'You repeat.', model: 'gpt-5-mini' });
  stage = await startStage({ agents: [echo], modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
/** Deeper than anything may be at an inlet, and yet read. */
const DEEP = nested(400);
const WITHOUT_FLOOR = nested(50_000);

test('an act extend that is poison is refused, and the session goes on', async () => {
  const sessionId = uniqueName('raw-extend');
  await stage.client.send({ sessionId, agent: 'echo', text: 'hello' }, { timeoutMs: PATIENCE_MS });
  const extend = (more: string) => json(`{"actId":"a","act":"extend"${more}}`);
  const refused: readonly (readonly [args: ReturnType<typeof json>, words: RegExp])[] = [
    [extend(''), /bound must be one of: call\.tokens/],
    [extend(',"bound":"__proto__","amount":1'), /bound must be one of/],
    [extend(',"bound":{"turn":"steps"},"amount":1'), /bound must be one of: .* got an object/],
    [extend(`,"bound":${DEEP},"amount":1`), /bound must be one of: .* got a list/],
    [extend(',"bound":"turn.steps"'), /expects amount/],
    [extend(',"bound":"turn.steps","amount":null'), /got null/],
    [extend(',"bound":"turn.steps","amount":-1'), /got -1/],
    [extend(',"bound":"turn.steps","amount":1.5'), /got 1\.5/],
    [extend(',"bound":"turn.steps","amount":1e400'), /got Infinity/],
    [extend(',"bound":"turn.steps","amount":"10"'), /got the text "10"/],
    [extend(`,"bound":"turn.steps","amount":${DEEP}`), /got a list/],
    [
      extend(`,"bound":"turn.steps","amount":${WITHOUT_FLOOR}`),
      /could not be decoded \(nested deeper than 500 levels\)/,
    ],
    [extend(',"bound":"turn.steps","amount":1,"__proto__":{"isAdmin":true}'), /__proto__ is a key that is not allowed/],
    [extend(',"bound":"session.tokens","amount":5'), /not declared in this session/],
    [extend(',"bound":"turn.steps","amount":5'), /no turn is running/],
    [payload('binary/encrypted', Buffer.alloc(64, 7)), /could not be decoded/],
  ];
  for (const [args, words] of refused) {
    expect(await sendRawUpdate(stage, sessionId, 'intervene', [args])).toMatch(
      new RegExp(`^Refused: .*${words.source}`, 's'),
    );
  }
  const session = stage.client.session(sessionId);
  expect(await session.send('still there?', { timeoutMs: PATIENCE_MS })).toMatchObject({ kind: 'reply', turn: 2 });
  expect(failedTasks(await fetchHistory(stage.temporal, sessionId))).toEqual([]);
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
});

test.each<[string, string, RegExp]>([
  ['limits that are null', '"limits":null', /limits must be an object, got null/],
  ['a negative limit', '"limits":{"turn":{"tokens":-1}}', /limits\.turn\.tokens must be/],
  ['a limit past every number', '"limits":{"session":{"microUsd":1e400}}', /got Infinity/],
  ['a limit in a deep list', `"limits":{"turn":{"steps":${DEEP}}}`, /limits\.turn\.steps must be .* got a list/],
  ['limits that pollute', '"limits":{"__proto__":{"steps":1000}}', /limits does not know "__proto__"/],
  ['runs without an end of their own', '"continueAfter":{"events":1}', /continueAfter\.events must be/],
  ['a carry that is a text', '"carry":"x"', /carry must be what an earlier run handed on, got a string/],
  ['a carry that is null', '"carry":null', /carry must be .* got null/],
  ['a carry without a version', '"carry":{"run":2}', /carry/],
  ['a carry with nothing in it', '"carry":{"v":1}', /carry/],
  ['a carry of wrong types', '"carry":{"v":1,"run":"two","segments":{},"tail":7,"bounding":[]}', /carry/],
  ['a deep carry', `"carry":{"v":1,"run":2,"tail":${DEEP}}`, /carry/],
  ['a carry that has no floor', `"carry":{"v":1,"run":2,"tail":${WITHOUT_FLOOR}}`, /nested deeper than 500 levels/],
])('a session that is started with %s fails at once, in words', async (_name, fields, words) => {
  const workflowId = uniqueName('raw-input');
  await startRawSession(stage, workflowId, [json(`{"v":1,"agent":"echo",${fields}}`)]);
  const error = await caught(stage.client.session(workflowId).result({ timeoutMs: PATIENCE_MS }));
  expect(error).toMatchObject({ code: 'SESSION_FAILED', message: expect.stringMatching(words) });
  expect(failedTasks(await fetchHistory(stage.temporal, workflowId))).toEqual([]);
});

test('a session that a newer version handed on waits for a worker that can read it, and is not lost', async () => {
  const workflowId = uniqueName('raw-newer');
  await startRawSession(stage, workflowId, [json('{"v":1,"agent":"echo","carry":{"v":99}}')]);
  const failed = await eventually('the task to fail', async () => {
    const [first] = failedTasks(await fetchHistory(stage.temporal, workflowId));
    return first;
  });
  expect(failed).toMatch(
    /carry: this version reads version 1 .* and this is version 99; has a newer worker run this session\?/,
  );
  const handle = stage.temporal.workflow.getHandle(workflowId);
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
});
