/** The exit statuses of every command (design 1.8). Man page, JSON and docs are derived from this table. */

export const EXIT = {
  ok: 0,
  no: 1,
  absent: 10,
  untrusted: 11,
  denied: 12,
  mismatch: 13,
  rewritten: 14,
  divergence: 15,
  conflict: 16,
  waiting: 17,
  expired: 18,
  drifted: 19,
  missing: 20,
  purged: 21,
  unchecked: 30,
  bug: 70,
  temporary: 75,
  usage: 129,
  interrupted: 130,
  pipe: 141,
} as const;

export type ExitName = keyof typeof EXIT;
export type ExitCode = (typeof EXIT)[ExitName];

/** What each status means to a script, in the words of the man page. */
export const EXIT_MEANING: Readonly<Record<ExitName, string>> = {
  ok: 'done, verified',
  no: 'malformed input, lint findings, a plain "no"',
  absent: 'signature or proof absent',
  untrusted: 'signature bad, or signer not trusted',
  denied: 'denied by policy',
  mismatch: 'proof present but does not match, or stored bytes were altered',
  rewritten: 'non-fast-forward, or deletion, of a protected ref',
  divergence: 'effect divergence (same key, other request)',
  conflict: 'lost a race after bounded retries (safe to retry), or the same key with another content',
  waiting: 'waiting for approval',
  expired: 'expired or revoked',
  drifted: 'reproduced, but outputs drifted',
  missing: 'no such id, ref or object',
  purged: 'bytes unavailable (pointer unresolved, purged)',
  unchecked: 'could not check (shallow clone, missing objects, newer format)',
  bug: 'a bug of ours',
  temporary: 'temporary failure (disk full, permission, locked)',
  usage: 'usage',
  interrupted: 'interrupted',
  pipe: 'broken pipe',
};
