/** One exchange with a remote: trust first, then every chain, then what is newer here. */
import { type Cid, GatosError, type Oid, REF_PREFIX, refOfChain, TRUST_CHAIN, type TrustHistory } from 'gatos-core';
import { transportError } from '../errors.js';
import { diverged, type ExchangeContext, type Met, meetChain, meetTrust } from './advance.js';
import { bringHeads } from './bring.js';
import { meetPruned } from './prune.js';
import { Push } from './push.js';
import { canRejoin, givesWay, rejoin } from './rejoin.js';
import { refuseLedger } from './rejoin-index.js';
import type { Heads } from './relation.js';
import { listRemote, placeOf, type RemoteRefs } from './remote.js';
import type { Movement, PrunedSegment, ReEmission, Refused, RolledBack } from './request.js';
import type { RoundContext } from './round-context.js';
import { byStage } from './stage.js';
import { meetTopics } from './topics.js';

export class Round {
  readonly taken: Movement[] = [];
  readonly pushed: Movement[] = [];
  readonly reEmitted: ReEmission[] = [];
  readonly rolledBack: RolledBack[] = [];
  readonly pruned: PrunedSegment[] = [];
  readonly refused: Refused[] = [];
  /** Did the remote move while we were at it? */
  overtaken = false;
  readonly #push: Push;

  constructor(readonly context: RoundContext) {
    this.#push = new Push(context);
  }

  /** Returns the genesis. Throws what concerns all chains: `transport/no-trust`, `trust/*`, `git/git-failed`. */
  async run(): Promise<Cid> {
    const { request } = this.context;
    const theirs = await this.#fetch();
    const trust = await this.#trust(theirs.heads.get(TRUST_CHAIN) ?? null);
    await this.#chains(theirs.heads, trust);
    if (request.push) {
      const { pushed, pruned, refused, overtaken } = await this.#push.run(trust, this.refused);
      this.pushed.push(...pushed);
      this.pruned.push(...pruned);
      this.refused.push(...refused);
      this.overtaken = overtaken;
    }
    return trust.repo;
  }

  /** Brings the remote's chains into its own namespace and returns those that are there now. */
  async #fetch(): Promise<{ readonly heads: Map<string, Oid> }> {
    const { at, workspace } = this.context;
    const { heads, unknown } = await listRemote(at);
    this.#refuseUnknown(unknown);
    const brought = await bringHeads(at, workspace.backend, { heads });
    for (const chain of brought.missing) {
      this.refused.push({ chain, error: transportError('not-fetched', { chain, remote: at.remote }) });
    }
    return brought;
  }

  #refuseUnknown(unknown: RemoteRefs['unknown']): void {
    const [chain] = unknown;
    if (chain === undefined) return;
    const { remote } = this.context.at;
    this.refused.push({ chain, error: transportError('unknown-ref', { chain, remote, others: unknown.length - 1 }) });
  }

  /** The trust chain first: everything else is judged by it. */
  async #trust(theirs: Oid | null): Promise<TrustHistory> {
    const unfetched = this.refused.find(({ chain }) => chain === TRUST_CHAIN);
    if (unfetched !== undefined) throw unfetched.error;
    const { history, ...met } = await meetTrust(this.#exchange, theirs);
    this.#note(TRUST_CHAIN, met);
    return history;
  }

  get #exchange(): ExchangeContext {
    const { at, pin, workspace } = this.context;
    return { at, pin, backend: workspace.backend, engine: workspace.engine };
  }

  #note(chain: string, { ours, theirs, relation }: Met): void {
    if (relation === 'behind' && theirs !== null) this.taken.push({ chain, from: ours, to: theirs });
    if (relation === 'ahead' && ours !== null) this.#push.add({ chain, from: theirs, to: ours });
  }

  async #chains(theirs: ReadonlyMap<string, Oid>, trust: TrustHistory): Promise<void> {
    const { request } = this.context;
    await this.#topics(theirs, trust);
    const ours = await this.#ours();
    const refused = new Set(this.refused.map(({ chain }) => chain));
    const names = [...new Set([...theirs.keys(), ...ours.keys()])].filter(
      (chain) => chain !== TRUST_CHAIN && placeOf(chain) === 'shared' && !refused.has(chain),
    );
    for (const chain of names.sort(byStage)) {
      try {
        await this.#chain(chain, { ours: ours.get(chain) ?? null, theirs: theirs.get(chain) ?? null }, trust);
      } catch (error) {
        if (!(error instanceof GatosError)) throw error;
        this.refused.push({ chain, error });
      }
      request.signal?.throwIfAborted();
    }
  }

  async #ours(): Promise<Map<string, Oid>> {
    const listed = await this.context.workspace.backend.refs.list(REF_PREFIX);
    return new Map(listed.map(({ name, oid }) => [name.slice(REF_PREFIX.length), oid]));
  }

  /** Before the single chains: what is joined is newer here then, and what could not be is left alone. */
  async #topics(theirs: ReadonlyMap<string, Oid>, trust: TrustHistory): Promise<void> {
    const { reEmitted, rolledBack, refused } = await meetTopics(
      this.context,
      { ours: await this.#ours(), theirs },
      trust,
    );
    this.reEmitted.push(...reEmitted);
    this.rolledBack.push(...rolledBack);
    this.refused.push(...refused);
  }

  async #chain(chain: string, { ours: listed, theirs }: Heads, trust: TrustHistory): Promise<void> {
    const { workspace, request } = this.context;
    // A re-emission may have moved a state since the refs were listed.
    const ours = chain.startsWith('state/') ? await workspace.backend.refs.read(refOfChain(chain)) : listed;
    if (await this.#prune(chain, { ours, theirs })) return;
    const met = await meetChain({ ...this.#exchange, trust }, { chain, ours, theirs }, request);
    this.#note(chain, met);
    if (met.relation === 'diverged' && ours !== null && theirs !== null)
      await this.#rejoin(chain, { ours, theirs }, trust);
  }

  /** True: a summary has taken its place, and there is nothing left to exchange. */
  async #prune(chain: string, heads: Heads): Promise<boolean> {
    const met = await meetPruned(this.context.workspace.backend, { chain, ...heads });
    if (met === null) return false;
    if (met.here !== null) this.pruned.push({ chain, from: met.here, where: 'here' });
    if (met.there !== null) this.#push.prune({ chain, from: met.there, where: 'remote' });
    return true;
  }

  async #rejoin(chain: string, { ours, theirs }: { ours: Oid; theirs: Oid }, trust: TrustHistory): Promise<void> {
    await refuseLedger(this.context, { chain, ours, theirs });
    const possible = canRejoin(this.context, chain);
    const signs = !(await givesWay(this.context, { chain, ours, theirs }));
    if (!possible || (signs && this.context.request.reEmit !== true)) {
      throw diverged(chain, { ours, theirs, remedy: possible ? 're-emit' : 'none' });
    }
    const { reEmitted, rolledBack } = await rejoin(this.context, { chain, ours, theirs }, trust);
    this.reEmitted.push(...reEmitted);
    this.rolledBack.push(...rolledBack);
    for (const { to } of reEmitted) if (to !== theirs) this.#push.add({ chain, from: theirs, to });
  }
}
