/** What an id that somebody wants verified is, and which chains that rests on. */
import {
  type Repository as Core,
  chainsOfExperiment,
  chainsOfReproduction,
  EVENT_KIND,
  executionChain,
  isGatosError,
  JOBS,
  jobOfChain,
  parseJobId,
  REF_PREFIX,
} from 'gatos-core';
import { CHAIN_KINDS, chainNamed, isId } from './chain-named.js';
import { viewError } from './errors.js';
import { type Found, find } from './find.js';
import { mythosSubject } from './mythos-subject.js';

export interface Subject {
  /** For people: `Proof-of-Experiment 01H…`. */
  readonly what: string;
  /** Chains, and names with which chains start. */
  readonly chains: readonly string[];
}

/** Chains that are about one decision carry its id. */
const GOVERNED = new Set(['grant', 'Proof-of-Consensus', 'proposal']);

/**
 * Finds out what a name is: a chain or the start of one, the id of an experiment, a receipt, a job, a grant, a proposal or a denial, or the
 * CID of an envelope or an event; of ids and CIDs the last characters do. Of the id of a capability, an effect, a receipt of one or a blob the
 * first digits do. Throws `view/no-chain`, `view/ambiguous`, `view/ambiguous-start`, and as `find`.
 */
export async function subjectOf(repository: Core, name: string, signal: AbortSignal): Promise<Subject> {
  const { backend } = repository;
  const known = (await backend.refs.list(REF_PREFIX)).map((ref) => ref.name.slice(REF_PREFIX.length));
  const wanted = name.startsWith(REF_PREFIX) ? name.slice(REF_PREFIX.length) : name;
  if (known.includes(wanted)) return ofChain(repository, { chain: wanted, known });
  const start = wanted.endsWith('/') ? wanted : `${wanted}/`;
  if (wanted !== '' && known.some((chain) => chain.startsWith(start)))
    return jobNamed(wanted) ?? { what: `chains below \`${wanted}\``, chains: [wanted] };
  const object = await mythosSubject(repository, wanted, { signal });
  if (object !== null) return { what: object.what, chains: object.chains.filter((each) => known.includes(each)) };
  const chain = chainNamed(known, wanted);
  if (chain !== null) return ofChain(repository, { chain, known });
  try {
    return await ofFound(repository, { found: await find(repository, wanted, { signal }), known });
  } catch (error) {
    const isUnknown = isGatosError(error, 'view/nothing-found') || isGatosError(error, 'view/too-short');
    if (isUnknown) throw viewError('no-chain', { name: wanted, known });
    throw error;
  }
}

interface Placed {
  readonly chain: string;
  readonly known: readonly string[];
}

async function ofChain({ backend }: Core, { chain, known }: Placed): Promise<Subject> {
  const [prefix = '', what = 'chain'] = CHAIN_KINDS.find(([start]) => chain.startsWith(start)) ?? [];
  const id = chain.slice(prefix.length);
  if (what === 'Proof-of-Experiment') return { what: `${what} ${id}`, chains: await chainsOfExperiment(backend, id) };
  if (what === 'reproduction receipt')
    return { what: `${what} ${id}`, chains: await chainsOfReproduction(backend, id) };
  const job = jobOfChain(chain);
  if (job !== null) return ofJob(String(job));
  if (!GOVERNED.has(what)) return { what: `${what} \`${chain}\``, chains: [chain] };
  const decision = id.split('/').find(isId) ?? id;
  return { what: `${what} ${decision}`, chains: known.filter((each) => isAbout(each, decision)) };
}

/** `approvals/01H….user-alice` too. */
function isAbout(chain: string, id: string): boolean {
  return chain.split('/').some((part) => part === id || part.startsWith(`${id}.`));
}

async function ofFound(
  repository: Core,
  { found: { entry, event }, known }: { readonly found: Found; readonly known: readonly string[] },
): Promise<Subject> {
  const { chain, kind, cid } = entry.envelope;
  if (event !== null) return { what: `event of \`${chain}\``, chains: [chain] };
  if (kind === EVENT_KIND.kind) return { what: `envelope ${cid} of \`${chain}\``, chains: [chain] };
  const subject = await ofChain(repository, { chain, known });
  // Of chains that grow it is one of many.
  const isOneOfMany = chain.startsWith('state/') || subject.what.startsWith('chain ');
  if (!isOneOfMany) return subject;
  const what = chain.startsWith('state/') ? 'Proof-of-Fold' : 'envelope';
  return { ...subject, what: `${what} ${cid} of \`${chain}\`` };
}

function ofJob(id: string): Subject {
  return { what: `job ${id} and its Proof-of-Execution`, chains: [`${JOBS}${id}`, executionChain(parseJobId(id))] };
}

/** `jobs/bafy…` is the start of chains, and a job. */
function jobNamed(text: string): Subject | null {
  const job = jobOfChain(`${text.replace(/\/$/, '')}/job`);
  return job === null ? null : ofJob(String(job));
}
