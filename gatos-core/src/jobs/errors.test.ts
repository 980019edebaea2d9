import { describe, expect, it } from 'vitest';
import { EXIT } from '../kernel/index.js';
import { jobError } from './index.js';

/** Every fault of jobs with data, its kind and its exit status: scripts branch on them. */
const FAULTS = [
  [jobError('name', { id: 'x' }), 'input', EXIT.no],
  [jobError('no-such-job', { id: 'x' }), 'missing', EXIT.missing],
  [jobError('bad-manifest', { why: 'x' }), 'input', EXIT.no],
  [jobError('bad-file', { path: 'p', why: 'is odd' }), 'input', EXIT.no],
  [jobError('bad-lease', { ms: 0, limit: 1 }), 'input', EXIT.no],
  [jobError('bad-job', { job: 'j', why: 'x' }), 'integrity', EXIT.mismatch],
  [jobError('misplaced', { chain: 'c', why: 'x' }), 'integrity', EXIT.mismatch],
  [jobError('bad-execution', { job: 'j', why: 'x' }), 'integrity', EXIT.mismatch],
  [jobError('bad-result', { job: 'j', why: 'x' }), 'integrity', EXIT.mismatch],
  [jobError('bad-claim', { job: 'j', why: 'x' }), 'integrity', EXIT.mismatch],
  [jobError('held', { job: 'j', worker: 'user:a', until: 't' }), 'conflict', EXIT.conflict],
  [jobError('done', { job: 'j', status: 'failed' }), 'conflict', EXIT.conflict],
  [jobError('lost-lease', { job: 'j', holder: 'user:a' }), 'conflict', EXIT.conflict],
  [jobError('altered', { path: 'p', want: 'w', found: 'f' }), 'integrity', EXIT.mismatch],
  [jobError('too-many', { count: 2, limit: 1 }), 'limit', EXIT.no],
  [jobError('too-large', { what: '`x`', size: 2, limit: 1 }), 'limit', EXIT.no],
] as const;

describe('faults of jobs', () => {
  it.each(FAULTS)('%s', (error, kind, exit) => {
    expect([error.kind, error.exit]).toEqual([kind, exit]);
    for (const text of [error.message, error.hint ?? 'none'])
      expect(text).toMatch(/^[a-z`](?!.*(undefined|\[object)).*[^.]$/s);
  });
});
