/**
 * Claims: who runs a job. The head of the claim chain is the token: whoever moves it from the head that they know holds the job, so
 * of any number of workers that race exactly one does, on one machine or through a remote.
 */
import {
  type AppendRequest,
  append,
  draftRecord,
  type Envelope,
  readHead,
  recordBody,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, formatTime } from '../codec/index.js';
import type { Oid } from '../git/index.js';
import { type GatosError, isGatosError, LIMITS } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { jobError } from './errors.js';
import { claimChain, manifestChain, resultChain } from './names.js';
import { CLAIM_RULE } from './rules.js';
import { CLAIM_KIND, type Claim, RESULT_KIND } from './schema.js';

/** A claim that its holder knows to be the newest. */
export interface Lease {
  readonly job: Cid;
  readonly attempt: number;
  /** µs since the epoch. */
  readonly until: number;
  /** Head of the claim chain. */
  readonly head: Oid;
  readonly clock: number;
}

export interface ClaimRequest extends Writer {
  readonly job: Cid;
  /** Milliseconds that the lease lasts; a whole number, at most LIMITS.jobLeaseMs. */
  readonly leaseMs: number;
}

export interface StandingClaim {
  readonly body: Claim;
  readonly oid: Oid;
  readonly envelope: Envelope;
}

/** The newest claim of a job, or null. Throws as the git port, and `codec/schema`. */
export async function readClaim({ backend }: Pick<WriterPorts, 'backend'>, job: Cid): Promise<StandingClaim | null> {
  const entry = await readHead(backend, claimChain(job));
  if (entry === null) return null;
  return { body: recordBody(entry.envelope, 0, CLAIM_KIND), oid: entry.oid, envelope: entry.envelope };
}

/**
 * Takes a job: one that nobody holds, was released, or whose lease ended LIMITS.leaseSkew ago. Throws `jobs/no-such-job`,
 * `jobs/done`, `jobs/held` (also when another worker was faster, and after a fault that hid that the claim went through: then
 * the lease has to end), `jobs/bad-lease`, and as `append`.
 */
export async function claimJob(ports: WriterPorts, { job, leaseMs, ...writer }: ClaimRequest): Promise<Lease> {
  const length = microsOf(leaseMs);
  const now = Math.floor(ports.clock.now());
  const manifest = await readHead(ports.backend, manifestChain(job));
  if (manifest === null) throw jobError('no-such-job', { id: String(job) });
  await refuseDone(ports, job);
  const standing = await readClaim(ports, job);
  if (standing !== null) await refuseHeld(ports, standing.body, now);
  const attempt = (standing?.body.attempt ?? 0) + 1;
  const until = now + length;
  const body: Claim = { job, worker: writer.actor, lease_until: until, attempt, state: 'held' };
  const seen = Math.max(manifest.envelope.clock, standing?.envelope.clock ?? 0);
  const moved = await move(ports, { writer, body, from: standing?.oid ?? null, seen, now });
  if (moved !== null) return { job, attempt, until, ...moved };
  return refuseLost(ports, job);
}

/** Throws `jobs/bad-lease`. */
function microsOf(leaseMs: number): number {
  const limit = LIMITS.jobLeaseMs;
  if (!Number.isSafeInteger(leaseMs) || leaseMs < 1 || leaseMs > limit)
    throw jobError('bad-lease', { ms: leaseMs, limit });
  return leaseMs * 1000;
}

/** Somebody was faster: says who. */
async function refuseLost(ports: WriterPorts, job: Cid): Promise<never> {
  await refuseDone(ports, job);
  const winner = await readClaim(ports, job);
  throw heldError(winner?.body ?? null, job);
}

async function refuseDone({ backend }: Pick<WriterPorts, 'backend'>, job: Cid): Promise<void> {
  const result = await readHead(backend, resultChain(job));
  if (result === null) return;
  const { status } = recordBody(result.envelope, 0, RESULT_KIND);
  throw jobError('done', { job: String(job), status });
}

async function refuseHeld(ports: WriterPorts, claim: Claim, now: number): Promise<void> {
  if (claim.state === 'held' && now < claim.lease_until + LIMITS.leaseSkew) throw heldError(claim, claim.job);
  if (claim.state !== 'closed') return;
  // The result became visible in the same step: one without the other is for verification to tell.
  await refuseDone(ports, claim.job);
  throw jobError('done', { job: String(claim.job), status: 'closed' });
}

function heldError(claim: Claim | null, job: Cid): GatosError {
  const { worker = 'another worker', lease_until: until = 0 } = claim ?? {};
  return jobError('held', { job: String(job), worker, until: formatTime(until) });
}

interface Move {
  readonly writer: Writer;
  readonly body: Claim;
  readonly from: Oid | null;
  readonly seen: number;
}

/** The append that moves a claim. */
export function claimMove({ writer, body, from, seen }: Move): AppendRequest {
  const { draft } = draftRecord(CLAIM_KIND, body);
  const prepare = async () => [draft];
  return requestBy(writer, {
    chain: claimChain(body.job),
    rule: CLAIM_RULE,
    expected: from,
    seen: () => seen,
    prepare,
  });
}

/** Null when the claim is not where it was. `now` is the time at which the move was decided. */
async function move(
  ports: WriterPorts,
  { now, ...request }: Move & { readonly now: number },
): Promise<Pick<Lease, 'head' | 'clock'> | null> {
  // No claim is signed for a time before that, even if the clock of the machine is set back meanwhile: it would break its own rule.
  const { backend, random, clock } = ports;
  const forward = { now: () => Math.max(now, clock.now()), sleep: (ms: number) => clock.sleep(ms) };
  try {
    const [appended] = await append({ backend, random, clock: forward }, claimMove(request));
    return appended === undefined ? null : { head: appended.oid, clock: appended.envelope.clock };
  } catch (error) {
    if (isGatosError(error, 'chain/other-head')) return null;
    throw error;
  }
}

/** The claim that follows from a lease. */
export function claimOf({ job, attempt }: Lease, worker: string, rest: Pick<Claim, 'lease_until' | 'state'>): Claim {
  return { job, worker, attempt, ...rest };
}

type Next = (lease: Lease, now: number) => Pick<Claim, 'lease_until' | 'state'>;

/** Moves the claim of a lease, wherever its holder has moved it to. Throws `jobs/lost-lease` when it is the holder's no more. */
async function follow(
  ports: WriterPorts,
  { lease, writer }: { readonly lease: Lease; readonly writer: Writer },
  next: Next,
): Promise<Lease> {
  let from = lease;
  for (let tries = 0; tries < LIMITS.appendAttempts; tries++) {
    const now = Math.floor(ports.clock.now());
    const body = claimOf(from, writer.actor, next(from, now));
    const moved = await move(ports, { writer, body, from: from.head, seen: from.clock, now });
    if (moved !== null) return { ...from, until: body.lease_until, ...moved };
    const standing = await standingLease(ports, { lease, worker: writer.actor, state: body.state });
    if (standing.state === body.state && body.state !== 'held') return standing.lease;
    from = standing.lease;
  }
  throw await lostLease(ports, lease);
}

/**
 * The lease as it stands, when it is still that of this worker: a fault may have hidden from its holder that its claim moved. An attempt
 * belongs to one claim, so nobody else of that name has it. Throws `jobs/lost-lease`.
 */
export async function standingLease(
  ports: Pick<WriterPorts, 'backend'>,
  {
    lease,
    worker,
    state = 'held',
  }: { readonly lease: Lease; readonly worker: string; readonly state?: Claim['state'] },
): Promise<{ readonly lease: Lease; readonly state: Claim['state'] }> {
  const standing = await readClaim(ports, lease.job);
  if (standing === null) throw lostTo(null, lease);
  const { body, oid: head, envelope } = standing;
  const isOurs = body.worker === worker && body.attempt === lease.attempt;
  if (!isOurs || (body.state !== 'held' && body.state !== state)) throw lostTo(body, lease);
  return { lease: { ...lease, until: body.lease_until, head, clock: envelope.clock }, state: body.state };
}

/**
 * Makes a lease last from now on. Throws `jobs/lost-lease` when another worker took over, `jobs/done` when the job was cancelled,
 * `jobs/bad-lease`, and as `append`. After a fault it may be called again with the same lease.
 */
export async function renewClaim(
  ports: WriterPorts,
  { lease, leaseMs, ...writer }: Writer & { readonly lease: Lease; readonly leaseMs: number },
): Promise<Lease> {
  const length = microsOf(leaseMs);
  await refuseDone(ports, lease.job);
  return follow(ports, { lease, writer }, ({ until }, now) => ({
    lease_until: Math.max(until, now + length),
    state: 'held',
  }));
}

/**
 * Gives a job back before its lease ends, so that another worker need not wait. Throws `jobs/lost-lease`, and as `append`. After a
 * fault it may be called again.
 */
export async function releaseClaim(
  ports: WriterPorts,
  { lease, ...writer }: Writer & { readonly lease: Lease },
): Promise<void> {
  await follow(ports, { lease, writer }, ({ until }) => ({ lease_until: until, state: 'released' }));
}

/** Who holds the job now. */
export async function lostLease(ports: Pick<WriterPorts, 'backend'>, lease: Lease): Promise<GatosError> {
  const winner = await readClaim(ports, lease.job);
  return lostTo(winner?.body ?? null, lease);
}

function lostTo(claim: Claim | null, { job }: Lease): GatosError {
  return jobError('lost-lease', { job: String(job), holder: claim?.worker ?? 'another worker' });
}
