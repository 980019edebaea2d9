/** Reading jobs: what stands of one, and which there are. Nothing here is verified; `verifyJobs` is. */
import { type ChainEntry, listFiles, REF_PREFIX, readHead, recordBody } from '../chain/index.js';
import { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { readClaim } from './claim.js';
import { jobError } from './errors.js';
import { executionChain, JOBS, jobOfChain, manifestChain, resultChain } from './names.js';
import {
  type Claim,
  EXECUTION_KIND,
  type Execution,
  MANIFEST_KIND,
  type Manifest,
  RESULT_KIND,
  type Result,
} from './schema.js';

export interface StoredManifest {
  readonly entry: ChainEntry;
  readonly body: Manifest;
}

export interface StoredResult {
  readonly entry: ChainEntry;
  readonly body: Result;
}

export interface StoredExecution {
  readonly entry: ChainEntry;
  readonly body: Execution;
}

/** Throws `jobs/no-such-job`, `codec/schema`, and as the git port. */
export async function readManifest(backend: GitBackend, job: Cid): Promise<StoredManifest> {
  const entry = await readHead(backend, manifestChain(job));
  if (entry === null) throw jobError('no-such-job', { id: String(job) });
  return { entry, body: recordBody(entry.envelope, 0, MANIFEST_KIND) };
}

/** The result of a job, or null while there is none. Throws `codec/schema`, and as the git port. */
export async function readResult(backend: GitBackend, job: Cid): Promise<StoredResult | null> {
  const entry = await readHead(backend, resultChain(job));
  return entry === null ? null : { entry, body: recordBody(entry.envelope, 0, RESULT_KIND) };
}

/** The Proof-of-Execution of a job, or null while there is none. Throws `codec/schema`, and as the git port. */
export async function readExecution(backend: GitBackend, job: Cid): Promise<StoredExecution | null> {
  const entry = await readHead(backend, executionChain(job));
  return entry === null ? null : { entry, body: recordBody(entry.envelope, 0, EXECUTION_KIND) };
}

/** `open`: nobody holds it. `held`: a worker does. `expired`: the lease of its worker ended. Else the status of its result. */
export type JobState = 'open' | 'held' | 'expired' | Result['status'];

export interface JobView {
  readonly job: Cid;
  readonly manifest: StoredManifest;
  readonly claim: Claim | null;
  readonly result: StoredResult | null;
  readonly execution: StoredExecution | null;
  readonly state: JobState;
}

/**
 * What stands of a job at a time, µs since the epoch. Its parts are read one after the other while workers may write; what is told never
 * stood in an order that no worker makes. Throws `jobs/no-such-job`, and as the git port.
 */
export async function readJob(backend: GitBackend, job: Cid, now: number): Promise<JobView> {
  // A result comes with its proof and the end of the claim: whoever sees it first sees these after it.
  const early = await readResult(backend, job);
  const [manifest, claim, execution] = await Promise.all([
    readManifest(backend, job),
    readClaim({ backend }, job),
    readExecution(backend, job),
  ]);
  const finished = claim?.body.state === 'closed' || execution !== null;
  const result = early === null && finished ? await readResult(backend, job) : early;
  const state = result?.body.status ?? stateOfClaim(claim?.body ?? null, now);
  // Of a result that came between the two looks the proof is there by now.
  const proof = execution ?? (result?.body.poe == null ? null : await readExecution(backend, job));
  return { job, manifest, claim: claim?.body ?? null, result, execution: proof, state };
}

function stateOfClaim(claim: Claim | null, now: number): JobState {
  if (claim === null || claim.state === 'released') return 'open';
  return now < claim.lease_until + LIMITS.leaseSkew ? 'held' : 'expired';
}

export interface ListedJob {
  readonly job: Cid;
  readonly done: boolean;
}

/** The ids of all jobs, without reading one; sorted by id. */
export async function listJobs(backend: GitBackend): Promise<readonly ListedJob[]> {
  const jobs: Cid[] = [];
  const done = new Set<string>();
  for (const { name } of await backend.refs.list(REF_PREFIX + JOBS)) {
    const chain = name.slice(REF_PREFIX.length);
    const job = jobOfChain(chain);
    if (job === null) continue;
    if (chain === manifestChain(job)) jobs.push(job);
    else if (chain === resultChain(job)) done.add(String(job));
  }
  return jobs.map((job) => ({ job, done: done.has(String(job)) }));
}

/**
 * The files that travel with an entry below a folder, by path, without reading one. Throws `chain/bad-attachment`, and as the git
 * port.
 */
export async function filesBelow(
  backend: GitBackend,
  { tree }: Pick<ChainEntry, 'tree'>,
  folder: string,
): Promise<ReadonlyMap<string, Oid>> {
  const files = await listFiles(backend, tree, { enter: (path) => path.startsWith(folder) || folder.startsWith(path) });
  const below = [...files].filter(([path]) => path.startsWith(folder));
  return new Map(below.map(([path, oid]) => [path.slice(folder.length), oid]));
}

/** Bytes of a file that travels with a record, checked against what the record says. Throws `jobs/altered`, and as the git port. */
export async function readAttached(
  backend: GitBackend,
  oid: Oid | undefined,
  { path, cid, size }: { readonly path: string; readonly cid: Cid; readonly size: number },
): Promise<Uint8Array> {
  if (oid === undefined) throw jobError('altered', { path, want: String(cid), found: 'nothing' });
  const { content } = await backend.objects.read(oid, { maxBytes: LIMITS.jobFileBytes });
  const found = Cid.hash('raw', content);
  if (content.length === size && found.equals(cid)) return content;
  throw jobError('altered', { path, want: String(cid), found: String(found) });
}
