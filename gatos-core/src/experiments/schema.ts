/** Record kinds of the experiment plane (design 2.7, 3.9): what was found, and who found it again. */
import { defineKind } from '../chain/index.js';
import { formatDigest, type Infer, s } from '../codec/index.js';
import { STATUSES } from '../jobs/index.js';
import { LIMITS } from '../kernel/index.js';
import { DIFFERENCE, type Difference } from './drift/index.js';
import { EXPERIMENT_ID, ULID_LENGTH } from './names.js';

const TIME = s.int({ min: 0, max: Number.MAX_SAFE_INTEGER });
const DIGEST = s.bytes({ length: 32 });
// They are shown in terminals and in commit messages.
const LINE = /^[^\p{Cc}\u2028\u2029]+$/u;
const line = (maxBytes: number) => s.text({ maxBytes, pattern: LINE, form: 'text without control characters' });
/** Several lines: tabs and line feeds are all that controls. */
const PROSE = s.text({
  maxBytes: LIMITS.experimentNotesBytes,
  pattern: /^(?:[^\p{Cc}\u2028\u2029]|[\t\n])*$/u,
  form: 'text without control characters but line feeds and tabs',
});
const ULID = s.text({ maxBytes: ULID_LENGTH, pattern: EXPERIMENT_ID, form: 'a ulid' });

const distinct = <T>(items: readonly T[]): boolean => new Set(items.map(String)).size === items.length;

const EXPERIMENT_FIELDS = s.struct({
  ulid: ULID,
  title: line(LIMITS.experimentTitleBytes),
  /** Roots over the files that came from outside, and over all that came out (see `experimentRoots`). */
  inputs_root: DIGEST,
  /** Of one job, its `program_id`; of several, the CID of the DAG-CBOR list of theirs. */
  program_id: s.cid,
  policy_root: s.nullable(s.cid),
  policy_code_root: s.nullable(DIGEST),
  outputs_root: DIGEST,
  /** Envelopes of the Proofs-of-Execution, and the jobs that they are of, in the order in which the jobs were run. */
  poe: s.list(s.cid, { min: 1, max: LIMITS.experimentJobs }),
  jobs: s.list(s.cid, { min: 1, max: LIMITS.experimentJobs }),
  /** Envelopes of checkpoints, and the chains on which they stand. */
  pof: s.list(s.cid, { max: LIMITS.experimentStates }),
  states: s.list(line(LIMITS.chainBytes), { max: LIMITS.experimentStates }),
  pointers: s.list(s.cid, { max: LIMITS.experimentPointers }),
  /** Names of inputs that differed from what is committed, and were let pass on purpose. */
  dirty: s.list(line(LIMITS.attachmentPathBytes), { max: LIMITS.jobFiles }),
  notes: PROSE,
});
/** The body of a Proof-of-Experiment. */
export type Experiment = Infer<typeof EXPERIMENT_FIELDS>;

export const EXPERIMENT_SCHEMA = s.refine(EXPERIMENT_FIELDS, ({ poe, jobs, pof, states }) => {
  if (poe.length !== jobs.length) return `has ${poe.length} Proofs-of-Execution for ${jobs.length} jobs`;
  if (pof.length !== states.length) return `has ${pof.length} checkpoints for ${states.length} states`;
  if (!distinct(jobs)) return 'names a job twice';
  if (!distinct(poe)) return 'names a Proof-of-Execution twice';
  return distinct(pof) ? undefined : 'names a checkpoint twice';
});

export const EXPERIMENT_KIND = defineKind<Experiment>({
  kind: 'experiment.proof',
  schema: EXPERIMENT_SCHEMA,
  describe: ({ title, ulid, outputs_root }) => ({
    title: `experiment: ${title}`.slice(0, 100),
    trailers: [
      ['Experiment', ulid],
      ['Outputs-Root', formatDigest(outputs_root)],
    ],
  }),
});

export const VERDICTS = ['identical', 'drifted', 'failed'] as const;
/** `failed`: a job did not end as it was recorded, so that there is nothing to compare. */
export type Verdict = (typeof VERDICTS)[number];

const REPRODUCTION_FIELDS = s.struct({
  ulid: ULID,
  experiment: ULID,
  /** Envelope of the Proof-of-Experiment: it says in which repository. */
  pox: s.cid,
  verdict: s.oneOf(VERDICTS),
  outputs_root: DIGEST,
  jobs: s.list(s.struct({ job: s.cid, status: s.oneOf(STATUSES), outputs_root: DIGEST }), {
    min: 1,
    max: LIMITS.experimentJobs,
  }),
  differences: s.list(DIFFERENCE, { max: 4 * LIMITS.driftDifferences }),
  environment_same: s.bool,
  /** µs since the epoch. */
  started: TIME,
  finished: TIME,
});
/** The body of a reproduction receipt. */
export type Reproduction = Infer<typeof REPRODUCTION_FIELDS>;

const concerns =
  (where: Difference['where']) =>
  (difference: Difference): boolean =>
    difference.where === where;

export const REPRODUCTION_SCHEMA = s.refine(REPRODUCTION_FIELDS, (body) => {
  const { verdict, differences, environment_same: same, jobs, started, finished } = body;
  if (finished < started) return 'ends before it starts';
  if (!distinct(jobs.map(({ job }) => job))) return 'names a job twice';
  if (same === differences.some(concerns('environment')))
    return `says that the environment is ${same ? 'the same' : 'another'}, which its differences deny`;
  const drifted = differences.some(concerns('output'));
  if (verdict === 'identical' && drifted) return 'is `identical`, and yet an output differs';
  return verdict === 'drifted' && !drifted ? 'is `drifted`, and yet no output differs' : undefined;
});

export const REPRODUCTION_KIND = defineKind<Reproduction>({
  kind: 'experiment.reproduction',
  schema: REPRODUCTION_SCHEMA,
  describe: ({ verdict, experiment, pox }) => ({
    title: `reproduction: ${verdict}`,
    trailers: [
      ['Experiment', experiment],
      ['Proof', String(pox)],
    ],
  }),
});
