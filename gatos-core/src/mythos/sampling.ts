/** Deterministic sampling of ids (RFC-MYTHOS-0003 sections 5 and 6): no order of arrival and no clock decides. */
import { sha256 } from '#hash';
import { encodeCan } from '../codec/index.js';
import { compareBytes, concatBytes, EMPTY_BYTES } from '../kernel/index.js';

const SCORE_BYTES = 8;

/** The score of an id under a seed: the first 8 bytes of SHA-256 of both, to be compared as bytes, which is as a big-endian number. */
export function hashScore(seed: Uint8Array, id: Uint8Array): Uint8Array {
  return sha256(concatBytes([seed, id])).subarray(0, SCORE_BYTES);
}

export interface HashSample {
  readonly n: number | bigint;
  /** 32 bytes. */
  readonly seed: Uint8Array;
}

/** HASH_N: the `n` ids with the smallest scores, ties by the id; in ascending order of the ids. */
export function hashN(ids: Iterable<Uint8Array>, { n, seed }: HashSample): readonly Uint8Array[] {
  const scored = [...ids].map((id) => ({ id, score: hashScore(seed, id) }));
  scored.sort((a, b) => compareBytes(a.score, b.score) || compareBytes(a.id, b.id));
  const chosen = n < scored.length ? scored.slice(0, Number(n)) : scored;
  return chosen.map(({ id }) => id).sort(compareBytes);
}

/** The seed of a bucket: SHA-256 of the seed and of the canonical bytes of the key, which for a missing key are those of empty bytes. */
export function bucketSeed(seed: Uint8Array, key: Uint8Array | undefined): Uint8Array {
  return sha256(concatBytes([seed, key ?? MISSING_KEY]));
}

const MISSING_KEY = encodeCan(EMPTY_BYTES);

/** One id with the canonical MYTHOS-CAN bytes of what it is stratified by; undefined when that is missing. */
export interface Candidate {
  readonly id: Uint8Array;
  readonly key: Uint8Array | undefined;
}

/** HASH_N in each bucket of equal keys, under the seed of the bucket; all of them in ascending order of the ids. */
export function stratifiedHashN(candidates: Iterable<Candidate>, { n, seed }: HashSample): readonly Uint8Array[] {
  const buckets = new Map<string, { readonly seed: Uint8Array; readonly ids: Uint8Array[] }>();
  for (const { id, key } of candidates) {
    const own = bucketSeed(seed, key);
    const name = own.join();
    const bucket = buckets.get(name) ?? { seed: own, ids: [] };
    buckets.set(name, bucket);
    bucket.ids.push(id);
  }
  const chosen = [...buckets.values()].flatMap((bucket) => hashN(bucket.ids, { n, seed: bucket.seed }));
  return chosen.sort(compareBytes);
}
