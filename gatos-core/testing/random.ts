/**
 * A deterministic source of randomness for tests. The generator is xoshiro128** 1.1 by David Blackman and Sebastiano Vigna
 * ("Scrambled linear pseudorandom number generators", ACM Transactions on Mathematical Software 47, 2021; reference code in
 * the public domain at https://prng.di.unimi.it/xoshiro128starstar.c). Not for keys.
 */
import { invariant, type Random } from '../src/kernel/index.js';

type State = [number, number, number, number];

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** Steps the generator: 32 bits as an unsigned number. */
export function xoshiro128(state: State): number {
  const result = Math.imul(rotl(Math.imul(state[1], 5), 7), 9) >>> 0;
  const t = state[1] << 9;
  state[2] ^= state[0];
  state[3] ^= state[1];
  state[1] ^= state[2];
  state[0] ^= state[3];
  state[2] ^= t;
  state[3] = rotl(state[3], 11);
  return result;
}

/** Spreads one number over the state. The mixing is MurmurHash3's 32-bit finalizer over a Weyl sequence (as in SplitMix). */
function stateFrom(seed: number): State {
  let weyl = seed | 0;
  const next = (): number => {
    weyl = (weyl + 0x9e3779b9) | 0;
    let z = weyl;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  return [next(), next(), next(), next()];
}

/** The same seed gives the same values on every machine. */
export class SeededRandom implements Random {
  readonly #state: State;
  constructor(seed: number) {
    this.#state = stateFrom(seed);
  }

  /** 0 … 2^32 - 1. */
  uint32(): number {
    return xoshiro128(this.#state);
  }

  /** 0 … `bound` - 1; `bound` is an integer of 1 … 2^32. */
  below(bound: number): number {
    invariant(Number.isInteger(bound) && bound >= 1 && bound <= 2 ** 32, 'bound is in 1 … 2^32');
    // Multiplication keeps the high bits; the bias is below bound / 2^32
    return Math.floor((this.uint32() / 2 ** 32) * bound);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.uint32() < probability * 2 ** 32;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.uint32() >>> 24);
  }

  /** A generator of its own, which later calls of this one do not touch. */
  fork(label: string): SeededRandom {
    // FNV-1a, draft-eastlake-fnv
    let hash = 0x811c9dc5;
    for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
    return new SeededRandom(this.uint32() ^ hash);
  }
}

/** A generator that starts from this number. */
export function seededRandom(seed: number): SeededRandom {
  return new SeededRandom(seed);
}
