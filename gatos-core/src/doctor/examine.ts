/** A whole repository under the rules of all planes: what is wrong, what will go wrong, and what mends it. */
import { listTopics } from '../bus/index.js';
import { REF_PREFIX, refOfChain } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { FoldPorts } from '../fold/index.js';
import { PROFILES } from '../gate/index.js';
import type { GitBackend } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { GatosError, type LongCall } from '../kernel/index.js';
import { POLICY_CHAIN, policyRootOf } from '../policy/index.js';
import { openTrust, TRUST_CHAIN, type TrustHistory } from '../trust/index.js';
import { verifyRepository } from '../verify/index.js';
import { examineTopic, type JobQueueNames } from './bus.js';
import { examineCapabilities } from './capabilities.js';
import { examineConsent } from './consent.js';
import { examineEffects } from './effects.js';
import { byRank, type Finding } from './finding.js';
import { examineJobs } from './jobs.js';
import { examineKeys, type Self } from './keys.js';
import { examinePolicy } from './policies.js';
import { findingsOfChecks } from './report-findings.js';
import { examineStates } from './states.js';
import { finding } from './symptoms.js';

export interface DoctorPorts {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** Absent: nobody can tell of which engine proofs are. */
  readonly sandbox?: FoldPorts['sandbox'] | undefined;
}

export interface DoctorRequest extends LongCall {
  /** Microseconds since the epoch. */
  readonly time: number;
  /** The genesis that this clone was pinned to. */
  readonly pin?: Cid | undefined;
  /** Who signs here; null: nobody. */
  readonly self?: Self | null | undefined;
  /** Where jobs are told; absent: it is not known, and nothing is said of jobs that no message tells of. */
  readonly queue?: JobQueueNames | undefined;
}

/**
 * Examines what `refs/gatos/` holds, the worst first. Chains are verified, and where the profile demands proofs they are recomputed.
 * Never throws for what it finds; an aborted signal and bugs are thrown.
 */
export async function examineRepository(ports: DoctorPorts, request: DoctorRequest): Promise<readonly Finding[]> {
  const { backend, engine } = ports;
  const { pin, time, self = null, queue = null, signal, progress } = request;
  const chains = await chainRefs(backend);
  if (chains.length === 0) return [finding('not-started', { subject: REF_PREFIX, data: {} })];
  const found: Finding[] = [];
  if (!chains.includes(refOfChain(TRUST_CHAIN))) {
    const data = { chains: chains.length };
    found.push(finding('trust-lost', { subject: refOfChain(TRUST_CHAIN), data }));
  }
  const trust = await trustOf(ports, pin);
  const terms = trust === null ? null : (PROFILES.get(trust.state.profile) ?? null);
  const proofs = terms?.proofOfFold === true;
  const { report } = await verifyRepository(ports, { pin, proofs, signal, progress });
  const checks = report.checks.filter(({ code }) => code !== 'trust/no-genesis');
  found.push(...(await findingsOfChecks({ backend, engine, trust }, checks)));
  signal?.throwIfAborted();
  const broken = new Set(found.map(({ subject }) => subject));
  const options = { signal, progress };
  await add(found, `${REF_PREFIX}state/`, () => examineStates(ports, { terms, broken, ...options }));
  if (trust === null) return byRank(found);
  if (terms === null) found.push(unknownProfile(trust));
  found.push(...examineKeys(trust.state, { time, self }));
  await add(found, `${REF_PREFIX}capabilities/`, () => examineCapabilities(backend, { trust, time, ...options }));
  found.push(...(await examineWork(backend, { time, queue, ...options })));
  // Under a law that is in doubt nobody can tell which grants hold.
  if (broken.has(refOfChain(POLICY_CHAIN))) return byRank(found);
  await add(found, refOfChain(POLICY_CHAIN), () => examinePolicy(backend, options));
  await add(found, `${REF_PREFIX}proposals/`, async () =>
    examineConsent(ports, { trust, time, policyRoot: await policyRootOf(backend), ...options }),
  );
  return byRank(found);
}

/** Messages and jobs: each topic by itself, so that one that cannot be read hides no other. */
async function examineWork(
  backend: GitBackend,
  request: LongCall & { readonly time: number; readonly queue: JobQueueNames | null },
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  await add(found, `${REF_PREFIX}mbus/`, async () => {
    for (const topic of await listTopics(backend))
      await add(found, `${REF_PREFIX}mbus/${topic}`, () => examineTopic(backend, { ...request, topic }));
    return [];
  });
  await add(found, `${REF_PREFIX}jobs/`, () => examineJobs(backend, request));
  await add(found, `${REF_PREFIX}effects/`, () => examineEffects(backend, request));
  return found;
}

/** What cannot be examined hides nothing else. */
async function add(found: Finding[], ref: string, examine: () => Promise<readonly Finding[]>): Promise<void> {
  try {
    found.push(...(await examine()));
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    found.push(finding('unchecked', { subject: ref, data: { ref, why: error.message } }));
  }
}

function unknownProfile({ state: { profile } }: TrustHistory): Finding {
  return finding('unknown-profile', { subject: refOfChain(TRUST_CHAIN), data: { profile } });
}

/** Names of the refs that should be chains, damaged ones too. */
async function chainRefs({ refs }: GitBackend): Promise<readonly string[]> {
  const names: string[] = [];
  const onDamaged = ({ data }: GatosError): void => {
    names.push(String(data.ref));
  };
  for (const { name } of await refs.list(REF_PREFIX, { onDamaged })) names.push(name);
  return names.filter((name) => !name.startsWith(`${REF_PREFIX}cache/`));
}

/** Why there is none is told by the verification. */
async function trustOf({ backend, engine }: DoctorPorts, pin: Cid | undefined): Promise<TrustHistory | null> {
  return openTrust({ backend, engine }, { pin }).catch(nullFor);
}

function nullFor(error: unknown): null {
  if (error instanceof GatosError) return null;
  throw error;
}
