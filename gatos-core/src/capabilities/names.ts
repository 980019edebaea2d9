/** Ids of capabilities as text, and where their records stand. */
import { parseHex } from '../codec/index.js';
import { capabilityError } from './errors.js';

export const CAPABILITIES = 'capabilities/';
/** Index by id. */
export const ISSUED_CHAIN = 'capabilities/issued';
/** Index by id. */
export const REVOKED_CHAIN = 'capabilities/revoked';
export const USED = 'capabilities/used/';

const DIGITS = '0123456789abcdef';
const ID = /^[0-9a-f]{64}$/;

/** The sixteen chains of uses. */
export const USED_CHAINS: readonly string[] = [...DIGITS].map((digit) => USED + digit);

export function isUsedChain(chain: string): boolean {
  return USED_CHAINS.includes(chain);
}

/** The chain in which all uses of a root capability, and of all that rests on it, are counted. */
export function usedChain(root: string): string {
  return USED + root.slice(0, 1);
}

/** 64 hexadecimal digits. Throws `capabilities/name`. */
export function parseCapabilityId(text: string): Uint8Array {
  if (!ID.test(text)) throw capabilityError('name', { id: text.length > 80 ? `${text.slice(0, 80)}…` : text });
  return parseHex(text);
}
