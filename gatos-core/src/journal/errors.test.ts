import { describe, expect, it } from 'vitest';
import { EXIT } from '../kernel/index.js';
import { journalError } from './index.js';

/** Every fault of journals with data, its kind and its exit status: scripts branch on them. */
const FAULTS = [
  [journalError('bad-event', { why: 'x' }), 'input', EXIT.no],
  [journalError('bad-event', { why: 'x', index: 3 }), 'input', EXIT.no],
  [journalError('payload-too-large', { bytes: 2, limit: 1 }), 'limit', EXIT.no],
  [journalError('namespace', { ns: 'A' }), 'input', EXIT.no],
  [journalError('unknown-namespace', { ns: 'a', known: [] }), 'missing', EXIT.missing],
  [journalError('unknown-namespace', { ns: 'a', known: ['b', 'c'] }), 'missing', EXIT.missing],
  [journalError('duplicate-key', { ns: 'a', key: 'k', cid: 'c' }), 'conflict', EXIT.conflict],
  [journalError('repeated-key', { key: 'k' }), 'input', EXIT.no],
  [journalError('other-actor', { chain: 'c', actor: 'user:a' }), 'denied', EXIT.denied],
] as const;

describe('faults of journals', () => {
  it.each(FAULTS)('%s', (error, kind, exit) => {
    expect([error.kind, error.exit]).toEqual([kind, exit]);
    for (const text of [error.message, error.hint ?? 'none'])
      expect(text).toMatch(/^[a-z`](?!.*(undefined|\[object)).*[^.]$/s);
  });
});
