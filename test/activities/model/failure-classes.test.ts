import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { CancelledFailure } from '@temporalio/common';
import { toFailure } from '../../../activities/model/failure-classes';
import { LedgerUnavailable } from '../../../activities/ledger/port';
import { MissingApiKey, RequestTimedOut } from '../../../activities/model/openai-client';
import { redact } from '../../../activities/model/redact';
import { CANARY } from './model-fixture';

const NOW = Date.parse('2026-11-21T12:00:00Z');

const api = (status: number, error: object = {}, headers: Record<string, string> = {}) =>
  APIError.generate(status, { error }, undefined, new Headers(headers));

describe('each error has one failure', () => {
  test.each<[string, unknown, string, boolean]>([
    ['429', api(429, { message: 'slow down', code: 'rate_limit_exceeded' }), 'ModelRateLimited', true],
    [
      '429 for the quota',
      api(429, { code: 'insufficient_quota', message: 'You exceeded your current quota' }),
      'ModelForbidden',
      false,
    ],
    [
      '429 for a request that never fits',
      api(429, { message: 'Request too large for gpt-5 on tokens per min' }),
      'RequestTooLarge',
      false,
    ],
    ['408', api(408), 'ModelTimeout', true],
    ['409', api(409), 'ModelUnavailable', true],
    ['500', api(500), 'ModelUnavailable', true],
    ['502', api(502), 'ModelUnavailable', true],
    ['503', api(503), 'ModelUnavailable', true],
    ['529', api(529), 'ModelUnavailable', true],
    ['400', api(400, { message: 'bad field' }), 'ModelBadRequest', false],
    [
      '400 for the context',
      api(400, { code: 'context_length_exceeded', message: 'too long' }),
      'ContextLengthExceeded',
      false,
    ],
    [
      '400 for the context, in words',
      api(400, { message: "This model's maximum context length is 8192 tokens" }),
      'ContextLengthExceeded',
      false,
    ],
    ['400 for the filter', api(400, { code: 'content_filter', message: 'filtered' }), 'ContentFiltered', false],
    ['401', api(401), 'ModelUnauthorized', false],
    ['402', api(402), 'ModelForbidden', false],
    ['403', api(403), 'ModelForbidden', false],
    ['404', api(404), 'ModelNotFound', false],
    ['413', api(413), 'RequestTooLarge', false],
    ['422', api(422), 'ModelBadRequest', false],
    ['no connection', new APIConnectionError({ message: 'Connection error.' }), 'ModelUnavailable', true],
    ['the client timed out', new APIConnectionTimeoutError(), 'ModelTimeout', true],
    ['our timeout', new RequestTimedOut('no complete answer within 5 ms'), 'ModelTimeout', true],
    ['a body that broke off', new TypeError('terminated'), 'ModelUnavailable', true],
    ['no key', new MissingApiKey('OPENAI_API_KEY is not set'), 'ModelUnauthorized', false],
    ['the ledger is away', new LedgerUnavailable('locked'), 'LedgerUnavailable', true],
    ['not an error at all', 'what', 'ModelUnavailable', true],
  ])('%s', (_name, error, type, retryable) => {
    expect(toFailure(error, NOW)).toMatchObject({ type, nonRetryable: !retryable });
  });

  test('a cancellation stays one', () => {
    const cancelled = new CancelledFailure('by the user');
    expect(toFailure(cancelled)).toBe(cancelled);
  });
});

describe('when to ask again', () => {
  test.each<[string, Record<string, string>, number | undefined]>([
    ['ms', { 'retry-after-ms': '1500' }, 1500],
    ['ms before seconds', { 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    ['seconds', { 'retry-after': '20' }, 20_000],
    ['parts of a second', { 'retry-after': '0.5' }, 500],
    ['an HTTP date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:30 GMT' }, 30_000],
    ['a date that is past', { 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, undefined],
    ['absurd seconds', { 'retry-after': '1000000000' }, 120_000],
    ['absurd seconds, written short', { 'retry-after': '1e9' }, 120_000],
    ['beyond all numbers', { 'retry-after': '1e999' }, 120_000],
    ['a date in the far future', { 'retry-after': 'Fri, 21 Nov 2126 12:00:00 GMT' }, 120_000],
    ['negative', { 'retry-after': '-5' }, undefined],
    ['negative ms, then seconds', { 'retry-after-ms': '-1', 'retry-after': '3' }, 3_000],
    ['garbage', { 'retry-after': 'soon' }, undefined],
    ['none', {}, undefined],
  ])('%s', (_name, headers, ms) => {
    const failure = toFailure(api(429, { message: 'slow down' }, headers), NOW);
    expect(failure).toMatchObject({ type: 'ModelRateLimited' });
    expect('nextRetryDelay' in failure ? (failure.nextRetryDelay ?? undefined) : undefined).toBe(ms);
  });

  test('503 may say so too', () => {
    expect(toFailure(api(503, {}, { 'retry-after': '2' }), NOW)).toMatchObject({ nextRetryDelay: 2_000 });
  });
});

describe('no secret becomes a failure', () => {
  test.each([
    `Incorrect API key provided: ${CANARY}.`,
    `request failed: Authorization: Bearer ${CANARY}`,
    `{"headers":{"api-key":"${CANARY}"}}`,
    `connect to https://user:${CANARY}@proxy.example failed`,
  ])('%.50s', (message) => {
    const failure = toFailure(api(401, { message }));
    expect(JSON.stringify([failure.message, failure.stack, failure.cause])).not.toContain('canary');
    expect(failure.message).toContain('[redacted]');
  });

  test('a cause that holds one is not attached', () => {
    const failure = toFailure(
      new APIConnectionError({ message: 'Connection error.', cause: new Error(`with Bearer ${CANARY}`) }),
    );
    expect(failure.cause).toBeUndefined();
    expect(failure.message).not.toContain('canary');
  });

  test.each(['sk_live_', 'ghp_', 'xoxb-', 'whsec_', 'sk-ant-'])('a key that begins with %s is taken out', (start) => {
    expect(redact(`Incorrect key: ${start}${'a1'.repeat(12)}, see the docs`)).toBe(
      'Incorrect key: [redacted], see the docs',
    );
  });

  test('control characters cannot act on a terminal', () => {
    expect(redact('\u001b[2J\r\n\u202etxt')).toBe('\\u001b[2J\\u000d\\u000a\\u202etxt');
  });
});
