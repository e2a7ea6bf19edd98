import pc from 'picocolors';
import { answerLines, AnswerError } from '../../cli/answer-lines';
import { usageLine } from '../../cli/money';
import { stepLine } from '../../cli/step-line';
import { itemLines } from '../../cli/transcript';
import type { SendResult, StepRecord } from '../../client';

const plain = pc.createColors(false);
const record: StepRecord = {
  turn: 1,
  step: 2,
  kind: 'tool',
  id: 't1.s2.c1',
  name: 'book',
  summary: 'book(slot=Tue 09:00)',
  startedAt: 1_000,
};

describe('a call as a line', () => {
  it.each<[string, Partial<StepRecord>, string]>([
    ['running', {}, '  → book(slot=Tue 09:00)  running'],
    [
      'done',
      { endedAt: 1_250, outcome: 'succeeded', attempt: 1, ledger: 'ran' },
      '  → book(slot=Tue 09:00)  succeeded · 250 ms',
    ],
    [
      'done by a second attempt, from the ledger',
      { endedAt: 6_100, outcome: 'succeeded', attempt: 2, ledger: 'replayed' },
      '  → book(slot=Tue 09:00)  succeeded (replayed) attempt 2 · 5.1 s',
    ],
    [
      'refused in words that try to be more',
      { endedAt: 1_000, outcome: 'rejected', message: 'no \u001b[2Jslot' },
      '  → book(slot=Tue 09:00)  rejected · 0 ms: no \\x1b[2Jslot',
    ],
    [
      'a model call',
      { kind: 'model', model: 'gpt-5', tokens: '812→64', cost: '$0.0012', outcome: 'calls', endedAt: 2_000 },
      '  step 2  gpt-5 · 812→64 tok · $0.0012 · 1.0 s',
    ],
    [
      'a model call that failed',
      { kind: 'model', name: 'desk', outcome: 'ModelRateLimited', attempt: 3, endedAt: 1_010, message: 'slow down' },
      '  step 2  10 ms ModelRateLimited attempt 3: slow down',
    ],
  ])('%s', (_, change, line) => {
    expect(stepLine({ ...record, ...change }, plain)).toBe(line);
  });
});

describe('an answer as lines', () => {
  it.each<[string, SendResult, string[]]>([
    ['a reply', { kind: 'reply', messageId: 'm', turn: 1, text: 'two\nlines \u0007' }, ['desk> two\nlines \\x07']],
    [
      'a partial reply',
      { kind: 'reply', messageId: 'm', turn: 1, text: 'so far', partial: '10 steps were not enough' },
      ['desk> so far', '  partial: 10 steps were not enough'],
    ],
    [
      'what a person said in its place',
      { kind: 'reply', messageId: 'm', turn: 1, text: 'I am here', by: 'eva \u001b' },
      ['eva \\x1b (as desk)> I am here'],
    ],
    [
      'a stopped turn',
      {
        kind: 'stopped',
        messageId: 'm',
        turn: 1,
        reason: 'ModelUnavailable',
        message: 'the model is away',
        session: 'open',
      },
      ['  stopped (ModelUnavailable): the model is away'],
    ],
    [
      'a wait for a person',
      {
        kind: 'waiting_for_human',
        messageId: 'm',
        turn: 1,
        pending: [{ kind: 'approval', id: 't1.s1.c1', summary: 'refund(9 USD)', since: 0, unblockedBy: 'decide' }],
      },
      ['  a person must decide before this goes on:'],
    ],
  ])('%s', (_, result, lines) => {
    expect(answerLines(result, plain, 'desk')).toEqual(lines);
  });

  it('is an error where the agent does not exist, with the names that do', () => {
    const result: SendResult = {
      kind: 'stopped',
      messageId: 'm',
      turn: 1,
      reason: 'unknown_agent',
      message: 'there is no agent dsk',
      names: ['desk', 'parrot'],
      session: 'ended',
    };
    expect(() => answerLines(result, plain, 'dsk')).toThrow(
      new AnswerError('there is no agent dsk (there are: desk, parrot)'),
    );
  });
});

describe('items of a transcript', () => {
  it('show what was said, asked for and done', () => {
    const at = { turn: 1, step: 1 };
    const lines = [
      itemLines({ kind: 'user', turn: 1, messageId: 'm', text: 'book it' }, plain),
      itemLines(
        {
          kind: 'assistant',
          ...at,
          agent: 'desk',
          text: null,
          calls: [{ id: 'c', tool: 'book', arguments: '{"a":1}' }],
        },
        plain,
      ),
      itemLines(
        { kind: 'outcome', ...at, callId: 'c', tool: 'book', outcome: { kind: 'succeeded', result: { ok: true } } },
        plain,
      ),
      itemLines({ kind: 'note', turn: 1, audience: 'model', reason: 'steps_limit', text: 'answer now' }, plain),
    ];
    expect(lines.flat()).toEqual([
      'user> book it',
      '  → book {"a":1}',
      '  ← book succeeded {"ok":true}',
      '  (model: steps_limit) answer now',
    ]);
  });
});

describe('money', () => {
  it('says which calls have no price instead of counting them as free', () => {
    const usage = {
      modelCalls: 3,
      toolCalls: 1,
      inputTokens: 812,
      outputTokens: 64,
      microUsd: 1_200,
      unpricedCalls: 2,
      cutOffMicroUsd: 0,
    };
    expect(usageLine(usage)).toBe('3 model calls, 1 tool call, 812→64 tokens, $0.0012 + 2 unpriced');
  });
});
