import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameFault, FrameReader } from './frame.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);

function read(chunks: readonly Uint8Array[], limit = 1000): Uint8Array | string {
  const reader = new FrameReader(limit);
  try {
    for (const chunk of chunks) reader.add(chunk);
  } catch (error) {
    if (error instanceof FrameFault) return `${error.code}: ${error.message}`;
    throw error;
  }
  return reader.end();
}

const pieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));

describe(`frames (seed ${SEED})`, () => {
  it('come back in pieces of any size', () => {
    const bytes = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 700 }), (content, size) => {
        expect(read(pieces(encodeFrame(content), size))).toEqual(content);
      }),
      { seed: SEED },
    );
  });

  it('cut short, or with more behind them, are none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (content, at) => {
        const frame = encodeFrame(content);
        expect(read([frame.slice(0, at % frame.length)])).toMatch(/^it /);
        expect(read([frame, Uint8Array.of(0)])).toBe('bad-answer: more follows its answer');
        expect(read([Uint8Array.from([...frame, 0])])).toBe('bad-answer: more follows its answer');
      }),
      { seed: SEED },
    );
  });

  it.each([
    [[], 'it gave no answer'],
    [[0x80], 'it stopped within the length of its answer'],
    [[0x80, 0x00], 'bad-answer: the length of its answer is not in its shortest form'],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 'bad-answer: its answer begins with no length'],
    [[0xe9, 0x07], 'flood: it announces an answer of 1001 bytes, the limit is 1000'],
    [
      [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
      'flood: it announces an answer of 9007199254740991 bytes, the limit is 1000',
    ],
    [[2, 1], 'it stopped after 1 of 2 bytes of its answer'],
  ])('%j: %s', (bytes, want) => {
    expect(read([Uint8Array.from(bytes)])).toBe(want);
  });

  it('of a length of two bytes', () => {
    expect(encodeFrame(new Uint8Array(300)).slice(0, 2)).toEqual(Uint8Array.of(0xac, 0x02));
    expect(read(pieces(encodeFrame(new Uint8Array(1000)), 1))).toEqual(new Uint8Array(1000));
  });
});
