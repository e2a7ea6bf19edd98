import type { Payload } from '@temporalio/common';
import { payloadConverter } from '../../workflows/payload-converter';

const bytes = (text: string) => new TextEncoder().encode(text);

const json = (text: string): Payload => ({ metadata: { encoding: bytes('json/plain') }, data: bytes(text) });
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('the payload converter', () => {
  it.each<[string, Payload]>([
    ['no metadata', { data: bytes('{}') }],
    ['an unknown encoding', { metadata: { encoding: bytes('json/protobuf-x') }, data: bytes('{}') }],
    ['text that is not JSON', { metadata: { encoding: bytes('json/plain') }, data: bytes('{oops') }],
    ['bytes that are not UTF-8', { metadata: { encoding: bytes('json/plain') }, data: new Uint8Array([0xff, 0xfe]) }],
    ['no data', { metadata: { encoding: bytes('json/plain') } }],
    ['more nesting than can be written out again', json(nested(30_000))],
    ['more nesting than is taken', json(nested(501))],
  ])('turns a payload with %s into something a check can refuse', (_, payload) => {
    expect(payloadConverter.fromPayload(payload)).toEqual({
      $undecodable: { encoding: expect.any(String), bytes: payload.data?.length ?? 0, reason: expect.any(String) },
    });
  });

  it('brings JSON through unchanged', () => {
    const value = { text: 'ü👍\u0000', list: [1, null, { a: true }] };
    expect(payloadConverter.fromPayload(payloadConverter.toPayload(value))).toEqual(value);
    expect(payloadConverter.fromPayload(json(nested(500)))).toEqual(JSON.parse(nested(500)));
  });
});
