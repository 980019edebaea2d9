/** Job records that no verb would write, in chains made by hand. */
import type { AnyRecordKind, NewFile } from '../src/chain/index.js';
import { Cid, type Value } from '../src/codec/index.js';
import { memoryBackend } from '../src/git/index.js';
import {
  CLAIM_KIND,
  claimChain,
  EXECUTION_KIND,
  type Execution,
  executionChain,
  inputsRoot,
  type JobSpec,
  jobId,
  MANIFEST_KIND,
  type Manifest,
  manifestChain,
  namedRoot,
  type PreparedJob,
  prepareJob,
  programId,
  RESULT_KIND,
  resultChain,
} from '../src/jobs/index.js';
import { invariant, utf8 } from '../src/kernel/index.js';
import { environmentOf } from './experiment-world.js';
import { HandMade, testSigner } from './hand-made.js';
import { JobsWorld, jobSpec, RIVAL, SUBMITTER, WORKER } from './jobs-world.js';

type Body = Record<string, Value>;

/** One record as somebody writes it by hand. */
export interface ForgedRecord {
  actor: string;
  body: Body;
  clock: number;
  /** µs since the epoch. */
  time: number;
  policy: Cid | null;
  files: NewFile[];
}

/** The records of a job, of which a test changes something before they are written. */
export interface ForgedJob {
  job: Cid;
  manifest: ForgedRecord | null;
  claims: ForgedRecord[];
  execution: ForgedRecord | null;
  result: ForgedRecord | null;
  /** The proof that the result names; undefined: the one that is written. */
  poe: Cid | null | undefined;
}

const START = 1_700_000_000_000_000;
const INPUT = 'x,y\n1,2\n';

/** The manifest of the forged job. */
export async function forgedManifest(change: Partial<JobSpec> = {}): Promise<PreparedJob> {
  return prepareJob(memoryBackend(), jobSpec(change, { 'data.csv': INPUT }), { policyRoot: null });
}

/** What honest writers would have left: submitted by alice, held and run by bob. Clocks are `first` and the two after it. */
export function honestJob({ manifest, job, files }: PreparedJob, first: number): ForgedJob {
  const record = (actor: string, body: object, step: number): ForgedRecord => ({
    actor,
    body: { ...(body as Body) },
    clock: first + step,
    time: START + step * 1_000_000,
    policy: null,
    files: [],
  });
  const output = utf8('a');
  const outputs = [{ path: 'out/a.txt', cid: Cid.hash('raw', output), size: 1 }];
  const [stdout, stderr] = [utf8('done\n'), utf8('')];
  const execution: Execution = {
    job,
    attempt: 1,
    inputs_root: inputsRoot(manifest),
    program_id: programId(manifest.program),
    outputs_root: namedRoot(outputs),
    outputs,
    status: 'succeeded',
    exit: 0,
    signal: null,
    failure: null,
    started: START,
    finished: START + 500_000,
    environment: environmentOf(),
    stdout: Cid.hash('raw', stdout),
    stderr: Cid.hash('raw', stderr),
    logs: { stdout: stdout.length, stderr: 0, dropped: 0 },
    policy_root: null,
    policy_code_root: null,
  };
  const claim = { job, worker: WORKER, lease_until: START + 60_000_000, attempt: 1 };
  return {
    job,
    manifest: { ...record(SUBMITTER, manifest, 0), files: files.flatMap((file) => ('bytes' in file ? [file] : [])) },
    claims: [record(WORKER, { ...claim, state: 'held' }, 1), record(WORKER, { ...claim, state: 'closed' }, 2)],
    execution: {
      ...record(WORKER, execution, 2),
      files: [
        { path: 'outputs/out/a.txt', bytes: output },
        { path: 'stdout', bytes: stdout },
        { path: 'stderr', bytes: stderr },
      ],
    },
    result: record(WORKER, { job, status: 'succeeded', reason: null }, 2),
    poe: undefined,
  };
}

/** Writes the records with right signatures and right commits, whatever they say. Envelope of the proof. */
export async function writeForged(world: JobsWorld, forged: ForgedJob): Promise<Cid | null> {
  const { job } = forged;
  const { repo } = (await world.as(SUBMITTER)).trust;
  const write = async (chain: string, kind: AnyRecordKind, records: readonly ForgedRecord[]) => {
    const made = new HandMade({ backend: world.backend, chain, kind, repo });
    for (const { actor, body, clock, time, policy, files } of records) {
      const header = { actor, clock, time, policy };
      await made.add({ header, bodies: [body], files, signers: [testSigner(seedOf(actor))] });
    }
    return made.envelopes.at(-1)?.cid ?? null;
  };
  if (forged.manifest !== null) await write(manifestChain(job), MANIFEST_KIND as AnyRecordKind, [forged.manifest]);
  if (forged.claims.length > 0) await write(claimChain(job), CLAIM_KIND as AnyRecordKind, forged.claims);
  const proofs = forged.execution === null ? [] : [forged.execution];
  const proof = proofs.length === 0 ? null : await write(executionChain(job), EXECUTION_KIND as AnyRecordKind, proofs);
  if (forged.result === null) return proof;
  const poe = forged.poe === undefined ? proof : forged.poe;
  const result = { ...forged.result, body: { ...forged.result.body, poe } };
  await write(resultChain(job), RESULT_KIND as AnyRecordKind, [result]);
  return proof;
}

const SEEDS: Readonly<Record<string, number>> = { [SUBMITTER]: 2, [WORKER]: 3, [RIVAL]: 4 };

function seedOf(actor: string): number {
  const seed = SEEDS[actor];
  invariant(seed !== undefined, 'whoever forges has a key');
  return seed;
}

/** The id that a changed manifest has. */
export function idOf(body: Body): Cid {
  return jobId(body as unknown as Manifest);
}

const MANIFEST = await forgedManifest();
/** Something that was accepted before, so that no place in history is too far ahead. */
const OTHER = await forgedManifest({ network: true });
/** Where the forged job stands, after all that founded the repository. */
const PLACE = 100;

export const FORGED_JOB: Cid = MANIFEST.job;
/** The end of the lease of the forged job. */
export const FORGED_UNTIL: number = START + 60_000_000;

/** A repository with one job, of which something is changed. */
export async function forge(change: (job: ForgedJob) => void = () => undefined): Promise<JobsWorld> {
  const world = await JobsWorld.open();
  await writeForged(world, { ...honestJob(OTHER, PLACE + 10), claims: [], execution: null, result: null });
  await world.accept();
  const job = honestJob(MANIFEST, PLACE);
  change(job);
  await writeForged(world, job);
  return world;
}

/** The record, which has to be there. */
export function recordOf(given: ForgedRecord | null | undefined): ForgedRecord {
  invariant(given !== null && given !== undefined, 'the forged job has this record');
  return given;
}

/** A claim that follows claim `i` of a job. */
export function claimAfter(job: ForgedJob, i: number, more: Partial<ForgedRecord>, body: Body = {}): ForgedRecord {
  const before = recordOf(job.claims[i]);
  return { ...before, clock: before.clock + 1, ...more, body: { ...before.body, ...body } };
}

/** What is forged, which check tells, and in which words. */
export type Forgery = readonly [what: string, check: string, words: RegExp, change: (job: ForgedJob) => void];

/** What is said of a repository with that forgery, when it is verified and at the gate. */
export async function toldOf(change: (job: ForgedJob) => void) {
  const world = await forge(change);
  return { failures: await world.failures(), judgement: await world.judge() };
}
