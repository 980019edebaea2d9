/** What a body of each kind may be: one change at a time, and the words in which it is refused. */
import { describe, expect, it } from 'vitest';
import {
  contentCid,
  environmentOf,
  executionOf,
  jobFile,
  jobInput,
  manifestOf,
} from '../../testing/experiment-world.js';
import { refusalOf } from '../../testing/refusal.js';
import { Cid, encode, type Value } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { CLAIM_KIND, EXECUTION_KIND, MANIFEST_KIND, type Manifest, RESULT_KIND, STATUSES } from './index.js';

type Body = Record<string, unknown>;
type Step = string | number;

const program = manifestOf().program;
const MAIN = { ...jobFile('main.mjs', 'export {}'), executable: false };
const SANDBOXED = { ...program, kind: 'quickjs', ref: String(MAIN.cid), entry: 'main.mjs', files: [MAIN] } as const;
const JOB = Cid.hash('dag-cbor', encode('job'));
const CLAIM: Body = { job: JOB, worker: 'user:alice', lease_until: 5, attempt: 1, state: 'held' };
const RESULT: Body = { job: JOB, status: 'succeeded', poe: contentCid('x'), reason: null };
const EXECUTION = executionOf(manifestOf(), [jobFile('a', 'a'), jobFile('b/c', 'c')]) as unknown as Body;

/** The value with one place in it replaced; undefined takes it away. */
function at(value: unknown, [step, ...rest]: readonly Step[], to: unknown): unknown {
  if (step === undefined) return to;
  if (Array.isArray(value)) return value.map((item, i) => (i === step ? at(item, rest, to) : item));
  const { [step]: old, ...others } = value as Body;
  return rest.length === 0 && to === undefined ? others : { ...others, [step]: at(old, rest, to) };
}

const file = (path: string) => jobFile(path, path);
const many = <T>(count: number, item: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));
const padded = (i: number) => String(i).padStart(5, '0');

type Change = readonly [path: readonly Step[], to: unknown, why: RegExp];

const MANIFESTS: readonly Change[] = [
  [['program', 'kind'], 'python', /`job.program.kind` is none of `quickjs`/],
  [['program', 'ref'], 'x', /is a command of the machine, and has a `ref`/],
  [['program', 'entry'], '', /`job.program.entry` is empty/],
  [['program', 'entry'], 'a\0', /is not text without U\+0000/],
  [['program', 'args'], ['\0'], /is not text without U\+0000/],
  [['program', 'args'], [1], /is a number, not text|is .*, not text/],
  [['program', 'args'], ['x'.repeat(LIMITS.jobArgumentBytes + 1)], /is longer than/],
  [['program', 'args'], many(LIMITS.jobArguments + 1, String), /1025|more than|at most/],
  [['program', 'env'], { 'A-B': '' }, /is not a variable name/],
  [['program', 'env'], { '1A': '' }, /is not a variable name/],
  [['program', 'env'], { A: '\0' }, /is not text without U\+0000/],
  [['program', 'env'], { A: null }, /not text/],
  [['program', 'files'], [{ ...MAIN, path: '/x' }], /`job.program.files\[0\].path` is not relative/],
  [['program', 'files'], [{ ...MAIN, executable: 1 }], /not a boolean/],
  [['program', 'files'], [MAIN, MAIN], /names `main.mjs` twice/],
  [['program', 'files'], [MAIN, { ...MAIN, path: 'a' }], /has `a` after `main.mjs`: sort by bytes/],
  [
    ['program', 'files'],
    [
      { ...MAIN, path: 'a' },
      { ...MAIN, path: 'a/b' },
    ],
    /has `a\/b` below `a`, which is a file/,
  ],
  [['program', 'more'], 1, /more/],
  [['program'], { ...SANDBOXED, ref: null }, /has a `ref` that is not the CID of `main.mjs`/],
  [['program'], { ...SANDBOXED, ref: String(contentCid('other')) }, /has a `ref` that is not the CID of `main.mjs`/],
  [['program'], { ...SANDBOXED, kind: 'wasm', entry: 'other.wasm' }, /has no file `other.wasm`/],
  [['program'], { ...program, kind: 'container' }, /has no `ref` that names its image/],
  [['inputs'], [jobInput('b', 'b'), jobInput('a', 'a')], /has `a` after `b`: sort by bytes/],
  [['inputs'], [jobInput('a', 'a'), jobInput('a', 'b')], /names `a` twice/],
  [['inputs'], [jobInput('a', 'a'), jobInput('a/b', 'b')], /has `a\/b` below `a`/],
  [['inputs'], [jobInput('a\nb', 'a')], /`job.inputs\[0\].name`/],
  [['inputs'], [jobInput('train.mjs', 'a')], /has `train.mjs` as an input and as a file of the program/],
  [['inputs'], [jobInput('train.mjs/x', 'a')], /has `train.mjs\/x` below `train.mjs`, which is a file/],
  [['inputs', 0, 'size'], -1, /is not between 0/],
  [['inputs', 0, 'size'], 0.5, /is not an integer/],
  [['inputs', 0, 'cid'], 'bafy', /not a CID/],
  [['inputs', 0, 'source', 'state'], 'stolen', /is none of `committed`/],
  [['inputs', 0, 'source', 'state'], 'job', /names a job if it came from one/],
  [['inputs', 0, 'source', 'job'], JOB, /names a job if it came from one/],
  [['inputs'], many(LIMITS.jobFiles + 1, (i) => jobInput(padded(i), '')), /4097|more than|at most/],
  [['outputs'], ['b', 'a'], /sort by bytes/],
  [['outputs'], ['a', 'a'], /twice/],
  [['outputs'], ['../*'], /component/],
  [['outputs'], many(LIMITS.jobPatterns + 1, padded), /257|more than|at most/],
  [['libraries'], ['/usr/lib'], /is not relative/],
  [['limits', 'time_ms'], 0, /is not between 1/],
  [['limits', 'time_ms'], LIMITS.jobTimeMs + 1, /is not between 1/],
  [['limits', 'memory_bytes'], 0, /is not between 1/],
  [['limits', 'output_bytes'], LIMITS.jobOutputBytes + 1, /is not between 1/],
  [['network'], undefined, /network/],
  [['network'], 'yes', /not a boolean/],
  [['policy_root'], undefined, /policy_root/],
  [['nonce'], null, /`job.nonce`/],
  [['nonce'], '01hf7yat00000000000000000a', /is not a ulid/],
  [['nonce'], '81HF7YAT00000000000000000A', /is not a ulid/],
  [['effect'], { tool: 'mail' }, /idempotency_key/],
  [['effect'], { tool: 'a\nb', idempotency_key: 'k' }, /control characters/],
  [['secret'], 1, /secret/],
];

const EXECUTIONS: readonly Change[] = [
  [['job'], 'x', /not a CID/],
  [['attempt'], 0, /is not between 1/],
  [['inputs_root'], new Uint8Array(31), /has 31 bytes, not 32/],
  [['program_id'], null, /not a CID/],
  [['outputs_root'], null, /not bytes/],
  [['outputs'], [file('b'), file('a')], /sort by bytes/],
  [['outputs'], [file('a'), file('a')], /twice/],
  [['outputs'], [file('a'), file('a/b')], /below `a`/],
  [['outputs'], [file('a\nb')], /`x.outputs\[0\].path`/],
  [['outputs'], many(LIMITS.jobFiles + 1, (i) => file(padded(i))), /4097|more than|at most/],
  [['status'], 'cancelled', /is none of `succeeded`/],
  [['exit'], 256, /is not between 0 and 255/],
  [['exit'], -1, /is not between 0 and 255/],
  [['signal'], 9, /not text/],
  [['failure'], 'a\nb', /control characters/],
  [['failure'], 'x'.repeat(LIMITS.jobFailureBytes + 1), /longer/],
  [['started'], -1, /is not between 0/],
  [['finished'], undefined, /finished/],
  [['environment', 'runner'], 'a\u001b[31m', /control characters/],
  [['environment', 'tools', 0, 'digest'], new Uint8Array(20), /has 20 bytes, not 32/],
  [['environment', 'libraries', 0, 'path'], '../x', /component/],
  [['environment', 'sandbox', 'kind'], 'chroot', /is none of `none`/],
  [['environment', 'sandbox', 'network'], 'some', /is none of `none`/],
  [['environment', 'variables'], { 'a b': 'x' }, /is not a variable name/],
  [['environment', 'passed'], ['A=secret'], /is not a variable name/],
  [['environment', 'checkout'], { head: 'a\nb', modified: 0 }, /control characters/],
  [['environment', 'checkout'], { head: null }, /modified/],
  [['stdout'], null, /not a CID/],
  [['logs', 'dropped'], -1, /is not between 0/],
  [['policy_root'], undefined, /policy_root/],
  [['policy_code_root'], new Uint8Array(1), /has 1 bytes, not 32/],
];

const CLAIMS: readonly Change[] = [
  [['job'], null, /not a CID/],
  [['worker'], 'alice', /worker/],
  [['lease_until'], -1, /is not between 0/],
  [['lease_until'], 1.5, /is not an integer/],
  [['attempt'], 0, /is not between 1/],
  [['state'], 'taken', /is none of `held`/],
  [['note'], 'x', /note/],
];

const RESULTS: readonly Change[] = [
  [['job'], null, /not a CID/],
  [['status'], 'great', /is none of/],
  [['poe'], null, /has a proof unless it was cancelled/],
  [['status'], 'cancelled', /has a proof unless it was cancelled/],
  [['reason'], 'because', /gives a reason and was not cancelled/],
  [['reason'], undefined, /reason/],
];

const TABLES = [
  ['manifest', MANIFEST_KIND, manifestOf() as unknown as Body, MANIFESTS],
  ['execution', EXECUTION_KIND, EXECUTION, EXECUTIONS],
  ['claim', CLAIM_KIND, CLAIM, CLAIMS],
  ['result', RESULT_KIND, RESULT, RESULTS],
] as const;

describe.each(TABLES)('a %s', (name, kind, body, changes) => {
  const root = name === 'manifest' ? 'job' : 'x';

  it('is taken as it is', () => {
    expect(kind.schema.read(body, root)).toEqual(body);
  });

  it.each(changes)('is refused with %j as %j', (path, to, why) => {
    const refusal = refusalOf(() => kind.schema.read(at(body, path, to), root));
    expect(refusal.code).toBe('codec/schema');
    expect(refusal.message).toMatch(why);
  });

  it('is refused without any of its fields', () => {
    const optional = new Set(['nonce', 'effect']);
    for (const field of Object.keys(body)) {
      if (optional.has(field)) continue;
      expect(refusalOf(() => kind.schema.read(at(body, [field], undefined))).code, field).toBe('codec/schema');
    }
  });
});

describe('bodies', () => {
  it('of sandboxed programs and of images are taken', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    for (const each of [SANDBOXED, { ...SANDBOXED, kind: 'wasm' }, { ...program, kind: 'container', ref: digest }])
      expect(MANIFEST_KIND.schema.read({ ...manifestOf(), program: each })).toBeDefined();
  });

  it('take every status, and say it in their title', () => {
    for (const status of STATUSES) {
      expect(RESULT_KIND.schema.read({ ...RESULT, status })).toBeDefined();
      expect(EXECUTION_KIND.schema.read({ ...EXECUTION, status })).toBeDefined();
      expect(RESULT_KIND.describe({ ...RESULT, status } as never, 1).title).toBe(`job ${status}`);
    }
    expect(RESULT_KIND.schema.read({ ...RESULT, status: 'cancelled', poe: null, reason: 'no' })).toBeDefined();
  });

  it('have titles of one line, whatever the command is, and never half a character', () => {
    const title = (args: readonly string[]) =>
      MANIFEST_KIND.describe({ ...manifestOf(), program: { ...program, args } } as Manifest, 1).title;
    expect(title(['a\nb', '\u2028', '\u001b[31m'])).toBe('job: node a b    [31m');
    for (let pad = 80; pad < 100; pad++) {
      const shown = title([`${'x'.repeat(pad)}😀😀😀`]);
      expect(shown.isWellFormed()).toBe(true);
      expect(shown.length).toBeLessThanOrEqual(100);
    }
  });

  it('list what travels with them, under folders of their own', () => {
    const paths = (
      kind: { attachments?: (body: never) => readonly { path: string; codec?: string | undefined }[] },
      body: unknown,
    ) => kind.attachments?.(body as never).map(({ path, codec }) => `${path} ${codec}`);
    const inputs = [jobInput('x.cbor', 'x')];
    expect(paths(MANIFEST_KIND, manifestOf({ inputs }))).toEqual(['inputs/x.cbor raw', 'program/train.mjs raw']);
    expect(paths(EXECUTION_KIND, EXECUTION)).toEqual(['outputs/a raw', 'outputs/b/c raw', 'stderr raw', 'stdout raw']);
  });

  it('keep what the environment says, and nothing more', () => {
    const environment = environmentOf({ passed: ['TOKEN'], checkout: null });
    const body = EXECUTION_KIND.schema.read({ ...EXECUTION, environment });
    expect(body.environment).toEqual(environment);
    expect(encode(body as unknown as Value)).toBeInstanceOf(Uint8Array);
  });
});
