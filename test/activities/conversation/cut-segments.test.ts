import fc from 'fast-check';
import { cutSegments, MAX_SEGMENT_BYTES } from '../../../activities/conversation/cut-segments';
import { messages, says } from './told-transcript';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('cutting a conversation into parts', () => {
  it('keeps everything in order, in parts that are full and not too large, whatever the items are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 })), (texts) => {
        const items = texts.map(says);
        const parts = [...cutSegments(items, 500)];
        expect(parts.flat()).toEqual(items);
        for (const [index, part] of parts.entries()) {
          expect(part.length).toBeGreaterThan(0);
          if (part.length > 1) expect(bytesOf(part)).toBeLessThanOrEqual(500);
          const next = parts[index + 1]?.[0];
          if (next) expect(bytesOf([...part, next])).toBeGreaterThanOrEqual(500);
        }
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  it('gives an item that is larger than a part one of its own', () => {
    const large = says('x'.repeat(MAX_SEGMENT_BYTES * 2));
    const [before, after] = [messages(2), messages(3)];
    expect([...cutSegments([...before, large, ...after])]).toEqual([before, [large], after]);
    expect([...cutSegments([])]).toEqual([]);
  });
});
