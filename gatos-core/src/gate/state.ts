/**
 * What a gate that stays remembers from one push to the next. Everything is keyed by the object that it was made from, so it never
 * goes stale and never changes a verdict: it only saves reading and verifying again.
 */
import type { ChainHead } from '../chain/index.js';
import type { VerifiedProof } from '../fold/index.js';
import { LedgerMemo } from '../governance/index.js';
import type { ActivePolicy } from '../policy/index.js';
import type { TrustHistory } from '../trust/index.js';

/** What one checkpoint sealed. */
export interface Seal {
  readonly state: string;
  readonly ns: string;
  /** The largest clock that it folded. */
  readonly clock: number;
}

/** The most recently used values by key. */
export class Recent<T> {
  readonly #values = new Map<string, T>();

  constructor(private readonly room: number) {}

  /** The value of a key, made when it is not there. What could not be made is not kept. */
  async get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#values.get(key);
    const value = known ?? (await make());
    this.set(key, value);
    return value;
  }

  set(key: string, value: T): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size <= this.room) return;
    const [oldest] = this.#values.keys();
    if (oldest !== undefined) this.#values.delete(oldest);
  }
}

const TRUST_KEPT = 8;
const POLICIES_KEPT = 4;
const HEADS_KEPT = 65_536;
const SEALS_KEPT = 4096;
/** Each holds a whole state. */
const PROOFS_KEPT = 8;

export class GateState {
  /** By pin and head of the trust chain. */
  readonly trust: Recent<TrustHistory> = new Recent(TRUST_KEPT);
  /** By head of `policies/active`. */
  readonly policies: Recent<ActivePolicy> = new Recent(POLICIES_KEPT);
  /** By commit. */
  readonly heads: Recent<ChainHead> = new Recent(HEADS_KEPT);
  /** By commit of the checkpoint. */
  readonly seals: Recent<Seal> = new Recent(SEALS_KEPT);
  /** By commit of the checkpoint. */
  readonly proofs: Recent<VerifiedProof> = new Recent(PROOFS_KEPT);
  readonly ledger: LedgerMemo = new LedgerMemo();
}
