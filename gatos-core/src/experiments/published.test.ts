/** The published JSON Schemas: as the code has them, valid themselves, true of real records, and not of wrong ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  contentCid,
  environmentOf,
  evaluateRun,
  executionOf,
  HOSTILE,
  jobFile,
  manifestOf,
  proofOf,
  reproductionOf,
  trainRun,
} from '../../testing/experiment-world.js';
import { Cid, formatBase64url, parseJson } from '../codec/index.js';
import type { Claim, Result } from '../jobs/index.js';
import { utf8 } from '../kernel/index.js';
import { compareContents, compareRuns, driftReportValue, publishedSchemas } from './index.js';

const folder = new URL('../../../docs/schemas/', import.meta.url);
const schemas = publishedSchemas();
const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
const validators = new Map(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema as object)]));

/** As `--json` prints it: CIDs as text, bytes as base64url. */
function view(value: unknown): unknown {
  if (value instanceof Uint8Array) return formatBase64url(value);
  if (value instanceof Cid) return String(value);
  if (Array.isArray(value)) return value.map(view);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, view(part)]));
}
function errorsOf(name: string, value: unknown): readonly string[] {
  const validate = validators.get(`${name}.schema.json`);
  if (validate === undefined) throw new Error(`no schema ${name}`);
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const runs = [trainRun(), evaluateRun()];
const [train] = runs as [ReturnType<typeof trainRun>];
const claim: Claim = { job: train.execution.job, worker: 'user:alice', lease_until: 5, attempt: 1, state: 'held' };
const result: Result = { job: train.execution.job, status: 'succeeded', poe: contentCid('x'), reason: null };
const drift = (() => {
  const environment = environmentOf({ arch: 'arm64', variables: { A: HOSTILE } });
  const execution = executionOf(train.manifest, [jobFile('model.json', '{"a":2}')], { environment });
  const content = compareContents({ path: 'model.json', recorded: utf8('{"a":1}'), reproduced: utf8('{"a":2}') });
  return driftReportValue({
    differences: compareRuns({ job: train.execution.job, recorded: train, reproduced: { ...train, execution } }),
    contents: content === null ? [] : [content],
  });
})();

const REAL: readonly (readonly [string, unknown])[] = [
  ['job-manifest', train.manifest],
  ['job-manifest', manifestOf({ nonce: '01HF7YAT00000000000000000A', effect: { tool: 'mail', idempotency_key: 'k' } })],
  ['job-manifest', evaluateRun().manifest],
  ['job-claim', claim],
  ['job-execution', train.execution],
  ['job-execution', executionOf(manifestOf(), [], { status: 'killed', exit: null, signal: 'SIGKILL', failure: 'x' })],
  ['job-result', result],
  ['job-result', { ...result, status: 'cancelled', poe: null, reason: 'no more' }],
  ['experiment', proofOf(runs)],
  [
    'experiment',
    proofOf(runs, { policy_root: contentCid('p'), policy_code_root: new Uint8Array(32), notes: 'a\n\tb' }),
  ],
  ['reproduction', reproductionOf()],
  [
    'reproduction',
    reproductionOf({
      verdict: 'drifted',
      differences: [{ where: 'output', job: null, name: 'x', recorded: null, reproduced: 'é', detail: '' }],
    }),
  ],
  ['drift-report', drift],
  ['drift-report', driftReportValue({ differences: [], contents: [] })],
];

const WRONG: readonly (readonly [string, string, object, object])[] = [
  ['job-manifest', 'an unknown field', train.manifest, { extra: 1 }],
  ['job-manifest', 'network as text', train.manifest, { network: 'no' }],
  ['job-manifest', 'limits below one', train.manifest, { limits: { time_ms: 0, memory_bytes: 1, output_bytes: 1 } }],
  ['job-manifest', 'a nonce that is no ulid', train.manifest, { nonce: 'x' }],
  ['job-claim', 'another state', claim, { state: 'free' }],
  ['job-claim', 'half an attempt', claim, { attempt: 1.5 }],
  ['job-execution', 'a digest in hex', train.execution, { inputs_root: 'ab'.repeat(32) }],
  [
    'job-execution',
    'a CID of another version',
    train.execution,
    { job: 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG' },
  ],
  ['job-execution', 'an exit status of 256', train.execution, { exit: 256 }],
  ['job-execution', 'an unknown status', train.execution, { status: 'fine' }],
  ['job-result', 'no status', result, { status: null }],
  ['experiment', 'no job', proofOf(runs), { jobs: [] }],
  ['experiment', 'an escape sequence in its title', proofOf(runs), { title: '\u001b[31m' }],
  ['experiment', 'a root of 31 bytes', proofOf(runs), { inputs_root: new Uint8Array(31) }],
  ['reproduction', 'another verdict', reproductionOf(), { verdict: 'similar' }],
  ['reproduction', 'a difference somewhere else', reproductionOf(), { differences: [{ where: 'moon' }] }],
  ['drift-report', 'no list', drift as object, { differences: null }],
  ['drift-report', 'a first difference that is text', drift as object, { first: 'node' }],
];

describe('docs/schemas', () => {
  it('is what the code has: `npm run schema:update` writes it', () => {
    // Those of other planes are theirs.
    const named = readdirSync(folder).filter((name) => !/^(capability|effect|output-cap|output-effect)-/.test(name));
    expect(named.sort()).toEqual(Object.keys(schemas).sort());
    for (const [name, schema] of Object.entries(schemas))
      expect(parseJson(readFileSync(new URL(name, folder), 'utf8')), name).toEqual(schema);
  });

  it('are JSON Schemas of 2020-12', () => {
    for (const [name, schema] of Object.entries(schemas)) {
      expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' });
      expect(ajv.validateSchema(schema as object), name).toBe(true);
    }
  });
});

describe('ajv', () => {
  it.each(REAL)('takes a real %s', (name, value) => {
    expect(errorsOf(name, view(value))).toEqual([]);
  });

  it.each(WRONG)('refuses a %s with %s', (name, _, value, change) => {
    expect(errorsOf(name, view({ ...value, ...change }))).not.toEqual([]);
  });

  it.each(REAL)('refuses a %s without any one of its fields that are required', (name, value) => {
    const { required } = schemas[`${name}.schema.json`] as { required: readonly string[] };
    expect(required.length).toBeGreaterThan(3);
    for (const field of required) {
      const { [field]: _, ...rest } = view(value) as Record<string, unknown>;
      expect(errorsOf(name, rest), field).not.toEqual([]);
    }
  });
});
