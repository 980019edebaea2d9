/** Record kinds of the job plane (design 2.7, ADR-0012): what is to be run, who runs it, how it ran, and what came of it. */
import { ACTOR, type Attachment, defineKind } from '../chain/index.js';
import { type Cid, type Infer, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { ENVIRONMENT } from './environment.js';
import { ARGUMENT, COUNT, DIGEST, fileSet, inOrder, line, PATH, ULID, VARIABLE } from './fields.js';
import { nestingFault } from './paths.js';

/** Hexadecimal digits of SHA-256. */
const BLOB_LENGTH = 64;
/** Id of the blob that keeps a file too large to travel with the record: chunks are elsewhere, and checked one by one. */
const BLOB = s.optional(
  s.text({ maxBytes: BLOB_LENGTH, minBytes: BLOB_LENGTH, pattern: /^[0-9a-f]{64}$/, form: 'the id of a blob' }),
);

const FILE = s.struct({ path: PATH, cid: s.cid, size: COUNT, blob: BLOB });
/** A file by its path, the CID of its bytes (codec raw), and its size in bytes; a large one is kept as a blob. */
export type JobFile = Infer<typeof FILE>;

export const PROGRAM_KINDS = ['quickjs', 'wasm', 'process', 'container'] as const;
export type ProgramKind = (typeof PROGRAM_KINDS)[number];

const PROGRAM_FIELDS = s.struct({
  kind: s.oneOf(PROGRAM_KINDS),
  /** CID of the main file (quickjs, wasm), `sha256:…` of the image (container); null: a command of the machine (process). */
  ref: s.nullable(line(LIMITS.jobRefBytes)),
  /** The path of the main file (quickjs, wasm), or the command (process, container). */
  entry: s.refine(ARGUMENT, (entry) => (entry === '' ? 'is empty' : undefined)),
  args: s.list(ARGUMENT, { max: LIMITS.jobArguments }),
  /** Variables that are given on purpose. */
  env: s.record(VARIABLE, ARGUMENT, { max: LIMITS.jobVariables }),
  /** Files of the program itself; they travel with the manifest, under `program/`. */
  files: s.refine(
    s.list(s.struct({ path: PATH, cid: s.cid, size: COUNT, executable: s.bool }), { max: LIMITS.jobFiles }),
    fileSet((file) => file.path),
  ),
});

/** Why `ref` is not what the kind of the program asks for. */
function programFault({ kind, ref, entry, files }: Infer<typeof PROGRAM_FIELDS>): string | undefined {
  if (kind === 'process') return ref === null ? undefined : 'is a command of the machine, and has a `ref`';
  if (kind === 'container') return ref === null ? 'has no `ref` that names its image' : undefined;
  const main = files.find(({ path }) => path === entry);
  if (main === undefined) return `has no file \`${entry}\``;
  return ref === String(main.cid) ? undefined : `has a \`ref\` that is not the CID of \`${entry}\``;
}

const PROGRAM = s.refine(PROGRAM_FIELDS, programFault);
/** `program_id` is the CID of its DAG-CBOR. */
export type JobProgram = Infer<typeof PROGRAM>;

/**
 * Where an input came from, as the submitter saw it: `committed` as HEAD has it, `modified` against HEAD, `untracked`, or the
 * output of a recorded `job`.
 */
const SOURCE = s.refine(
  s.struct({
    path: s.nullable(line(LIMITS.attachmentPathBytes)),
    state: s.oneOf(['committed', 'modified', 'untracked', 'job', 'given']),
    job: s.optional(s.cid),
  }),
  ({ state, job }) => ((state === 'job') === (job !== undefined) ? undefined : 'names a job if it came from one'),
);
export type InputSource = Infer<typeof SOURCE>;

const INPUT = s.struct({ name: PATH, cid: s.cid, size: COUNT, blob: BLOB, source: SOURCE });
/** Its bytes travel with the manifest, under `inputs/`, unless they are kept as a blob. */
export type JobInput = Infer<typeof INPUT>;

const JOB_LIMITS = s.struct({
  /** Wall-clock milliseconds. */
  time_ms: s.int({ min: 1, max: LIMITS.jobTimeMs }),
  memory_bytes: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  /** Bytes of all outputs and of what is printed. */
  output_bytes: s.int({ min: 1, max: LIMITS.jobOutputBytes }),
});
export type JobLimits = Infer<typeof JOB_LIMITS>;

const MANIFEST_FIELDS = s.struct({
  program: PROGRAM,
  inputs: s.refine(
    s.list(INPUT, { max: LIMITS.jobFiles }),
    fileSet((input) => input.name),
  ),
  /** Globs of the files that it gives; each has to match one. */
  outputs: s.refine(
    s.list(PATH, { max: LIMITS.jobPatterns }),
    inOrder((pattern) => pattern),
  ),
  /** Folders of the machine that it reads, such as `node_modules/x`: recorded by digest where it runs, not carried along. */
  libraries: s.refine(
    s.list(PATH, { max: LIMITS.jobPatterns }),
    inOrder((path) => path),
  ),
  limits: JOB_LIMITS,
  /** May it reach the network? */
  network: s.bool,
  policy_root: s.nullable(s.cid),
  /** Absent in the first job of its content; a ulid makes a repetition another job. */
  nonce: s.optional(ULID),
  effect: s.optional(s.struct({ tool: line(LIMITS.nameBytes), idempotency_key: line(LIMITS.eventKeyBytes) })),
});

/** They are put into one folder. */
function overlapFault({ inputs, program }: Infer<typeof MANIFEST_FIELDS>): string | undefined {
  const names = new Set(inputs.map(({ name }) => name));
  const both = program.files.find(({ path }) => names.has(path));
  if (both !== undefined) return `has \`${both.path}\` as an input and as a file of the program`;
  return nestingFault([...names, ...program.files.map(({ path }) => path)]);
}

export const MANIFEST_SCHEMA = s.refine(MANIFEST_FIELDS, overlapFault);
/** The job id is the CID of its DAG-CBOR. */
export type Manifest = Infer<typeof MANIFEST_SCHEMA>;

export const INPUTS_FOLDER = 'inputs/';
export const PROGRAM_FOLDER = 'program/';
export const OUTPUTS_FOLDER = 'outputs/';

/** Does a file travel in the tree of the commit? */
function isAttached({ blob }: { readonly blob?: string | undefined }): boolean {
  return blob === undefined;
}

/** Files of jobs have any name, so their CIDs have one codec. */
function attached(path: string, { cid, size }: { readonly cid: Cid; readonly size: number }): Attachment {
  return { path, cid, size, codec: 'raw' };
}

/** What fits into the first line of a commit, without half a character at its end. */
function cut(title: string): string {
  return title.slice(0, 100).replace(/[\ud800-\udbff]$/, '');
}

export const MANIFEST_KIND = defineKind<Manifest>({
  kind: 'job.manifest',
  schema: MANIFEST_SCHEMA,
  describe: ({ program: { kind, entry, args } }) => ({
    title: cut(`job: ${[entry, ...args].join(' ')}`.replace(/[\p{Cc}\u2028\u2029]/gu, ' ')),
    trailers: [['Program-Kind', kind]],
  }),
  attachments: ({ program, inputs }): readonly Attachment[] => [
    ...inputs.filter(isAttached).map(({ name, cid, size }) => attached(INPUTS_FOLDER + name, { cid, size })),
    ...program.files.map(({ path, cid, size }) => attached(PROGRAM_FOLDER + path, { cid, size })),
  ],
});

const CLAIM = s.struct({
  job: s.cid,
  worker: ACTOR,
  /** µs since the epoch. From then on another worker may take over. */
  lease_until: COUNT,
  /** 1 for the first worker; one more at each take-over. */
  attempt: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  /** `held` under the lease, `released` before its end, `closed` by a result. */
  state: s.oneOf(['held', 'released', 'closed']),
});
export type Claim = Infer<typeof CLAIM>;

export const CLAIM_KIND = defineKind<Claim>({
  kind: 'job.claim',
  schema: CLAIM,
  describe: ({ state, worker, attempt, job }) => ({
    title: cut(`job ${state} by ${worker}`),
    trailers: [
      ['Job', String(job)],
      ['Attempt', String(attempt)],
    ],
  }),
});

export const STATUSES = [
  'succeeded',
  'failed',
  'timed-out',
  'killed',
  'over-limit',
  'no-output',
  'changed-input',
] as const;
/**
 * `failed`: exit other than 0, or it threw. `killed`: by a signal that was not ours. `over-limit`: memory or output. `no-output`: a
 * declared output is not there. `changed-input`: it wrote to a file that it was given.
 */
export type Status = (typeof STATUSES)[number];

const EXECUTION = s.struct({
  job: s.cid,
  attempt: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  /** RFC 9162 roots over `(path, cid)` sorted by path bytes. */
  inputs_root: DIGEST,
  program_id: s.cid,
  outputs_root: DIGEST,
  outputs: s.refine(
    s.list(FILE, { max: LIMITS.jobFiles }),
    fileSet((file) => file.path),
  ),
  status: s.oneOf(STATUSES),
  /** Exit status; null when a signal ended it, or when it never ran. */
  exit: s.nullable(s.int({ min: 0, max: LIMITS.exitStatus })),
  signal: s.nullable(line(LIMITS.jobFactBytes)),
  /** Why it did not succeed, in one line; null when it did. */
  failure: s.nullable(line(LIMITS.jobFailureBytes)),
  /** µs since the epoch. */
  started: COUNT,
  finished: COUNT,
  environment: ENVIRONMENT,
  stdout: s.cid,
  stderr: s.cid,
  /** Bytes that are kept of both, and bytes beyond them that are not. */
  logs: s.struct({ stdout: COUNT, stderr: COUNT, dropped: COUNT }),
  policy_root: s.nullable(s.cid),
  policy_code_root: s.nullable(DIGEST),
});
/** The body of a Proof-of-Execution. */
export type Execution = Infer<typeof EXECUTION>;

export const STDOUT_PATH = 'stdout';
export const STDERR_PATH = 'stderr';

export const EXECUTION_KIND = defineKind<Execution>({
  kind: 'job.execution',
  schema: EXECUTION,
  describe: ({ status, job, program_id: program }) => ({
    title: `execution: ${status}`,
    trailers: [
      ['Job', String(job)],
      ['Program', String(program)],
    ],
  }),
  attachments: ({ outputs, stdout, stderr, logs }) => [
    ...outputs.filter(isAttached).map(({ path, cid, size }) => attached(OUTPUTS_FOLDER + path, { cid, size })),
    attached(STDERR_PATH, { cid: stderr, size: logs.stderr }),
    attached(STDOUT_PATH, { cid: stdout, size: logs.stdout }),
  ],
});

const RESULT = s.struct({
  job: s.cid,
  status: s.oneOf([...STATUSES, 'cancelled']),
  /** Envelope of the Proof-of-Execution; null when it was cancelled. */
  poe: s.nullable(s.cid),
  /** Why it was cancelled. */
  reason: s.nullable(line(LIMITS.reasonBytes)),
});
/** The one outcome of a job. */
export type Result = Infer<typeof RESULT>;

export const RESULT_KIND = defineKind<Result>({
  kind: 'job.result',
  schema: s.refine(RESULT, ({ status, poe, reason }) => {
    if ((status === 'cancelled') !== (poe === null)) return 'has a proof unless it was cancelled';
    return status !== 'cancelled' && reason !== null ? 'gives a reason and was not cancelled' : undefined;
  }),
  describe: ({ status, job }) => ({ title: `job ${status}`, trailers: [['Job', String(job)]] }),
});
