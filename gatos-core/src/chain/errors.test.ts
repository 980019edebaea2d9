import { describe, expect, it } from 'vitest';
import { EXIT } from '../kernel/index.js';
import { chainError } from './index.js';

const AT = { chain: 'notes/alice', commit: 'c'.repeat(40) };

/** Every fault of chains with data, its kind and its exit status: scripts branch on them. */
const FAULTS = [
  [chainError('name', { name: 'a b', why: 'x' }), 'input', EXIT.no],
  [chainError('too-many-records', { count: 0, limit: 9 }), 'limit', EXIT.no],
  [chainError('record-too-large', { index: 1, bytes: 2, limit: 1 }), 'limit', EXIT.no],
  [chainError('envelope-too-large', { bytes: 2, limit: 1 }), 'limit', EXIT.no],
  [chainError('malformed-envelope', { why: 'x' }), 'integrity', EXIT.mismatch],
  [chainError('newer-version', { version: 2 }), 'unsupported', EXIT.unchecked],
  [chainError('unsigned', AT), 'integrity', EXIT.absent],
  [chainError('bad-signature', { ...AT, key: 'k' }), 'integrity', EXIT.untrusted],
  [chainError('other-chain', { ...AT, found: 'x' }), 'integrity', EXIT.mismatch],
  [chainError('other-repository', { ...AT, found: 'x', want: 'y' }), 'integrity', EXIT.mismatch],
  [chainError('broken-sequence', { ...AT, want: 1, got: 2 }), 'integrity', EXIT.mismatch],
  [chainError('broken-link', { ...AT, want: null, got: 'x' }), 'integrity', EXIT.mismatch],
  [chainError('clock-not-rising', { ...AT, clock: 1, previous: 1 }), 'integrity', EXIT.mismatch],
  [chainError('clock-exhausted', { chain: 'x', clock: 1 }), 'integrity', EXIT.mismatch],
  [chainError('written-again', AT), 'integrity', EXIT.mismatch],
  [chainError('exists', { chain: 'x', found: 'y' }), 'conflict', EXIT.conflict],
  [chainError('other-head', { chain: 'x', want: null, found: 'y' }), 'conflict', EXIT.conflict],
  [chainError('other-commit', { ...AT, what: 'the message' }), 'integrity', EXIT.mismatch],
  [chainError('unknown-kind', { ...AT, kind: 'x', want: ['y', 'z'] }), 'integrity', EXIT.mismatch],
  [chainError('bad-record', { ...AT, seq: 1, why: 'x' }), 'integrity', EXIT.mismatch],
  [chainError('bad-attachment', { ...AT, path: 'p', why: 'x' }), 'integrity', EXIT.mismatch],
  [chainError('index-key', { why: 'x' }), 'input', EXIT.no],
  [chainError('index-conflict', { chain: 'x', key: 'k', want: null, found: 'y' }), 'conflict', EXIT.conflict],
  [chainError('bad-index', { ...AT, path: 'p', why: 'x' }), 'integrity', EXIT.mismatch],
  [chainError('foreign-ref', { ref: 'r' }), 'integrity', EXIT.denied],
  [chainError('rewritten', { chain: 'x', had: 'a', has: 'b' }), 'integrity', EXIT.rewritten],
  [chainError('contended', { chain: 'x', attempts: 2 }), 'conflict', EXIT.conflict],
  [chainError('no-such-chain', { chain: 'x' }), 'missing', EXIT.missing],
] as const;

describe('faults of chains', () => {
  it.each(FAULTS)('%s', (error, kind, exit) => {
    expect([error.kind, error.exit]).toEqual([kind, exit]);
    for (const text of [error.message, error.hint ?? 'none'])
      expect(text).toMatch(/^[a-z`](?!.*(undefined|\[object)).*[^.]$/s);
  });
});
