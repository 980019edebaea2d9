/** Verifies a repository: trust first, then every chain by its rule, then what the planes build on top. */
import type { ChunkPresence } from '../blobs/index.js';
import { type Authorize, type ChainVerdict, REF_PREFIX, readEntry, verifyChain } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { CHECKPOINT_KIND, checkDefinitions, checkProofs, type FoldPorts, foundationsOf } from '../fold/index.js';
import type { GitBackend } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { type Check, failed, GatosError, type LongCall, type Report, report } from '../kernel/index.js';
import { checkPolicies, POLICY_CHAIN } from '../policy/index.js';
import { TRUST_CHAIN, type TrustHistory, verifyTrust } from '../trust/index.js';
import { type FoundChain, type FoundChains, findChains } from './chains.js';
import { verifyError } from './errors.js';
import { PLANES } from './planes.js';

export interface VerifyPorts {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** Needed to recompute Proofs-of-Fold; without it they are "could not check". */
  readonly sandbox?: FoldPorts['sandbox'] | undefined;
  /** Where chunks of blobs are kept; without it nobody looks whether they are there. */
  readonly chunks?: ChunkPresence | undefined;
}

export interface VerifyRequest extends LongCall {
  /** The genesis this clone was pinned to. */
  readonly pin?: Cid | undefined;
  /**
   * Only these chains and what is below them, such as `state/sum` or `journal/`; absent: all. Trust is verified always, and so
   * is what a recomputed proof rests on: the journals and the definition.
   */
  readonly only?: readonly string[] | undefined;
  /** Recompute Proofs-of-Fold. Default: true. */
  readonly proofs?: boolean | undefined;
}

export interface RepositoryVerdict {
  readonly report: Report;
  readonly totals: {
    readonly chains: number;
    readonly envelopes: number;
    readonly records: number;
    readonly bytes: number;
  };
}

/** Verifies what `refs/gatos/` holds. Never throws for what it finds; an aborted signal and bugs are thrown. */
export async function verifyRepository(ports: VerifyPorts, request: VerifyRequest = {}): Promise<RepositoryVerdict> {
  const run = new RepositoryRun(ports, request);
  try {
    await run.all();
  } catch (error) {
    request.signal?.throwIfAborted();
    if (!(error instanceof GatosError)) throw error;
    run.checks.push(failed('repository', REF_PREFIX, error));
  }
  return { report: report('repository', run.checks), totals: run.totals };
}

/** By what chains are judged. Without trust nobody's right to write can be, but all the rest can. */
interface Authority {
  readonly repo: Cid | null;
  readonly authorize: Authorize;
  readonly trust: TrustHistory | null;
  /** Why there is no trust. */
  readonly fault: GatosError | null;
}

class RepositoryRun {
  readonly checks: Check[] = [];
  readonly totals = { chains: 0, envelopes: 0, records: 0, bytes: 0 };
  readonly #verdicts = new Map<string, ChainVerdict>();
  /** What the proofs of a state chain rest on. */
  readonly #foundations = new Map<string, Set<string>>();

  constructor(
    private readonly ports: VerifyPorts,
    private readonly request: VerifyRequest,
  ) {}

  async all(): Promise<void> {
    const authority = await this.#trust();
    const found = await findChains(this.ports.backend, this.request.only);
    this.checks.push(...found.checks);
    for (const chain of found.wanted) await this.#chain(chain, authority);
    await this.#planes(found, authority);
    if (this.request.proofs === false) return;
    for (const { chain } of found.wanted) if (chain.startsWith('state/')) await this.#proofs(chain, found, authority);
  }

  async #trust(): Promise<Authority> {
    const { backend, engine } = this.ports;
    const { pin } = this.request;
    const none = (fault: GatosError | null): Authority => ({
      repo: pin ?? null,
      authorize: () => null,
      trust: null,
      fault,
    });
    try {
      const { verdict, history } = await verifyTrust({ backend, engine }, { pin });
      this.#count(verdict, verdict.checks);
      return history === null ? none(verdict.fault) : { ...history, trust: history, fault: null };
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      this.checks.push(failed('history', TRUST_CHAIN, error));
      return none(error);
    }
  }

  /** Verifies a chain, once. */
  async #chain({ chain, rule, head }: FoundChain, authority: Authority): Promise<ChainVerdict> {
    const known = this.#verdicts.get(chain);
    if (known !== undefined) return known;
    const { backend, engine } = this.ports;
    const { signal, progress } = this.request;
    const repo = authority.repo ?? (await this.#claimedRepository(head));
    const context = { backend, engine, repo, authorize: authority.authorize };
    const onEntry = (entry: Parameters<typeof foundationsOf>[0]) => this.#note(chain, foundationsOf(entry));
    const builds = rule.kinds.some(({ kind }) => kind === CHECKPOINT_KIND.kind);
    const options = { signal, progress, ...(builds ? { onEntry } : {}) };
    const verdict = await verifyChain(context, { chain, rule, head }, options);
    this.#verdicts.set(chain, verdict);
    this.#count(verdict, judged(verdict.checks, authority.fault));
    if (chain.startsWith('folds/') && verdict.head !== null) {
      this.checks.push(await checkDefinitions(backend, { chain, head: verdict.head.oid }, { signal }));
    }
    if (chain === POLICY_CHAIN && verdict.head !== null)
      this.checks.push(...(await checkPolicies(backend, { chain, head: verdict.head.oid }, { signal, progress })));
    signal?.throwIfAborted();
    return verdict;
  }

  /** What planes promise of the chains that are looked at, beyond each of them. */
  async #planes({ wanted }: FoundChains, { trust }: Authority): Promise<void> {
    const { only, signal, progress } = this.request;
    for (const { plane, verify } of PLANES) {
      if (wanted.every(({ rule }) => rule.plane !== plane)) continue;
      this.checks.push(...(await verify(this.ports, { trust, only, signal, progress })));
      signal?.throwIfAborted();
    }
  }

  /** Without trust: a chain should at least be of one repository. */
  async #claimedRepository(head: string): Promise<Cid | null> {
    try {
      return (await readEntry(this.ports.backend, head)).envelope.repo;
    } catch (error) {
      if (error instanceof GatosError) return null;
      throw error;
    }
  }

  #note(chain: string, foundations: readonly string[]): void {
    const noted = this.#foundations.get(chain) ?? new Set();
    for (const foundation of foundations) noted.add(foundation);
    this.#foundations.set(chain, noted);
  }

  /** The proofs of a chain, as far as it is valid itself, and what they rest on. */
  async #proofs(chain: string, { all }: FoundChains, authority: Authority): Promise<void> {
    const head = this.#verdicts.get(chain)?.head ?? null;
    if (head === null) return;
    const broken: Check[] = [];
    for (const on of this.#foundations.get(chain) ?? []) {
      const foundation = all.get(on);
      // One that is not there is told by the proof that misses it.
      if (foundation === undefined) continue;
      const { fault } = await this.#chain(foundation, authority);
      if (fault !== null)
        broken.push(failed('foundation', chain, verifyError('rests-on', { chain, on, code: fault.code })));
    }
    this.checks.push(...(await checkProofs(this.ports, { chain, head: head.oid }, this.request)), ...broken);
    this.request.signal?.throwIfAborted();
  }

  #count({ envelopes, records, bytes }: ChainVerdict, checks: readonly Check[]): void {
    this.checks.push(...checks);
    this.totals.chains += 1;
    this.totals.envelopes += envelopes;
    this.totals.records += records;
    this.totals.bytes += bytes;
  }
}

/** The checks of a chain; without trust it could not be checked who signed. */
function judged(checks: readonly Check[], fault: GatosError | null): readonly Check[] {
  if (fault === null) return checks;
  return checks.map((check) => {
    if (check.name !== 'signer' || check.outcome !== 'pass') return check;
    return failed('signer', check.subject, verifyError('no-trust', { chain: check.subject, why: fault.message }));
  });
}
