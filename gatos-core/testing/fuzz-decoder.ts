/** Fuzzing of a decoder of foreign bytes: whatever it is given, it gives a value or a fault of its own. */
import { formatHex } from '../src/codec/index.js';
import { isGatosError } from '../src/kernel/index.js';
import { generator, mutateBytes } from './mutate-bytes.js';

export interface FuzzRequest {
  /** Bytes that it takes. */
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  readonly runs: number;
  /** What it may throw. Default: any GatosError. */
  readonly isFault?: ((error: unknown) => boolean) | undefined;
}

export interface FuzzTally {
  readonly values: number;
  readonly faults: number;
}

const NOISE_BYTES = 300;
const SHOWN_BYTES = 2000;

/**
 * Calls `decode` with bytes of the corpus that were changed in one place or several, and now and then with noise. Throws for what is no
 * fault, naming the run and the bytes; else says how often there was a value, and how often a fault.
 */
export async function fuzzDecoder(
  { corpus, seed, runs, isFault = (error) => isGatosError(error) }: FuzzRequest,
  decode: (bytes: Uint8Array) => unknown,
): Promise<FuzzTally> {
  let [values, faults] = [0, 0];
  for (let run = 0; run < runs; run++) {
    // Each run has a seed of its own, so that one that fails is repeated alone.
    const bytes = fuzzedBytes(corpus, generator(seed + Math.imul(run + 1, 0x9e3779b1)));
    try {
      await decode(bytes);
      values += 1;
    } catch (cause) {
      if (!isFault(cause)) {
        const shown = formatHex(bytes.subarray(0, SHOWN_BYTES));
        throw new Error(`run ${run} of seed ${seed}, ${bytes.length} bytes: ${shown}`, { cause });
      }
      faults += 1;
    }
  }
  return { values, faults };
}

function fuzzedBytes(corpus: readonly Uint8Array[], next: (below: number) => number): Uint8Array {
  // The first numbers of a small generator are close to its seed.
  for (let i = 0; i < 4; i++) next(2);
  if (next(10) === 0) return Uint8Array.from({ length: next(NOISE_BYTES) }, () => next(256));
  let bytes = corpus[next(corpus.length)] as Uint8Array;
  for (let times = 1 + next(3); times > 0; times--) bytes = mutateBytes(bytes, next);
  return bytes;
}
