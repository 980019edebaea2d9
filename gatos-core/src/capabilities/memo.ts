/** What was verified before: a capability whose id and signature hold, by its bytes; a chain of them, by what the log held. */
import { bytesEqual, LIMITS } from '../kernel/index.js';
import type { HeldCapability } from './held.js';
import type { Standing } from './stages.js';

interface KnownChain {
  /** Of the log and of trust, when it was looked at. */
  readonly heads: string;
  readonly standing: Standing;
}

/** Kept by whoever checks often. Bounded; the oldest is forgotten first. */
export class CapabilityMemo {
  readonly #verified = new Map<string, HeldCapability>();
  readonly #chains = new Map<string, KnownChain>();

  /** The capability with these bytes, when its id and signature were found to hold. Bytes that hold do so for ever. */
  verified(hex: string, bytes: Uint8Array): HeldCapability | undefined {
    const known = this.#verified.get(hex);
    return known !== undefined && bytesEqual(known.bytes, bytes) ? known : undefined;
  }

  keepVerified(held: HeldCapability): void {
    keep(this.#verified, held.hex, held);
  }

  /** What was found of a chain while log and trust were at these heads. */
  chain(hex: string, heads: string): Standing | undefined {
    const known = this.#chains.get(hex);
    return known?.heads === heads ? known.standing : undefined;
  }

  keepChain(hex: string, known: KnownChain): void {
    keep(this.#chains, hex, known);
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= LIMITS.capabilityMemo) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
