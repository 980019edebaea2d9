/** The end of a job: its proof, its result and the end of its claim become visible in one step, or not at all. */
import {
  type AppendRequest,
  appendTogether,
  draftRecord,
  type Envelope,
  readHead,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, encode, type Value } from '../codec/index.js';
import { bytesEqual, invariant, isGatosError, LIMITS } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { claimMove, claimOf, type Lease, lostLease, readClaim, standingLease } from './claim.js';
import { jobError } from './errors.js';
import { executionOf, type MadeExecution, type RunRecord } from './execution.js';
import { executionChain, manifestChain, resultChain } from './names.js';
import type { PreparedJob } from './prepare.js';
import { readExecution, readResult } from './read.js';
import { EXECUTION_RULE, RESULT_RULE } from './rules.js';
import { EXECUTION_KIND, type Execution, type Manifest, RESULT_KIND, type Result } from './schema.js';
import { inOneStep } from './step.js';
import { submission } from './submit.js';

export interface Finished {
  /** `exists`: this result was recorded before, nothing was written. */
  readonly status: 'recorded' | 'exists';
  readonly execution: Execution;
  /** Envelope of the Proof-of-Execution. */
  readonly poe: Cid;
}

export interface FinishRequest extends Writer {
  readonly lease: Lease;
  readonly manifest: Manifest;
  readonly run: RunRecord;
  /** When it is known; what the writer's policy says itself counts. */
  readonly policyCodeRoot?: Uint8Array | null | undefined;
}

/**
 * Records what came of a job that this worker holds. Throws `jobs/lost-lease` when another worker took over, `jobs/done` when somebody
 * cancelled it, `jobs/too-large`, and as `append`; nothing was recorded then, with the exception that `append` names: whoever
 * calls again gets `exists`, and what was recorded.
 */
export async function finishJob(
  ports: WriterPorts,
  { lease, manifest, run, policyCodeRoot, ...writer }: FinishRequest,
): Promise<Finished> {
  const { job, attempt } = lease;
  const made = await executionOf(ports, { job, manifest, attempt, writer, policyCodeRoot, run });
  let held = lease;
  for (let tries = 0; tries < LIMITS.appendAttempts; tries++) {
    try {
      return await finishOnce(ports, { writer, lease: held, made });
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
    const before = await recordedBefore(
      ports,
      job,
      ({ body, actor }) => actor === writer.actor && body.attempt === attempt,
    );
    if (before !== null) return before;
    await refuseCancelled(ports, job);
    // Renewed meanwhile, by a call whose answer was lost or that ran beside this one.
    const standing = await standingLease(ports, { lease, worker: writer.actor });
    if (standing.lease.head === held.head) break;
    held = standing.lease;
  }
  throw await lostLease(ports, lease);
}

interface FinishParts {
  readonly writer: Writer;
  readonly lease: Lease;
  readonly made: MadeExecution;
}

async function finishOnce(ports: WriterPorts, { writer, lease, made }: FinishParts): Promise<Finished> {
  const body = claimOf(lease, writer.actor, { lease_until: lease.until, state: 'closed' });
  const requests = inOneStep([
    claimMove({ writer, body, from: lease.head, seen: lease.clock }),
    proofRequest(writer, made),
    resultRequest(writer, made, 1),
  ]);
  const [, proof] = await appendTogether(ports, requests);
  return recorded(made, proof);
}

function recorded({ execution }: MadeExecution, proof: readonly { readonly envelope: Envelope }[] = []): Finished {
  const poe = proof[0]?.envelope.cid;
  invariant(poe !== undefined, 'a proof that is appended has an envelope');
  return { status: 'recorded', execution, poe };
}

/** Does one of the chains stand elsewhere already? */
function isTaken(error: unknown): boolean {
  return isGatosError(error, 'chain/other-head') || isGatosError(error, 'chain/exists');
}

/** What stands, when it is ours: a fault may have hidden from us that it went through. */
async function recordedBefore(
  { backend }: WriterPorts,
  job: Cid,
  isOurs: (stored: { readonly body: Execution; readonly actor: string }) => boolean,
): Promise<Finished | null> {
  const stored = await readExecution(backend, job);
  if (stored === null) return null;
  const { body, entry } = stored;
  const { actor, cid: poe } = entry.envelope;
  return isOurs({ body, actor }) ? { status: 'exists', execution: body, poe } : null;
}

async function refuseCancelled({ backend }: WriterPorts, job: Cid): Promise<void> {
  const result = await readResult(backend, job);
  if (result?.body.status === 'cancelled') throw jobError('done', { job: String(job), status: 'cancelled' });
}

export interface RecordRequest extends Writer {
  readonly prepared: PreparedJob;
  readonly run: RunRecord;
  /** When it is known; what the writer's policy says itself counts. */
  readonly policyCodeRoot?: Uint8Array | null | undefined;
}

/**
 * Records a job that was run before anybody else heard of it: manifest, claim, proof and result in one step. Throws `jobs/done` when a
 * job of this id is done, cancelled, or claimed already (see `repeatedJob`), `jobs/too-large`, and as `append`; nothing was
 * recorded then, with the exception that `append` names: whoever calls again with the same run gets `exists`.
 */
export async function recordRun(
  ports: WriterPorts,
  { prepared, run, policyCodeRoot, ...writer }: RecordRequest,
): Promise<Finished> {
  const { job, manifest } = prepared;
  const made = await executionOf(ports, { job, manifest, attempt: 1, writer, policyCodeRoot, run });
  const { execution } = made;
  const claim = { job, worker: writer.actor, lease_until: execution.finished, attempt: 1, state: 'closed' } as const;
  const requests = inOneStep([
    submission(writer, prepared),
    claimMove({ writer, body: claim, from: null, seen: 0 }),
    proofRequest(writer, made),
    resultRequest(writer, made, 2),
  ]);
  try {
    const [, , proof] = await appendTogether(ports, requests);
    return recorded(made, proof);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  const same = (body: Execution) => bytesEqual(encode(body as unknown as Value), encode(execution as unknown as Value));
  const before = await recordedBefore(ports, job, ({ body, actor }) => actor === writer.actor && same(body));
  if (before !== null) return before;
  throw await doneError(ports, job);
}

/** Why a job cannot be recorded as a new one. */
async function doneError(ports: WriterPorts, job: Cid) {
  const result = await readResult(ports.backend, job);
  if (result !== null) return jobError('done', { job: String(job), status: result.body.status });
  const claimed = await readClaim(ports, job);
  const worker = claimed?.body.worker ?? 'another worker';
  return jobError('done', { job: String(job), status: `it is with \`${worker}\`` });
}

function proofRequest(writer: Writer, { execution, files }: MadeExecution): AppendRequest {
  const { draft } = draftRecord(EXECUTION_KIND, execution, { files });
  const chain = executionChain(execution.job);
  return requestBy(writer, { chain, rule: EXECUTION_RULE, prepare: async () => [draft] });
}

/** The result names the envelope of the proof, which is that of request `proof` of the same step. */
function resultRequest(writer: Writer, { execution }: MadeExecution, proof: number): AppendRequest {
  const { job, status } = execution;
  const prepare = async (_: unknown, before: readonly (readonly Envelope[])[]) => {
    const poe = before[proof]?.[0]?.cid;
    invariant(poe !== undefined, 'the proof is appended before the result');
    return [draftRecord<Result>(RESULT_KIND, { job, status, poe, reason: null }).draft];
  };
  return requestBy(writer, { chain: resultChain(job), rule: RESULT_RULE, prepare });
}

export interface CancelRequest extends Writer {
  readonly job: Cid;
  readonly reason: string | null;
}

/**
 * Ends a job without running it (to its end): whoever holds it cannot record a result any more. Throws `jobs/no-such-job`, `jobs/done`,
 * and as `append`.
 */
export async function cancelJob(ports: WriterPorts, { job, reason, ...writer }: CancelRequest): Promise<void> {
  const manifest = await readHead(ports.backend, manifestChain(job));
  if (manifest === null) throw jobError('no-such-job', { id: String(job) });
  const seen = () => manifest.envelope.clock;
  const body: Result = { job, status: 'cancelled', poe: null, reason };
  const { draft } = draftRecord(RESULT_KIND, body);
  const place = { chain: resultChain(job), rule: RESULT_RULE, seen, prepare: async () => [draft] };
  try {
    await appendTogether(ports, [requestBy(writer, place)]);
  } catch (error) {
    if (!isGatosError(error, 'chain/exists')) throw error;
    throw await doneError(ports, job);
  }
}
