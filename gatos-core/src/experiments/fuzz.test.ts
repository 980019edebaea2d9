/** Records of experiments, receipts in files, and outputs to compare are foreign bytes. */
import { describe, expect, it } from 'vitest';
import { evaluateRun, proofOf, reproductionOf, trainRun } from '../../testing/experiment-world.js';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { testSigner } from '../../testing/hand-made.js';
import { generator, mutateBytes } from '../../testing/mutate-bytes.js';
import { decode, encode, formatHex, type Value } from '../codec/index.js';
import { fromUtf8, LIMITS, utf8 } from '../kernel/index.js';
import {
  boundContents,
  type ContentDifference,
  compareContents,
  driftReportValue,
  EXPERIMENT_SCHEMA,
  formatDriftReport,
  parseReceipt,
  REPRODUCTION_SCHEMA,
  signReceipt,
} from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 2000);

const asValue = (record: unknown): Value => record as Value;
const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

describe(`fuzz of records (seed ${SEED}, ${RUNS} runs each)`, () => {
  const proof = encode(asValue(proofOf([trainRun(), evaluateRun()])));
  const reproduction = encode(asValue(reproductionOf()));
  it.each([
    ['experiments', EXPERIMENT_SCHEMA, proof],
    ['reproductions', REPRODUCTION_SCHEMA, reproduction],
  ])('%s: refused, or the record that these bytes are', async (_, schema, bytes) => {
    const corpus = [bytes, encode({}), encode([])];
    const { values, faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (mutant) => {
      const record = schema.read(decode(mutant), 'record');
      expect(formatHex(encode(asValue(record)))).toBe(formatHex(mutant));
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
  });

  it('receipts: a receipt, or `experiments/receipt` and nothing else', async () => {
    const text = await signReceipt(reproductionOf(), testSigner(1));
    const corpus = [text, '{}', '{"payload":"","payloadType":"","signatures":[]}'].map((each) => utf8(each));
    const isFault = (error: unknown): boolean => (error as { code?: unknown }).code === 'experiments/receipt';
    const { faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS, isFault }, (bytes) => {
      const receipt = parseReceipt(lenient.decode(bytes));
      for (const { key, sig } of receipt.signatures) expect([key.length, sig.length]).toEqual([32, 64]);
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(() => parseReceipt(`${'['.repeat(100_000)}`)).toThrow(
      expect.objectContaining({ code: 'experiments/receipt' }),
    );
    expect(parseReceipt(text).signatures).toHaveLength(1);
  });
});

/** Files of all kinds, and what makes readers of them stumble. */
const CONTENTS = [
  'a,b\n1,2\n"x ""y""",3\n',
  'a;b;c\n1;2;3\n4;5;6\n',
  '{"a":[1,2,{"b":null}],"c":"é"}',
  '{"cells":[{"source":["x\\n"]}],"__proto__":1}',
  'line\n'.repeat(60),
  '\ufeffa\tb\r\n\r\n"',
  '\u202e\u0000\ud83d\ude00',
].map((text) => utf8(text));
const NAMES = ['t.csv', 't.tsv', 'm.json', 'n.ipynb', 'notes.txt', 'model', '\u202egnp.CSV'];

/** Characters of all that is listed: each value, each line and each place is cut, and invisible ones are written as up to ten. */
const MOST_LISTED = (7 * LIMITS.driftItems + 100) * (10 * LIMITS.driftShownUnits + 100);

function check({ recorded, reproduced }: Record<'recorded' | 'reproduced', Uint8Array>, path: string): boolean {
  const found = compareContents({ path, recorded, reproduced });
  expect(found === null).toBe(formatHex(recorded) === formatHex(reproduced));
  if (found === null) return false;
  expect(recorded[found.offset]).not.toBe(reproduced[found.offset]);
  expect(formatHex(recorded.subarray(0, found.offset))).toBe(formatHex(reproduced.subarray(0, found.offset)));
  expect(found.items.length).toBeLessThanOrEqual(LIMITS.driftItems);
  expect(found.diff.length).toBeLessThanOrEqual(4 * LIMITS.driftItems);
  const report = { differences: [], contents: boundContents([found]) };
  const [text, value] = [formatDriftReport(report), JSON.stringify(driftReportValue(report))];
  expect(text.length + value.length).toBeLessThan(2 * MOST_LISTED);
  // Nothing that is shown moves a cursor or turns text around.
  expect(text).not.toMatch(/(?!\n)\p{C}/u);
  return listedKind(found);
}

/** Is anything said beyond the bytes? */
function listedKind({ items, diff }: ContentDifference): boolean {
  return items.length + diff.length > 0;
}

describe(`fuzz of comparisons of contents (seed ${SEED}, ${RUNS} runs)`, () => {
  it('never throw, are bounded, and name the first byte that differs', async () => {
    const [kinds, next] = [new Set<string>(), generator(SEED)];
    let listed = 0;
    await fuzzDecoder({ corpus: CONTENTS, seed: SEED, runs: RUNS, isFault: () => false }, (recorded) => {
      const path = NAMES[next(NAMES.length)] as string;
      // The same, a mutant of it, or something else altogether.
      const other = CONTENTS[next(CONTENTS.length)] as Uint8Array;
      const reproduced = [recorded, mutateBytes(recorded, next), other][next(3)] as Uint8Array;
      if (check({ recorded, reproduced }, path)) listed += 1;
      kinds.add(compareContents({ path, recorded, reproduced })?.kind ?? 'none');
    });
    expect([...kinds].sort()).toEqual(['bytes', 'csv', 'json', 'none', 'text']);
    expect(listed).toBeGreaterThan(RUNS / 10);
  });

  it('take deep, wide and endless documents', () => {
    const documents = [
      '['.repeat(100_000),
      `${'['.repeat(60)}1${']'.repeat(60)}`,
      `{${Array.from({ length: 5000 }, (_, i) => `"k${i}":${i}`).join(',')}}`,
      '"'.repeat(100_001),
      ',;\t'.repeat(50_000),
      `${'x,'.repeat(1000)}\n`.repeat(200),
    ].map((text) => utf8(text));
    for (const path of NAMES)
      for (const recorded of documents)
        for (const reproduced of [recorded.slice(0, -1), documents[2] as Uint8Array]) {
          if (formatHex(recorded) !== formatHex(reproduced)) check({ recorded, reproduced }, path);
        }
    expect(fromUtf8(documents[3] as Uint8Array)).toHaveLength(100_001);
  });
});
