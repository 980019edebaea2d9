/** One exchange with a remote: trust first, then every chain, then what is newer here. */
import {
  type Cid,
  GatosError,
  type Oid,
  REF_PREFIX,
  RULES,
  refOfChain,
  ruleFor,
  TRUST_CHAIN,
  type TrustHistory,
  verifyTrust,
} from 'gatos-core';
import { transportError } from '../errors.js';
import type { Workspace } from '../workspace.js';
import { Push } from './push.js';
import { canRejoin, rejoin } from './rejoin.js';
import { type Heads, relate } from './relation.js';
import { fetchChains, listRemote, placeOf, type RemoteRefs, track, trackedHeads } from './remote.js';
import type { Movement, ReEmission, Refused, RolledBack } from './request.js';
import type { RoundContext } from './round-context.js';
import { byStage } from './stage.js';
import { requireValid } from './verify.js';

export class Round {
  readonly taken: Movement[] = [];
  readonly pushed: Movement[] = [];
  readonly reEmitted: ReEmission[] = [];
  readonly rolledBack: RolledBack[] = [];
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
      const { pushed, refused, overtaken } = await this.#push.run(trust, this.refused);
      this.pushed.push(...pushed);
      this.refused.push(...refused);
      this.overtaken = overtaken;
    }
    return trust.repo;
  }

  /** Brings the remote's chains into its own namespace and returns those that are there now. */
  async #fetch(): Promise<{ readonly heads: Map<string, Oid> }> {
    const { at, workspace } = this.context;
    const { backend } = workspace;
    const { heads, unknown } = await listRemote(at);
    this.#refuseUnknown(unknown);
    const before = await trackedHeads(backend, at.remote);
    // What is gone goes first: a folder cannot be where a chain was.
    const gone = [...before].filter(([chain]) => !heads.has(chain));
    await track(
      backend,
      at.remote,
      gone.map(([chain, from]) => ({ chain, from, to: null })),
    );
    const wanted = new Set([...heads].filter(([chain, oid]) => before.get(chain) !== oid).map(([chain]) => chain));
    await fetchChains(at, [...wanted]);
    const now = await trackedHeads(backend, at.remote);
    // A ref that moved since it was listed was fetched as it is now; one that git refused to fetch is as it was, or absent.
    for (const [chain] of heads) {
      const tracked = now.get(chain);
      if (tracked === undefined || (wanted.has(chain) && tracked === before.get(chain))) {
        heads.delete(chain);
        this.refused.push({ chain, error: transportError('not-fetched', { chain, remote: at.remote }) });
      } else heads.set(chain, tracked);
    }
    return { heads };
  }

  #refuseUnknown(unknown: RemoteRefs['unknown']): void {
    const [chain] = unknown;
    if (chain === undefined) return;
    const { remote } = this.context.at;
    this.refused.push({ chain, error: transportError('unknown-ref', { chain, remote, others: unknown.length - 1 }) });
  }

  /** The trust chain first: everything else is judged by it. */
  async #trust(theirs: Oid | null): Promise<TrustHistory> {
    const { workspace, at, pin } = this.context;
    const { backend, engine } = workspace;
    const ours = await backend.refs.read(refOfChain(TRUST_CHAIN));
    const unfetched = this.refused.find(({ chain }) => chain === TRUST_CHAIN);
    if (unfetched !== undefined) throw unfetched.error;
    const [first] = [theirs, ours].filter((head) => head !== null);
    if (first === undefined) throw transportError('no-trust', { remote: at.remote });
    // Theirs is verified by itself before it is compared: another genesis is not just another history.
    const mine = ours === null || ours === theirs ? null : await openTrustAt({ backend, engine }, { head: ours, pin });
    const other =
      theirs === null ? null : await openTrustAt({ backend, engine }, { head: theirs, pin: pin ?? mine?.repo });
    const relation = await relate({ ...at, backend }, { ours, theirs });
    if (relation === 'diverged') throw diverged(TRUST_CHAIN, { ours, theirs, remedy: 'none' });
    if (relation === 'behind' && theirs !== null) await this.#take({ chain: TRUST_CHAIN, from: ours, to: theirs });
    if (relation === 'ahead' && ours !== null) this.#push.add({ chain: TRUST_CHAIN, from: theirs, to: ours });
    const history = relation === 'ahead' ? mine : other;
    if (history === null) throw transportError('no-trust', { remote: at.remote });
    return history;
  }

  async #chains(theirs: ReadonlyMap<string, Oid>, trust: TrustHistory): Promise<void> {
    const { workspace, request } = this.context;
    const listed = await workspace.backend.refs.list(REF_PREFIX);
    const ours = new Map(listed.map(({ name, oid }) => [name.slice(REF_PREFIX.length), oid]));
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

  async #chain(chain: string, { ours: listed, theirs }: Heads, trust: TrustHistory): Promise<void> {
    const { workspace, request, at } = this.context;
    const { backend, engine } = workspace;
    // A re-emission may have moved a state since the refs were listed.
    const ours = chain.startsWith('state/') ? await backend.refs.read(refOfChain(chain)) : listed;
    const relation = await relate({ ...at, backend }, { ours, theirs });
    if (ruleFor(RULES, chain)?.movement === 'create-once' && ours !== null && theirs !== null && ours !== theirs) {
      throw diverged(chain, { ours, theirs, remedy: 'none' });
    }
    if (relation === 'behind' && theirs !== null) {
      const where = `from \`${at.remote}\``;
      await requireValid({ backend, engine, trust }, { chain, head: theirs, from: ours, where }, request);
      await this.#take({ chain, from: ours, to: theirs });
    } else if (relation === 'ahead' && ours !== null) this.#push.add({ chain, from: theirs, to: ours });
    else if (relation === 'diverged' && ours !== null && theirs !== null)
      await this.#rejoin(chain, { ours, theirs }, trust);
  }

  async #rejoin(chain: string, { ours, theirs }: { ours: Oid; theirs: Oid }, trust: TrustHistory): Promise<void> {
    const possible = canRejoin(this.context, chain);
    if (!possible || this.context.request.reEmit !== true) {
      throw diverged(chain, { ours, theirs, remedy: possible ? 're-emit' : 'none' });
    }
    const { reEmitted, rolledBack } = await rejoin(this.context, { chain, ours, theirs }, trust);
    this.reEmitted.push(...reEmitted);
    this.rolledBack.push(...rolledBack);
    for (const { to } of reEmitted) if (to !== theirs) this.#push.add({ chain, from: theirs, to });
  }

  async #take(movement: Movement): Promise<void> {
    const { chain, from, to } = movement;
    await this.context.workspace.backend.refs.transaction([{ name: refOfChain(chain), expected: from, next: to }]);
    this.taken.push(movement);
  }
}

async function openTrustAt(
  ports: Pick<Workspace, 'backend' | 'engine'>,
  at: { readonly head: Oid; readonly pin: Cid | undefined },
): Promise<TrustHistory> {
  const { verdict, history } = await verifyTrust(ports, at);
  if (history === null) throw verdict.fault ?? transportError('no-trust', { remote: '' });
  return history;
}

function diverged(
  chain: string,
  { ours, theirs, remedy }: Heads & { readonly remedy: 're-emit' | 'none' },
): GatosError {
  return transportError('diverged', { chain, local: ours ?? '', remote: theirs ?? '', remedy });
}
