/** Places of messages are typed by people and pasted from anywhere. */

import { fuzzDecoder } from 'gatos-core/testing';
import { describe, expect, it } from 'vitest';
import { parseOffset } from './offset.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 5000);

const ULID = '01HF7YAT00000000000000000A';
const CORPUS = ['start', 'end', `${ULID}:0`, `${ULID}:42`, `7ZZZZZZZZZZZZZZZZZZZZZZZZZ:999999999999999`];

describe(`fuzz of places of messages (seed ${SEED}, ${RUNS} runs)`, () => {
  it('are the place that they are written as, or refused with what would be one', async () => {
    const isFault = (error: unknown): boolean =>
      error instanceof Error && error.message === 'start, end, or a place such as 01J…:42';
    const corpus = CORPUS.map((text) => new TextEncoder().encode(text));
    const { values, faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS, isFault }, (bytes) => {
      const text = new TextDecoder().decode(bytes);
      const offset = parseOffset(text);
      if (typeof offset === 'string') return expect(offset).toBe(text);
      expect(Number.isSafeInteger(offset.seq)).toBe(true);
      return expect(`${offset.segment}:${text.split(':')[1]?.replace(/^0+(?=\d)/, '')}`).toBe(
        `${text.slice(0, 26)}:${offset.seq}`,
      );
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
  });

  it('of megabytes are refused at once', () => {
    for (const text of ['0'.repeat(2 ** 22), `${ULID}:${'9'.repeat(2 ** 22)}`, `${ULID}:1\n`, ` ${ULID}:1`])
      expect(() => parseOffset(text)).toThrow('start, end, or a place');
  });
});
