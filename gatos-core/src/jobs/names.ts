/** Where the records of a job stand: four chains, named after its id. */
import { Cid } from '../codec/index.js';
import { isGatosError } from '../kernel/index.js';
import { jobError } from './errors.js';

export const JOBS = 'jobs/';
export const EXECUTIONS = 'audit/jobs/';

/** `jobs/bafy…/job`: the manifest. */
export function manifestChain(job: Cid): string {
  return `${JOBS}${job}/job`;
}

/** `jobs/bafy…/claim`: who runs it. */
export function claimChain(job: Cid): string {
  return `${JOBS}${job}/claim`;
}

/** `jobs/bafy…/result`: what came of it. */
export function resultChain(job: Cid): string {
  return `${JOBS}${job}/result`;
}

/** `audit/jobs/bafy…`: its Proof-of-Execution. */
export function executionChain(job: Cid): string {
  return EXECUTIONS + String(job);
}

/** Throws `jobs/name` for what is no id of a job. */
export function parseJobId(text: string): Cid {
  try {
    const cid = Cid.parse(text);
    if (cid.codec === 'dag-cbor') return cid;
  } catch (error) {
    if (!isGatosError(error)) throw error;
  }
  throw jobError('name', { id: text.length > 80 ? `${text.slice(0, 80)}…` : text });
}

/** The job that a chain belongs to, or null. */
export function jobOfChain(chain: string): Cid | null {
  const id = chain.startsWith(JOBS)
    ? chain.slice(JOBS.length).split('/')[0]
    : chain.startsWith(EXECUTIONS)
      ? chain.slice(EXECUTIONS.length)
      : undefined;
  if (id === undefined) return null;
  try {
    return parseJobId(id);
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}
