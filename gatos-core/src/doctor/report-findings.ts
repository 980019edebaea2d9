/** The verification of a repository as findings: each check that did not pass, with the way back to what does. */
import { chainOfRef, REF_PREFIX, refOfChain, ruleFor, verifyChain } from '../chain/index.js';
import { decodeCommit, type GitBackend, type Oid } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { JOBS } from '../jobs/index.js';
import { type Check, isGatosError } from '../kernel/index.js';
import { TRUST_CHAIN, type TrustHistory, verifyTrust } from '../trust/index.js';
import { RULES } from '../verify/index.js';
import { incompleteExperiment } from './experiments.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

interface Patient {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** Null: there is none that verifies. */
  readonly trust: TrustHistory | null;
}

/** Consequences of what is told elsewhere. */
const CONSEQUENCES = new Set(['verify/no-trust', 'verify/rests-on']);
const GONE = new Set(['git/missing-object', 'git/corrupt-object']);
/** Told of each state by itself, with the command that mends it. */
const OF_STATES = new Set(['fold/other-engine', 'fold/no-engine', 'fold/definition-missing', 'fold/window-missing']);

/** What the checks that did not pass come to, one finding for each chain. */
export async function findingsOfChecks(patient: Patient, checks: readonly Check[]): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const seen = new Set<string>();
  for (const check of checks) {
    const { code = '', subject } = check;
    if (check.outcome === 'pass' || CONSEQUENCES.has(code) || OF_STATES.has(code) || seen.has(subject)) continue;
    seen.add(subject);
    found.push(await findingOf(patient, check));
  }
  return found;
}

async function findingOf(patient: Patient, check: Check): Promise<Finding> {
  const { code = '', subject: chain, detail: why, evidence = {} } = check;
  const ref = chainOfRef(chain) === null ? REF_PREFIX + chain : chain;
  switch (code) {
    case 'trust/other-genesis': {
      const data = { found: String(evidence.found), pinned: String(evidence.pinned) };
      return finding('other-genesis', { subject: ref, data });
    }
    case 'git/corrupt-ref':
      return finding('damaged-ref', { subject: ref, data: { ref, why } });
  }
  const oid = await headOf(patient.backend, ref);
  if (code === 'chain/foreign-ref' && oid !== null) return finding('foreign-ref', { subject: ref, data: { ref, oid } });
  if (GONE.has(code)) return finding('missing-objects', { subject: ref, data: { ref, why } });
  const incomplete = await incompleteExperiment(patient.backend, check);
  if (incomplete !== null) return incomplete;
  if (check.outcome === 'unknown') return finding('unchecked', { subject: ref, data: { ref, why } });
  if (oid === null) return withoutHead(ref, check);
  return brokenChain(patient, { check, chain, head: oid });
}

/** A ref that is damaged, or is none, has no head. */
async function headOf({ refs }: GitBackend, ref: string): Promise<Oid | null> {
  try {
    return ref.startsWith(REF_PREFIX) ? await refs.read(ref) : null;
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

/** What a job promises is promised by several chains, below one name that is no ref itself. */
function withoutHead(ref: string, { subject, name, detail: why }: Check): Finding {
  if (subject.startsWith(JOBS)) return finding('broken-promise', { subject: ref, data: { ref, check: name, why } });
  return finding('unchecked', { subject: ref, data: { ref, why } });
}

interface Broken {
  readonly check: Check;
  readonly chain: string;
  readonly head: Oid;
}

async function brokenChain(patient: Patient, { check, chain, head: bad }: Broken): Promise<Finding> {
  const ref = refOfChain(chain);
  const data = { ref, check: check.name, why: check.detail, bad };
  const good = await lastGood(patient, { check, chain, head: bad });
  if (good === undefined || good === bad) return finding('broken-promise', { subject: ref, data });
  if (good === null) return finding('broken-whole', { subject: ref, data });
  return finding('broken-chain', { subject: ref, data: { ...data, good } });
}

/** The last commit before the fault; null when there is none; undefined when it cannot be told. */
async function lastGood(patient: Patient, { check, chain, head }: Broken): Promise<Oid | null | undefined> {
  const { backend, engine, trust } = patient;
  const commit = check.evidence?.commit;
  if (typeof commit === 'string') return parentOf(backend, commit);
  if (chain === TRUST_CHAIN) return lastGoodTrust(patient, head);
  const rule = ruleFor(RULES, chain);
  if (rule === null) return undefined;
  // What is written once stands alone.
  if (rule.movement === 'create-once' && rule.plane === 'governance') return null;
  if (trust === null) return undefined;
  const context = { backend, engine, repo: trust.repo, authorize: trust.authorize };
  const { head: verified, fault } = await verifyChain(context, { chain, rule, head });
  return fault === null ? undefined : (verified?.oid ?? null);
}

/** Commits at the end of a trust chain that may be none of its own before the search is given up. */
const MOST_FORGED = 64;

/** What a trust chain is of is read from its end: one that cannot be read hides all before it. */
async function lastGoodTrust({ backend, engine }: Patient, head: Oid): Promise<Oid | null | undefined> {
  let at: Oid | null | undefined = head;
  for (let tried = 0; typeof at === 'string' && tried < MOST_FORGED; tried++) {
    const verdict = await trustUpTo({ backend, engine }, at);
    if (verdict !== null) return verdict.head?.oid ?? null;
    at = await parentOf(backend, at);
  }
  return at === null ? null : undefined;
}

async function trustUpTo(ports: Pick<Patient, 'backend' | 'engine'>, head: Oid) {
  try {
    return (await verifyTrust(ports, { head })).verdict;
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

async function parentOf({ objects }: GitBackend, commit: Oid): Promise<Oid | null | undefined> {
  try {
    return decodeCommit((await objects.read(commit)).content, objects.format).parents[0] ?? null;
  } catch (error) {
    if (isGatosError(error)) return undefined;
    throw error;
  }
}
