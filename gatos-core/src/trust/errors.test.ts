import { describe, expect, it } from 'vitest';
import { EXIT } from '../kernel/index.js';
import { trustError } from './index.js';

/** Every fault of trust with data, its kind and its exit status: scripts branch on them. */
const FAULTS = [
  [trustError('no-genesis', {}), 'missing', EXIT.missing],
  [trustError('other-genesis', { pinned: 'a', found: 'b' }), 'integrity', EXIT.mismatch],
  [trustError('exists-already', { repo: 'a' }), 'conflict', EXIT.conflict],
  [trustError('unknown-key', { key: 'k', actor: 'user:a', chain: 'c' }), 'denied', EXIT.untrusted],
  [trustError('other-actor', { key: 'k', actor: 'user:a', owner: 'user:b' }), 'denied', EXIT.untrusted],
  [trustError('not-yet', { key: 'k', clock: 1, added: 2 }), 'denied', EXIT.untrusted],
  [trustError('revoked', { key: 'k', clock: 2, from: 1, reason: 'lost' }), 'denied', EXIT.expired],
  [trustError('expired', { key: 'k', time: 't', from: 'f', until: 'u' }), 'denied', EXIT.expired],
  [trustError('not-a-root', { key: 'k', actor: 'user:a', chain: 'c', roots: ['user:b'] }), 'denied', EXIT.untrusted],
  [trustError('threshold', { chain: 'trust', have: [], need: 2, roots: ['user:a'] }), 'denied', EXIT.untrusted],
  [trustError('threshold', { chain: 'c', have: ['user:a'], need: 2, roots: ['user:a'] }), 'denied', EXIT.untrusted],
  [trustError('actor-did-not-sign', { actor: 'user:a' }), 'denied', EXIT.untrusted],
  [trustError('bad-change', { why: 'x' }), 'input', EXIT.no],
  [trustError('unknown-operation', { op: 'x' }), 'unsupported', EXIT.unchecked],
  [trustError('stale', { chain: 'c', want: 'a', head: 'b' }), 'conflict', EXIT.conflict],
  [trustError('misplaced-genesis', { why: 'x' }), 'integrity', EXIT.mismatch],
] as const;

describe('faults of trust', () => {
  it.each(FAULTS)('%s', (error, kind, exit) => {
    expect([error.kind, error.exit]).toEqual([kind, exit]);
    for (const text of [error.message, error.hint ?? 'none'])
      expect(text).toMatch(/^[a-z`](?!.*(undefined|\[object)).*[^.]$/s);
  });
});
