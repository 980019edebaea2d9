import { describe, expect, it } from 'vitest';
import { EXIT } from '../kernel/index.js';
import { governanceError } from './index.js';

/** Every fault of governance with data, its kind and its exit status: scripts branch on them. */
const FAULTS = [
  [governanceError('quorum', { what: '`x` is odd', where: 3, hint: 'write y' }), 'input', EXIT.no],
  [governanceError('name', { id: 'x' }), 'input', EXIT.no],
  [governanceError('bad-record', { what: 'proposal', why: 'x' }), 'input', EXIT.no],
  [governanceError('misplaced', { chain: 'c', why: 'x' }), 'integrity', EXIT.mismatch],
  [governanceError('no-such-proposal', { id: 'x' }), 'missing', EXIT.missing],
  [governanceError('no-such-grant', { grant: 'x' }), 'missing', EXIT.missing],
  [governanceError('no-such-target', { kind: 'grant', target: 'x' }), 'missing', EXIT.missing],
  [governanceError('closed', { id: 'x', state: 'expired', why: 'y' }), 'conflict', EXIT.no],
  [governanceError('no-voice', { actor: 'user:a', quorum: 'user:b' }), 'denied', EXIT.denied],
  [governanceError('approval-revoked', { actor: 'user:a', id: 'x' }), 'conflict', EXIT.expired],
  [governanceError('occupied', { chain: 'c', why: 'x' }), 'conflict', EXIT.conflict],
  [governanceError('quorum-not-met', { id: 'x', missing: 'y', may: [] }), 'denied', EXIT.waiting],
  [governanceError('quorum-not-met', { id: 'x', missing: 'y', may: ['user:a'] }), 'denied', EXIT.waiting],
  [governanceError('not-entitled', { actor: 'a', kind: 'grant', target: 'x', who: 'y' }), 'denied', EXIT.untrusted],
  [governanceError('not-a-service', { actor: 'user:a', chain: 'c' }), 'denied', EXIT.untrusted],
  [governanceError('cannot-use', { grant: 'x', state: 'expired', why: 'y' }), 'denied', EXIT.denied],
  [governanceError('bad-approval', { chain: 'c', why: 'x' }), 'integrity', EXIT.mismatch],
  [governanceError('bad-consensus', { chain: 'c', field: 'f', why: 'x' }), 'integrity', EXIT.mismatch],
  [governanceError('bad-grant', { chain: 'c', field: 'f', why: 'x' }), 'integrity', EXIT.mismatch],
  [governanceError('bad-revocation', { chain: 'c', why: 'x' }), 'integrity', EXIT.mismatch],
  [governanceError('bad-use', { chain: 'c', why: 'x' }), 'integrity', EXIT.mismatch],
  [governanceError('too-many', { count: 2, limit: 1 }), 'limit', EXIT.no],
] as const;

describe('faults of governance', () => {
  it.each(FAULTS)('%s', (error, kind, exit) => {
    expect([error.kind, error.exit]).toEqual([kind, exit]);
    for (const text of [error.message, error.hint ?? 'none'])
      expect(text).toMatch(/^[a-z`](?!.*(undefined|\[object)).*[^.]$/s);
  });
});
