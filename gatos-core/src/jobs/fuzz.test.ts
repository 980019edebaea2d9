/** Records of jobs come from whoever pushes them. */
import { describe, expect, it } from 'vitest';
import { executionOf, jobFile, manifestOf } from '../../testing/experiment-world.js';
import { fuzzDecoder } from '../../testing/fuzz-decoder.js';
import { Cid, decode, encode, formatHex, type Value } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import {
  CLAIM_KIND,
  EXECUTION_KIND,
  jobId,
  MANIFEST_KIND,
  manifestChain,
  parseJobId,
  pathFault,
  RESULT_KIND,
} from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 2000);

const job = jobId(manifestOf());
const claim = { job, worker: 'user:bob', lease_until: 1_700_000_000_000_000, attempt: 1, state: 'held' };
const result = { job, status: 'succeeded', poe: Cid.hash('dag-cbor', utf8('x')), reason: null };
const cancelled = { job, status: 'cancelled', poe: null, reason: 'no more' };
const asValue = (record: unknown): Value => record as Value;

const KINDS = [
  ['manifests', MANIFEST_KIND, [manifestOf(), manifestOf({ network: true, outputs: [] })]],
  ['claims', CLAIM_KIND, [claim, { ...claim, state: 'closed' }]],
  ['executions', EXECUTION_KIND, [executionOf(manifestOf(), [jobFile('a', 'a'), jobFile('b/c', 'c')])]],
  ['results', RESULT_KIND, [result, cancelled]],
] as const;

/** What is derived from a record that was taken goes into commits and trees. */
function checkDerived(kind: (typeof KINDS)[number][1], record: never): void {
  const { title, trailers = [] } = kind.describe(record, 1);
  for (const text of [title, ...trailers.flat()]) {
    expect(text).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    expect(text.isWellFormed()).toBe(true);
  }
  expect(utf8(title).length).toBeLessThanOrEqual(500);
  for (const { path, size } of kind.attachments?.(record) ?? []) {
    expect(pathFault(path)).toBeUndefined();
    expect(Number.isSafeInteger(size) && size >= 0).toBe(true);
  }
}

describe(`fuzz of records of jobs (seed ${SEED}, ${RUNS} runs each)`, () => {
  it.each(KINDS)('%s: refused, or the record that these bytes are', async (_, kind, records) => {
    const corpus = [...records.map((record) => encode(asValue(record))), encode({}), encode(null)];
    const { values, faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS }, (bytes) => {
      const record = kind.schema.read(decode(bytes), 'record');
      expect(formatHex(encode(asValue(record)))).toBe(formatHex(bytes));
      checkDerived(kind, record as never);
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
    expect(values).toBeGreaterThan(0);
  });

  it('ids: a job, or `jobs/name`', async () => {
    const isFault = (error: unknown): boolean => (error as { code?: unknown }).code === 'jobs/name';
    const { faults } = await fuzzDecoder({ corpus: [utf8(String(job))], seed: SEED, runs: RUNS, isFault }, (bytes) => {
      const text = new TextDecoder().decode(bytes);
      expect(manifestChain(parseJobId(text))).toBe(`jobs/${text}/job`);
    });
    expect(faults).toBeGreaterThan(RUNS / 2);
  });

  it('of too many files, or of files in the place of folders, are refused', () => {
    const [file] = manifestOf().program.files;
    const files = Array.from({ length: LIMITS.jobFiles + 1 }, (_, i) => ({ ...file, path: `f${10_000 + i}` }));
    const many = encode(asValue({ ...manifestOf(), program: { ...manifestOf().program, files } }));
    expect(() => MANIFEST_KIND.schema.read(decode(many), 'job')).toThrow(
      expect.objectContaining({ code: 'codec/schema' }),
    );
  });
});
