/** What is stored: content through the codec, keys and states plain; the same text comes back, whatever it holds. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Payload, PayloadCodec } from '@temporalio/common';
import * as fc from 'fast-check';
import { jsonContentCodec, payloadContentCodec } from '../../../activities/ledger/content-codec';
import { LedgerUnavailable } from '../../../activities/ledger/port';
import { claimOf, granted, temporaryFolder, temporaryLedger } from './temporary-ledger';

/** Turns every byte over and adds a name to the metadata. */
function flipping(mask: number): PayloadCodec {
  const flip = (data: Uint8Array | null | undefined) => Uint8Array.from(data ?? [], (byte) => byte ^ mask);
  return {
    encode: async (payloads: Payload[]) =>
      payloads.map((payload) => ({
        metadata: { encoding: Buffer.from(`flipped/${mask}`), was: payload.metadata?.encoding ?? Buffer.from('') },
        data: flip(payload.data),
      })),
    decode: async (payloads: Payload[]) =>
      payloads.map((payload) => ({
        metadata: { encoding: payload.metadata?.was ?? Buffer.from('') },
        data: flip(payload.data),
      })),
  };
}

describe('content', () => {
  it('comes back as it was, plain or sealed, also with NUL and halves of surrogate pairs', async () => {
    const sealed = payloadContentCodec([flipping(0x5a)]);
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\0', '\ud800', '\u202e', '\ufeff', '😀'));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          text.filter((key) => key !== '__proto__'),
          fc.oneof(text, fc.integer(), fc.constant(null)),
        ),
        async (value) => {
          const expected = JSON.parse(JSON.stringify(value)) as unknown;
          expect(await jsonContentCodec.decode(await jsonContentCodec.encode(value))).toEqual(expected);
        },
      ),
      { numRuns: 200 },
    );
    for (const value of [null, 'a\0b', { emoji: '😀', nested: [1, { deep: true }] }, 'x'.repeat(100_000)]) {
      expect(await sealed.decode(await sealed.encode(value))).toEqual(value);
    }
  });

  it('is not readable in the file where there is a codec, while keys and states are', async () => {
    const url = path.join(temporaryFolder(), 'ledger.sqlite');
    const ledger = await temporaryLedger({ url, payloadCodecs: [flipping(0x5a)] });
    const secret = 'canary-4711';
    const claim = granted(
      await ledger.claimToolCall(claimOf('c1', { args: { secret }, businessKey: 'p7', sameAs: secret })),
    );
    await ledger.bodyFailed({
      callKey: 'session-1/c1',
      fence: claim.fence,
      message: secret,
      applied: 'no',
      allowed: 9,
    });
    const again = granted(
      await ledger.claimToolCall(claimOf('c1', { args: { secret }, businessKey: 'p7', sameAs: secret })),
    );
    await ledger.settleToolCall({
      callKey: 'session-1/c1',
      fence: again.fence,
      outcome: { kind: 'succeeded', result: secret },
    });
    await ledger.beginModelCall({ callKey: 'session-1/m', attempt: 1, owner: 'o', estimate: 1 });
    await ledger.recordModelCall({ callKey: 'session-1/m', attempt: 1, answer: { text: secret } });
    const rows = await ledger.calls({ sessionNamespace: 'session-1' });
    expect(rows).toMatchObject([
      { args: { secret }, lastError: secret, outcome: { result: secret } },
      { answer: { text: secret } },
    ]);
    expect(await ledger.claimToolCall(claimOf('c2', { businessKey: 'p7', sameAs: 'other' }))).toMatchObject({
      kind: 'conflict',
      sameAs: secret,
    });
    const bytes = [url, `${url}-wal`].map((file) => readFileSync(file, 'latin1')).join('');
    expect(bytes).not.toContain(secret);
    expect(bytes).toContain('session-1/c1');
  });

  it('written before the codec was switched on is still read, and the other way round is refused in words', async () => {
    const sealed = payloadContentCodec([flipping(1), flipping(2)]);
    expect(await sealed.decode(await jsonContentCodec.encode({ plain: true }))).toEqual({ plain: true });
    await expect(jsonContentCodec.decode(await sealed.encode('x'))).rejects.toThrow(
      /encrypted and this process has no codec/,
    );
  });

  it('that cannot be encoded makes the ledger unavailable, before anything is written', async () => {
    const broken: PayloadCodec = {
      encode: () => Promise.reject(new Error('the key service is down')),
      decode: async (payloads) => payloads,
    };
    const ledger = await temporaryLedger({ payloadCodecs: [broken] });
    await expect(ledger.claimToolCall(claimOf('c1'))).rejects.toThrow(LedgerUnavailable);
    expect(await ledger.readCall('session-1/c1')).toBeUndefined();
  });
});
