/** Reading and verifying the trust chain: every change judged by the state before it. */
import {
  type Authorize,
  type ChainEntry,
  type ChainHead,
  type ChainVerdict,
  chainError,
  type Envelope,
  type Rule,
  readEntry,
  recordBody,
  refOfChain,
  verifyChain,
} from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { GatosError, invariant, isGatosError } from '../kernel/index.js';
import { authorizeByThreshold, authorizer, type DatedMandate } from './authority.js';
import { trustError } from './errors.js';
import { TRUST_RULE } from './rules.js';
import { CHANGE_KIND, GENESIS_KIND, TRUST_CHAIN, type TrustChange } from './schema.js';
import { draftOfGenesis, type Place, type StateDraft, type TrustState } from './state.js';

/** The trust chain, verified up to `head`. */
export interface TrustHistory {
  /** CID of the genesis envelope: the identity of the repository. */
  readonly repo: Cid;
  readonly state: TrustState;
  readonly head: ChainHead;
  /** Judges envelopes of all other chains. */
  readonly authorize: Authorize;
}

export interface TrustPorts {
  readonly backend: GitBackend;
  readonly engine: SignatureEngine;
  /** The genesis this clone was pinned to; another one is `trust/other-genesis`. */
  readonly pin?: Cid | undefined;
}

export interface TrustOptions {
  /** As in the ports, and before it. */
  readonly pin?: Cid | undefined;
  /** Verify up to this commit; default: where `refs/gatos/trust` points. */
  readonly head?: Oid | undefined;
}

export interface TrustVerdict {
  readonly verdict: ChainVerdict;
  readonly history: TrustHistory | null;
}

/** Verifies the trust chain. Throws `trust/no-genesis` when there is none, and as the git port when its head cannot be read. */
export async function verifyTrust(ports: TrustPorts, options: TrustOptions = {}): Promise<TrustVerdict> {
  const { backend, engine } = ports;
  const head = options.head ?? (await backend.refs.read(refOfChain(TRUST_CHAIN)));
  if (head === null) throw trustError('no-genesis', {});
  const run = new TrustRun(engine);
  const verdict = await verifyChain(
    { backend, engine, repo: await genesisOf(backend, head), authorize: run.authorize },
    { chain: TRUST_CHAIN, rule: pinned(options.pin ?? ports.pin), head },
    { onEntry: (entry) => run.apply(entry) },
  );
  if (verdict.fault !== null) return { verdict, history: null };
  const { repo, state, mandates } = run;
  invariant(repo !== null && state !== null && verdict.head !== null, 'a valid trust chain has a genesis');
  return { verdict, history: { repo, state, head: verdict.head, authorize: authorizer(state, mandates) } };
}

/** The verified trust chain. Throws `trust/no-genesis`, `trust/other-genesis`, or the fault that makes the chain invalid. */
export async function openTrust(ports: TrustPorts, options?: TrustOptions): Promise<TrustHistory> {
  const { verdict, history } = await verifyTrust(ports, options);
  if (history !== null) return history;
  invariant(verdict.fault !== null, 'a verdict has a history or a fault');
  throw verdict.fault;
}

/** The repository that a trust chain claims to be of; whether it is true shows when the genesis is reached. */
async function genesisOf(backend: GitBackend, head: Oid): Promise<Cid> {
  const { envelope } = await readEntry(backend, head);
  return envelope.repo ?? envelope.cid;
}

/** The rule of the trust chain for a clone that was pinned to a genesis. */
function pinned(pin: Cid | undefined): Rule {
  if (pin === undefined) return TRUST_RULE;
  return {
    ...TRUST_RULE,
    admit: (envelope, chain) => {
      const found = envelope.repo ?? envelope.cid;
      if (!found.equals(pin)) return trustError('other-genesis', { pinned: String(pin), found: String(found) });
      return TRUST_RULE.admit?.(envelope, chain) ?? null;
    },
  };
}

/** The changes that a checked envelope holds. */
export function changesIn(envelope: Envelope): readonly TrustChange[] {
  return Array.from({ length: envelope.count }, (_, i) => recordBody(envelope, i, CHANGE_KIND));
}

/** What a body would make; a body that makes no sense at its place is a record that is malformed. */
function sensible<T>(at: { readonly commit: Oid; readonly seq: () => number }, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!isGatosError(error, 'trust/bad-change')) throw error;
    const { commit, seq } = at;
    throw chainError('bad-record', { chain: TRUST_CHAIN, commit, seq: seq(), why: error.message }, { cause: error });
  }
}

class TrustRun {
  repo: Cid | null = null;
  /** Who decided at which place in history: what needs the threshold elsewhere is judged by it. */
  readonly mandates: DatedMandate[] = [];
  /** Grows with every change: each is judged by what it is before that change is applied. */
  #draft: StateDraft | null = null;

  constructor(private readonly engine: SignatureEngine) {}

  get state(): TrustState | null {
    return this.#draft?.state() ?? null;
  }

  readonly authorize: Authorize = (envelope, signatures) => {
    const { state } = this;
    if (state !== null) return authorizeByThreshold(state, envelope, signatures);
    const genesis = this.#genesis(envelope);
    // Genesis is judged by the state that it makes. One that makes none is refused when it is applied.
    return genesis instanceof GatosError ? null : authorizeByThreshold(genesis.state(), envelope, signatures);
  };

  apply(entry: ChainEntry): void {
    if (this.#draft === null) this.#draft = this.#found(entry);
    else this.#change(this.#draft, entry);
    const { roots, threshold } = this.#draft.state();
    const last = this.mandates.at(-1);
    if (last?.roots === roots && last.threshold === threshold) return;
    this.mandates.push({ from: entry.envelope.clock, roots, threshold });
  }

  #found({ oid: commit, envelope }: ChainEntry): StateDraft {
    const draft = sensible({ commit, seq: () => 0 }, () => {
      const genesis = this.#genesis(envelope);
      if (genesis instanceof GatosError) throw genesis;
      return genesis;
    });
    this.repo = envelope.cid;
    return draft;
  }

  #genesis(envelope: Envelope): StateDraft | GatosError {
    if (envelope.count !== 1) return trustError('misplaced-genesis', { why: 'it holds more than one record' });
    try {
      // The founding keys were there before the genesis that they sign.
      const place = { ...this.#placeOf(envelope), clock: envelope.clock - 1 };
      return draftOfGenesis(recordBody(envelope, 0, GENESIS_KIND), place);
    } catch (error) {
      if (error instanceof GatosError) return error;
      throw error;
    }
  }

  #change(draft: StateDraft, { oid: commit, envelope }: ChainEntry): void {
    const place = this.#placeOf(envelope);
    let applied = 0;
    sensible({ commit, seq: () => envelope.seq + applied }, () => {
      for (const change of changesIn(envelope)) {
        draft.apply(change, place);
        applied += 1;
      }
    });
  }

  #placeOf({ clock }: Envelope): Place {
    return { clock, isRegistrable: (key) => this.engine.isRegistrable(key) };
  }
}
