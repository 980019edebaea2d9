/**
 * The picture that a clone has of the remote whose word counts: what is there is fetched, verified, and taken over by fast-forward, as
 * a sync does. Nothing is pushed, and what is newer here is left alone.
 */
import {
  GatosError,
  isGatosError,
  type LongCall,
  type Oid,
  prefixTest,
  REF_PREFIX,
  refOfChain,
  TRUST_CHAIN,
  type TrustHistory,
} from 'gatos-core';
import { transportError } from '../errors.js';
import {
  bringHeads,
  byStage,
  type ExchangeContext,
  listRefs,
  type Movement,
  meetChain,
  meetPruned,
  meetTrust,
  type Refused,
  sortRefs,
} from '../sync/index.js';
import { reaching } from './reaching.js';

export interface RefreshRequest extends LongCall {
  /** Refs that are looked at: each ends in `/`, or is a full name. The trust chain always is. Default: all below `refs/gatos/`. */
  readonly prefixes?: readonly string[] | undefined;
}

export interface Refreshed {
  readonly taken: readonly Movement[];
  /** Chains that were left as they are, each with its fault. */
  readonly refused: readonly Refused[];
}

/** What `look` has found of these refs. */
export interface Seen {
  readonly found: ReadonlyMap<string, Oid>;
  readonly prefixes: readonly string[];
}

const TRUST = refOfChain(TRUST_CHAIN);
/** Another process of this clone may take over the same heads: so often we look again. */
const TRIES = 8;

interface Settled {
  readonly ours: Oid | null;
  readonly theirs: Oid;
  readonly error: GatosError | null;
}

export class Mirror {
  readonly #context: ExchangeContext;
  /** The trust history at this head. */
  #trust: { readonly head: Oid; readonly history: TrustHistory } | null = null;
  /** Chains that stand so and cannot be taken over: not looked into again until one end moves. */
  readonly #settled = new Map<string, Settled>();
  /** One at a time: two would fetch the same. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(context: ExchangeContext) {
    this.#context = context;
  }

  /** What the remote holds now of these refs, and of the trust chain. Throws `remote/unreachable`. */
  look(prefixes: readonly string[], { signal }: LongCall = {}): Promise<ReadonlyMap<string, Oid>> {
    const { at } = this.#context;
    return reaching(at.remote, () => listRefs(signalled(at, { signal }), [...new Set([...prefixes, TRUST])]));
  }

  /** Looks, and takes over what it saw. Throws as those do. */
  refresh({ prefixes = [REF_PREFIX], ...call }: RefreshRequest = {}): Promise<Refreshed> {
    return this.#alone(async () => this.#follow({ found: await this.look(prefixes, call), prefixes }, call));
  }

  /**
   * Fetches what `look` has found and this clone has not, and takes over what verifies. Throws `remote/unreachable`, and for the trust
   * chain as a sync.
   */
  take(seen: Seen, call: LongCall = {}): Promise<Refreshed> {
    return this.#alone(() => this.#follow(seen, call));
  }

  #alone<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(body, body);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #follow({ found, prefixes }: Seen, call: LongCall): Promise<Refreshed> {
    const { at, backend } = this.#context;
    const { heads, unknown } = sortRefs(found);
    const refused = unknown.map((chain) => ({
      chain,
      error: transportError('unknown-ref', { chain, remote: at.remote, others: 0 }),
    }));
    const ours = await this.#ours([...prefixes, TRUST]);
    const present = new Set([...heads].filter(([chain, oid]) => ours.get(chain) === oid).map(([chain]) => chain));
    const moved = [...heads.keys()].filter((chain) => !present.has(chain));
    if (moved.length === 0) return { taken: [], refused };
    const asked = prefixes.map(prefixTest);
    const isWithin = (chain: string) => asked.some((isBelow) => isBelow(REF_PREFIX + chain));
    const known = this.#knownAsIs(heads, { ours, moved });
    const brought = await reaching(at.remote, () =>
      bringHeads(signalled(at, call), backend, { heads, within: isWithin, present: new Set([...present, ...known]) }),
    );
    for (const chain of brought.missing)
      refused.push({ chain, error: transportError('not-fetched', { chain, remote: at.remote }) });
    const taken = await this.#takeAll({ heads: brought.heads, moved }, { refused, call });
    return { taken, refused };
  }

  async #ours(prefixes: readonly string[]): Promise<ReadonlyMap<string, Oid>> {
    const { refs } = this.#context.backend;
    const heads = new Map<string, Oid>();
    for (const prefix of prefixes)
      for (const { name, oid } of await refs.list(prefix)) heads.set(name.slice(REF_PREFIX.length), oid);
    return heads;
  }

  /** Those of which nothing has changed since they could not be taken over. */
  #knownAsIs(
    heads: ReadonlyMap<string, Oid>,
    { ours, moved }: { readonly ours: ReadonlyMap<string, Oid>; readonly moved: readonly string[] },
  ): string[] {
    return moved.filter((chain) => {
      const settled = this.#settled.get(chain);
      return settled?.ours === (ours.get(chain) ?? null) && settled?.theirs === heads.get(chain);
    });
  }

  async #takeAll(
    { heads, moved }: { readonly heads: ReadonlyMap<string, Oid>; readonly moved: readonly string[] },
    { refused, call }: { readonly refused: Refused[]; readonly call: LongCall },
  ): Promise<readonly Movement[]> {
    const taken: Movement[] = [];
    const trust = await this.#meetTrust(heads.get(TRUST_CHAIN) ?? null, taken);
    for (const chain of [...moved].sort(byStage)) {
      const theirs = heads.get(chain);
      if (chain === TRUST_CHAIN || theirs === undefined) continue;
      call.signal?.throwIfAborted();
      try {
        const movement = await this.#takeChain({ chain, theirs }, trust, call);
        if (movement !== null) taken.push(movement);
      } catch (error) {
        if (!(error instanceof GatosError)) throw error;
        refused.push({ chain, error });
      }
    }
    return taken;
  }

  async #meetTrust(theirs: Oid | null, taken: Movement[]): Promise<TrustHistory> {
    const ours = await this.#context.backend.refs.read(TRUST);
    if (this.#trust !== null && this.#trust.head === ours && (theirs === null || theirs === ours))
      return this.#trust.history;
    const met = await repeating(() => meetTrust(this.#context, theirs));
    const head = met.relation === 'behind' ? met.theirs : met.ours;
    if (head !== null) this.#trust = { head, history: met.history };
    // Who may write is judged by it.
    this.#settled.clear();
    if (met.relation === 'behind' && theirs !== null) taken.push({ chain: TRUST_CHAIN, from: met.ours, to: theirs });
    return met.history;
  }

  async #takeChain(
    { chain, theirs }: { readonly chain: string; readonly theirs: Oid },
    trust: TrustHistory,
    call: LongCall,
  ): Promise<Movement | null> {
    const { backend } = this.#context;
    const { refs } = backend;
    let ours = await refs.read(refOfChain(chain));
    const settled = this.#settled.get(chain);
    if (settled !== undefined && settled.ours === ours && settled.theirs === theirs) {
      if (settled.error !== null) throw settled.error;
      return null;
    }
    const settle = (error: GatosError | null) => this.#settled.set(chain, { ours, theirs, error });
    try {
      const { relation } = await repeating(async () => {
        ours = await refs.read(refOfChain(chain));
        // What was pruned is not brought back.
        if ((await meetPruned(backend, { chain, ours, theirs })) !== null) return { relation: 'ahead' as const };
        return meetChain({ ...this.#context, trust }, { chain, ours, theirs }, call);
      });
      if (relation === 'diverged')
        throw transportError('diverged', { chain, local: ours ?? '', remote: theirs, remedy: 'none' });
      if (relation === 'behind') return { chain, from: ours, to: theirs };
      if (relation === 'ahead') settle(null);
      return null;
    } catch (error) {
      if (error instanceof GatosError && !isTemporary(error)) settle(error);
      throw error;
    }
  }
}

/** As often as another process of this clone moves the ref meanwhile. */
async function repeating<T>(body: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await body();
    } catch (error) {
      if (left === 0 || !isGatosError(error, 'git/ref-moved')) throw error;
    }
  }
}

/** May the same chain do in a while? What was found wrong stays so. */
function isTemporary({ kind, code }: GatosError): boolean {
  return kind === 'unavailable' || code.startsWith('git/');
}

function signalled<T extends object>(at: T, { signal }: LongCall): T {
  return signal === undefined ? at : { ...at, signal };
}
