/**
 * Lines of an allowed signers file, by which `ssh-keygen -Y verify` and `git verify-commit` know whose key is whose
 * (ssh-keygen(1), section ALLOWED SIGNERS).
 */
import { formatTime } from '../codec/index.js';
import { identityError } from './errors.js';
import { formatSshKey } from './public-key.js';

const SECOND = 1_000_000;

export interface AllowedSigner {
  /** Who the key speaks for, such as `user:alice`: at least one, each without white space, quotes, commas or the wildcards `*?!`. */
  readonly principals: readonly string[];
  readonly key: Uint8Array;
  /** What it may sign, such as `git` or `file`; absent or empty: anything. */
  readonly namespaces?: readonly string[] | undefined;
  /** First microsecond since the epoch at which the key is valid. */
  readonly validFrom?: number | undefined;
  /** First microsecond since the epoch at which it is no longer valid. */
  readonly validUntil?: number | undefined;
}

/**
 * One line without a line end, or null for a key that was valid for no whole second: SSH counts in seconds, so the interval is
 * narrowed to whole ones, never widened. Throws `identity/allowed-signer` for a principal or namespace that would be read as a pattern.
 */
export function formatAllowedSigner({
  principals,
  key,
  namespaces = [],
  validFrom,
  validUntil,
}: AllowedSigner): string | null {
  const after = Math.max(0, Math.ceil((validFrom ?? 0) / SECOND));
  // `valid-before` names the last second that still counts.
  const before = validUntil === undefined ? undefined : Math.floor(validUntil / SECOND) - 1;
  // OpenSSH takes zero for "no bound", so second 0 cannot be said.
  if (before !== undefined && before < Math.max(1, after)) return null;
  if (principals.length === 0) throw identityError('allowed-signer', { text: '', why: 'it names no principal' });
  const options = [
    ...(namespaces.length === 0 ? [] : [`namespaces="${namespaces.map(literal).join(',')}"`]),
    ...(after === 0 ? [] : [`valid-after="${formatSeconds(after)}"`]),
    ...(before === undefined ? [] : [`valid-before="${formatSeconds(before)}"`]),
  ];
  return [
    principals.map(literal).join(','),
    ...(options.length === 0 ? [] : [options.join(',')]),
    formatSshKey(key),
  ].join(' ');
}

/** A name that OpenSSH takes as itself and not as a pattern, a list or the start of a comment. */
function literal(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text))
    throw identityError('allowed-signer', { text, why: 'it is empty or holds white space or non-ASCII' });
  if (/["\\,*?!#]/.test(text))
    throw identityError('allowed-signer', { text, why: 'it holds one of `"`, `\\`, `,`, `*`, `?`, `!`, `#`' });
  return text;
}

/** `YYYYMMDDHHMMSSZ` */
function formatSeconds(seconds: number): string {
  const digits = formatTime(seconds * SECOND).replace(/\D/g, '');
  return `${digits.slice(0, 14)}Z`;
}
