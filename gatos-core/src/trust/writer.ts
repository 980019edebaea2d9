/** Who writes, and under what: the part of every append that does not depend on the chain. */
import type { AppendRequest } from '../chain/index.js';
import { type Cid, formatKey } from '../codec/index.js';
import type { Signer } from '../identity/index.js';
import type { GatosError } from '../kernel/index.js';
import { refuseKey } from './authority.js';
import type { TrustHistory } from './history.js';

export interface Writer {
  readonly actor: string;
  readonly signer: Signer;
  readonly trust: TrustHistory;
  /** The policy in force, which everything that is written cites; null: none is. */
  readonly policyRoot: Cid | null;
}

export interface WrittenPlace extends Pick<AppendRequest, 'chain' | 'rule' | 'expected' | 'prepare'> {
  /** The largest clock that was seen of what this record is about, asked for at every attempt; default: none. */
  readonly seen?: (() => number) | undefined;
}

/** The append of one writer to one chain, after trust and whatever else was seen. */
export function requestBy(writer: Writer, { seen, ...place }: WrittenPlace): AppendRequest {
  const { actor, signer, trust, policyRoot } = writer;
  return {
    ...place,
    repo: trust.repo,
    actor,
    policy: policyRoot,
    signers: [signer],
    authorize: trust.authorize,
    floor: async () => Math.max(trust.head.clock, seen?.() ?? 0),
  };
}

/** Why what this writer appends to a chain now would be refused, or null. `time` in µs since the epoch. */
export function refuseWriter(
  { actor, signer, trust }: Writer,
  { chain, time }: { chain: string; time: number },
): GatosError | null {
  const known = trust.state.keys.get(formatKey(signer.key));
  return refuseKey(known, { actor, chain, clock: trust.head.clock + 1, time }, signer.key);
}
