/** Verifies a repository: trust first, then every chain by its rule, then what the planes build on top. */
import {
  type ChainContext,
  type ChainVerdict,
  chainError,
  chainOfRef,
  REF_PREFIX,
  type Rule,
  ruleFor,
  verifyChain,
} from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { checkProofs, type FoldPorts } from '../fold/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { type Check, failed, GatosError, type LongCall, type Report, report } from '../kernel/index.js';
import { TRUST_CHAIN, type TrustHistory, verifyTrust } from '../trust/index.js';
import { RULES } from './rules.js';

export interface VerifyPorts {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** Needed to recompute Proofs-of-Fold; without it they are "could not check". */
  readonly sandbox?: FoldPorts['sandbox'] | undefined;
}

export interface VerifyRequest extends LongCall {
  /** The genesis this clone was pinned to. */
  readonly pin?: Cid | undefined;
  /** Only refs whose chain name starts with one of these; absent: all. Trust is verified always. */
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
    if (!(error instanceof GatosError)) throw error;
    run.checks.push(failed('repository', REF_PREFIX, error));
  }
  return { report: report('repository', run.checks), totals: run.totals };
}

interface Chain {
  readonly chain: string;
  readonly rule: Rule;
  readonly head: Oid;
}

class RepositoryRun {
  readonly checks: Check[] = [];
  readonly totals = { chains: 0, envelopes: 0, records: 0, bytes: 0 };

  constructor(
    private readonly ports: VerifyPorts,
    private readonly request: VerifyRequest,
  ) {}

  async all(): Promise<void> {
    const { backend, engine } = this.ports;
    const { verdict, history } = await verifyTrust({ backend, engine }, { pin: this.request.pin });
    this.#count(verdict);
    if (history === null) return;
    const chains = await this.#chains();
    for (const chain of chains) {
      if (chain.chain !== TRUST_CHAIN) await this.#chain(chain, history);
      this.request.signal?.throwIfAborted();
    }
    if (this.request.proofs !== false) await this.#proofs(chains, history);
  }

  /** The chains to look at. A ref without a place fails; a damaged one does too, and the others are looked at all the same. */
  async #chains(): Promise<Chain[]> {
    const chains: Chain[] = [];
    for (const { name, oid } of await this.ports.backend.refs.list(REF_PREFIX)) {
      const chain = chainOfRef(name) ?? name;
      if (this.request.only !== undefined && !this.request.only.some((prefix) => chain.startsWith(prefix))) continue;
      const rule = ruleFor(RULES, chain);
      if (rule === null) this.checks.push(failed('place', name, chainError('foreign-ref', { ref: name })));
      else if (rule.movement !== 'local') chains.push({ chain, rule, head: oid });
    }
    return chains;
  }

  async #chain({ chain, rule, head }: Chain, trust: TrustHistory): Promise<void> {
    const { backend, engine } = this.ports;
    const context: ChainContext = { backend, engine, repo: trust.repo, authorize: trust.authorize };
    this.#count(await verifyChain(context, { chain, rule, head }, this.request));
  }

  async #proofs(chains: readonly Chain[], trust: TrustHistory): Promise<void> {
    const states = chains.filter(({ chain }) => chain.startsWith('state/'));
    for (const { chain, head } of states) {
      if (this.checks.some((check) => check.subject === chain && check.outcome !== 'pass')) continue;
      this.checks.push(...(await checkProofs({ ...this.ports, trust }, { chain, head }, this.request)));
    }
  }

  #count({ checks, envelopes, records, bytes }: ChainVerdict): void {
    this.checks.push(...checks);
    this.totals.chains += 1;
    this.totals.envelopes += envelopes;
    this.totals.records += records;
    this.totals.bytes += bytes;
  }
}
