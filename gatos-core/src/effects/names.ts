/** Where effects stand: sixteen indexes by the first digit of their ids. */
import { sha256 } from '#hash';
import { formatHex, parseHex } from '../codec/index.js';
import { concatBytes } from '../kernel/index.js';
import { effectError } from './errors.js';

export const EFFECTS = 'effects/';

const ID = /^[0-9a-f]{64}$/;
const SHARD = /^effects\/[0-9a-f]$/;

/** All of them, whether they are there or not. */
export const SHARDS: readonly string[] = [...'0123456789abcdef'].map((digit) => EFFECTS + digit);

/** The idempotency id: SHA-256 of the tool's id and the key, one after the other (design 4.2). */
export function idempotencyId(tool: Uint8Array, key: Uint8Array): Uint8Array {
  return sha256(concatBytes([tool, key]));
}

/** The chain in which what has this id stands. */
export function shardOf(id: Uint8Array): string {
  return EFFECTS + formatHex(id).charAt(0);
}

export function isShard(chain: string): boolean {
  return SHARD.test(chain);
}

/** 64 hexadecimal digits. Throws `effects/bad-id`. */
export function parseEffectId(text: string): Uint8Array {
  if (!ID.test(text)) throw effectError('bad-id', { id: text.slice(0, 80) });
  return parseHex(text);
}
