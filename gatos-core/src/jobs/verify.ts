/** What a job promises beyond valid chains: its claims follow one another, and its proof is of this manifest, by who held it. */
import type { ChunkPresence } from '../blobs/index.js';
import { isAmong, REF_PREFIX, type WriterPorts } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { type Check, compareText, type LongCall, runCheck } from '../kernel/index.js';
import { claimChain, EXECUTIONS, executionChain, JOBS, jobOfChain, manifestChain, resultChain } from './names.js';
import { headsOf, JobParts, sameHeads } from './parts.js';
import { KnownPolicies } from './policies.js';
import { checkClaims, type HeldClaim } from './verify-claims.js';
import { checkLarge, largeFilesOf } from './verify-large.js';
import { checkExecution, checkManifest, checkResult } from './verify-parts.js';

export interface VerifyJobsOptions extends LongCall {
  /** Only jobs of which one of these chains (or what is below it) is a part; absent: all. */
  readonly only?: readonly string[] | undefined;
  /** Heads by chain up to which claims were verified before: so the cost follows what is new. */
  readonly since?: ReadonlyMap<string, Oid> | undefined;
}

type Ports = Pick<WriterPorts, 'backend'> & {
  /** Where chunks of blobs are kept; absent: nobody looks whether those of large files are there. */
  readonly chunks?: ChunkPresence | undefined;
};

/**
 * Four checks for each job: `manifest`, `claims`, `execution` and `result`; a fifth, `blobs`, where it has large files. The chains themselves are verified as all others, with what
 * is attached. Faults become failed checks.
 */
export async function verifyJobs(
  { backend, chunks }: Ports,
  { only, since, signal, progress }: VerifyJobsOptions = {},
): Promise<readonly Check[]> {
  const jobs = await jobsAmong(backend, only);
  const policies = new KnownPolicies(backend);
  const checks: Check[] = [];
  for (const [done, job] of jobs.entries()) {
    checks.push(...(await verifyAmong(backend, job, { since, policies, chunks })));
    progress?.({ task: 'verify jobs', done: done + 1, total: jobs.length, unit: 'jobs' });
    signal?.throwIfAborted();
  }
  return checks;
}

/** The checks of one job; none when nothing stands of it. */
export function verifyJob({ backend, chunks }: Ports, job: Cid): Promise<readonly Check[]> {
  return verifyAmong(backend, job, { policies: new KnownPolicies(backend), chunks });
}

/** The jobs that are asked for. Refs are listed only where a whole folder of them is. */
async function jobsAmong(backend: GitBackend, only: readonly string[] | undefined): Promise<readonly Cid[]> {
  const jobs = new Map<string, Cid>();
  const add = (job: Cid | null) => job !== null && jobs.set(String(job), job);
  for (const each of only ?? []) add(jobNamed(each.replace(/\/$/, '')));
  for (const folder of [JOBS, EXECUTIONS]) {
    if (!isAmong(folder, only)) continue;
    // A damaged ref is told by whoever verifies the chains.
    const refs = await backend.refs.list(REF_PREFIX + folder, { onDamaged: () => undefined });
    for (const { name } of refs) add(jobOfChain(name.slice(REF_PREFIX.length)));
  }
  return [...jobs].sort(([a], [b]) => compareText(a, b)).map(([, job]) => job);
}

/** The job whose chain, or whose folder of chains, this is. */
function jobNamed(name: string): Cid | null {
  const job = jobOfChain(name);
  if (job === null) return null;
  const names = [JOBS + String(job), manifestChain(job), claimChain(job), resultChain(job), executionChain(job)];
  return names.includes(name) ? job : null;
}

interface Known {
  readonly since?: ReadonlyMap<string, Oid> | undefined;
  readonly policies: KnownPolicies;
  readonly chunks?: ChunkPresence | undefined;
}

/** How often a job is looked at anew that workers move while it is looked at. */
const LOOKS = 8;

async function verifyAmong(backend: GitBackend, job: Cid, known: Known): Promise<readonly Check[]> {
  let heads = await headsOf(backend, job);
  if (Object.values(heads).every((head) => head === null)) return [];
  for (let look = 1; ; look++) {
    const checks = await checksOf(backend, new JobParts(backend, job, heads), known);
    if (look === LOOKS || checks.every(({ outcome }) => outcome === 'pass')) return checks;
    // The refs were read one after the other: unless they are still the same, what was refused may never have stood together.
    const now = await headsOf(backend, job);
    if (sameHeads(heads, now)) return checks;
    heads = now;
  }
}

async function checksOf(
  backend: GitBackend,
  parts: JobParts,
  { since, policies, chunks }: Known,
): Promise<readonly Check[]> {
  const { job } = parts;
  const subject = `${JOBS}${job}`;
  const manifest = await runCheck('manifest', subject, () => checkManifest(backend, parts, policies));
  /** Undefined: the claims do not hold, and that was told. */
  let last: HeldClaim | null | undefined;
  const claims = await runCheck('claims', subject, async () => {
    const head = parts.head('claim');
    last = head === null ? null : await checkClaims(backend, { job, head, after: since?.get(claimChain(job)) });
    return last === null ? 'nobody has claimed it' : `attempt ${last.body.attempt}, ${last.body.state}`;
  });
  const execution = await runCheck('execution', subject, () => checkExecution(parts, { last, policies }));
  const result = await runCheck('result', subject, () => checkResult(parts, last));
  const large = await largeFilesOf(parts);
  if (large.length === 0) return [manifest, claims, execution, result];
  const blobs = await runCheck('blobs', subject, () => checkLarge(backend, large, { job, chunks }));
  return [manifest, claims, execution, result, blobs];
}
