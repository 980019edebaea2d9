/** Record kinds of the job plane (design 2.7, ADR-0012): what is to be run, who runs it, how it ran, and what came of it. */
import { ACTOR, type Attachment, defineKind } from '../chain/index.js';
import { type Cid, type Infer, s } from '../codec/index.js';
import { compareText, LIMITS } from '../kernel/index.js';
import { pathFault } from './paths.js';

const COUNT = s.int({ min: 0, max: Number.MAX_SAFE_INTEGER });
const DIGEST = s.bytes({ length: 32 });
// They are shown in terminals and in commit messages.
const LINE = /^[^\p{Cc}\u2028\u2029]*$/u;
const line = (maxBytes: number) => s.text({ maxBytes, pattern: LINE, form: 'text without control characters' });
/** Whatever a process can be given, so no U+0000. */
const ARGUMENT = s.text({ maxBytes: LIMITS.jobArgumentBytes, pattern: /^[^\0]*$/, form: 'text without U+0000' });
const VARIABLE = s.text({ maxBytes: LIMITS.nameBytes, pattern: /^[A-Za-z_][A-Za-z0-9_]*$/, form: 'a variable name' });
const PATH = s.refine(line(LIMITS.attachmentPathBytes), pathFault);
const ULID = s.text({ maxBytes: 26, pattern: /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, form: 'a ulid' });

/** Each once, in the order of their bytes: one set of files has one form. */
function inOrder<T>(name: (item: T) => string): (items: readonly T[]) => string | undefined {
  return (items) => {
    for (let i = 1; i < items.length; i++) {
      const [before, here] = [name(items[i - 1] as T), name(items[i] as T)];
      if (before === here) return `names \`${here}\` twice`;
      if (compareText(before, here) > 0) return `has \`${here}\` after \`${before}\`: sort by bytes`;
    }
    return undefined;
  };
}

const FILE = s.struct({ path: PATH, cid: s.cid, size: COUNT });
/** A file by its path, the CID of its bytes (codec raw), and its size in bytes. */
export type JobFile = Infer<typeof FILE>;

export const PROGRAM_KINDS = ['quickjs', 'wasm', 'process', 'container'] as const;
export type ProgramKind = (typeof PROGRAM_KINDS)[number];

const PROGRAM = s.struct({
  kind: s.oneOf(PROGRAM_KINDS),
  /** CID of the main file (quickjs, wasm), `sha256:…` of the image (container); null: a command of the machine (process). */
  ref: s.nullable(line(LIMITS.jobRefBytes)),
  /** The path of the main file (quickjs, wasm), or the command (process, container). */
  entry: ARGUMENT,
  args: s.list(ARGUMENT, { max: LIMITS.jobArguments }),
  /** Variables that are given on purpose. */
  env: s.record(VARIABLE, ARGUMENT, { max: LIMITS.jobVariables }),
  /** Files of the program itself; they travel with the manifest, under `program/`. */
  files: s.refine(
    s.list(s.struct({ path: PATH, cid: s.cid, size: COUNT, executable: s.bool }), { max: LIMITS.jobFiles }),
    inOrder((file) => file.path),
  ),
});
/** `program_id` is the CID of its DAG-CBOR. */
export type JobProgram = Infer<typeof PROGRAM>;

/**
 * Where an input came from, as the submitter saw it: `committed` as HEAD has it, `modified` against HEAD, `untracked`, or the
 * output of a recorded `job`.
 */
const SOURCE = s.struct({
  path: s.nullable(line(LIMITS.attachmentPathBytes)),
  state: s.oneOf(['committed', 'modified', 'untracked', 'job', 'given']),
  job: s.optional(s.cid),
});
export type InputSource = Infer<typeof SOURCE>;

const INPUT = s.struct({ name: PATH, cid: s.cid, size: COUNT, source: SOURCE });
/** Its bytes travel with the manifest, under `inputs/`. */
export type JobInput = Infer<typeof INPUT>;

const JOB_LIMITS = s.struct({
  /** Wall-clock milliseconds. */
  time_ms: s.int({ min: 1, max: LIMITS.jobTimeMs }),
  memory_bytes: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  /** Bytes of all outputs and of what is printed. */
  output_bytes: s.int({ min: 1, max: LIMITS.jobOutputBytes }),
});
export type JobLimits = Infer<typeof JOB_LIMITS>;

const MANIFEST = s.struct({
  program: PROGRAM,
  inputs: s.refine(
    s.list(INPUT, { max: LIMITS.jobFiles }),
    inOrder((input) => input.name),
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
/** The job id is the CID of its DAG-CBOR. */
export type Manifest = Infer<typeof MANIFEST>;

export const MANIFEST_SCHEMA = MANIFEST;
export const INPUTS_FOLDER = 'inputs/';
export const PROGRAM_FOLDER = 'program/';
export const OUTPUTS_FOLDER = 'outputs/';

/** Files of jobs have any name, so their CIDs have one codec. */
function attached(path: string, { cid, size }: { readonly cid: Cid; readonly size: number }): Attachment {
  return { path, cid, size, codec: 'raw' };
}

export const MANIFEST_KIND = defineKind<Manifest>({
  kind: 'job.manifest',
  schema: MANIFEST,
  describe: ({ program: { kind, entry, args } }) => ({
    title: `job: ${[entry, ...args].join(' ')}`.replace(/[\p{Cc}\u2028\u2029]/gu, ' ').slice(0, 100),
    trailers: [['Program-Kind', kind]],
  }),
  attachments: ({ program, inputs }): readonly Attachment[] => [
    ...inputs.map(({ name, cid, size }) => attached(INPUTS_FOLDER + name, { cid, size })),
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
    title: `job ${state} by ${worker}`.slice(0, 100),
    trailers: [
      ['Job', String(job)],
      ['Attempt', String(attempt)],
    ],
  }),
});

const TOOL = s.struct({ name: line(LIMITS.nameBytes), version: line(LIMITS.jobFactBytes), digest: DIGEST });
const LIBRARY = s.struct({ path: PATH, version: s.nullable(line(LIMITS.jobFactBytes)), digest: DIGEST });

const ENVIRONMENT = s.struct({
  /** Who ran it, such as `process/1`. */
  runner: line(LIMITS.jobFactBytes),
  /** The exact engine of a sandboxed program; null for a process. */
  engine: s.nullable(line(LIMITS.engineIdBytes)),
  os: line(LIMITS.jobFactBytes),
  arch: line(LIMITS.jobFactBytes),
  /** Interpreters and commands, by name. */
  tools: s.list(TOOL, { max: LIMITS.jobPatterns }),
  libraries: s.list(LIBRARY, { max: LIMITS.jobPatterns }),
  /** Lock files found beside the program, such as `package-lock.json`. */
  lockfiles: s.list(s.struct({ path: PATH, digest: DIGEST }), { max: LIMITS.jobPatterns }),
  sandbox: s.struct({
    kind: s.oneOf(['none', 'bubblewrap', 'wasm', 'quickjs', 'container']),
    /** `host`: the job could reach the network. */
    network: s.oneOf(['none', 'host']),
    /** `open`: the job could read and write whatever its user may. */
    files: s.oneOf(['confined', 'open']),
  }),
  /** All variables that the job saw, but those in `passed`. */
  variables: s.record(VARIABLE, ARGUMENT, { max: LIMITS.jobVariables }),
  /** Variables that were handed on from the machine; their values are not recorded. */
  passed: s.list(VARIABLE, { max: LIMITS.jobVariables }),
  /** The commit that was checked out, and how many tracked files differed from it; null outside a working tree. */
  checkout: s.nullable(s.struct({ head: s.nullable(line(LIMITS.oidBytes)), modified: COUNT })),
});
export type Environment = Infer<typeof ENVIRONMENT>;

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
    inOrder((file) => file.path),
  ),
  status: s.oneOf(STATUSES),
  /** Exit status; null when a signal ended it, or when it never ran. */
  exit: s.nullable(s.int({ min: 0, max: 255 })),
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
    ...outputs.map(({ path, cid, size }) => attached(OUTPUTS_FOLDER + path, { cid, size })),
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
  schema: s.refine(RESULT, ({ status, poe }) =>
    (status === 'cancelled') === (poe === null) ? undefined : 'has a proof unless it was cancelled',
  ),
  describe: ({ status, job }) => ({ title: `job ${status}`, trailers: [['Job', String(job)]] }),
});
