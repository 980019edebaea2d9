import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requests, SCOPE_KINDS, scopes } from '../../testing/capability-scopes.js';
import { digest32 } from '../../testing/capability-world.js';
import { utf8 } from '../kernel/index.js';
import type { Scope, ScopeKind } from '../mythos/index.js';
import { exhaustion } from './counters.js';
import { beyond, type CapabilityRequest, costOf, coverFault, limitsOf } from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20_261_120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 2000);
const within = (child: Scope, parent: Scope) => beyond(child, parent).length === 0;

/** Does it cover the request, and allow as much by itself? */
function allows(scope: Scope, request: Parameters<typeof coverFault>[1]): boolean {
  const enough = exhaustion('', { max: limitsOf(scope), used: {}, cost: costOf(request) }) === null;
  return enough && coverFault(scope, request) === null;
}

describe.each(SCOPE_KINDS)(`attenuation of scopes of kind %i is a partial order (seed ${SEED})`, (kind) => {
  const some = scopes(kind);
  const options = { seed: SEED, numRuns: RUNS };

  it('everything is a part of itself', () => {
    fc.assert(
      fc.property(some, (scope) => within(scope, scope)),
      options,
    );
  });

  it('a part of a part is a part', () => {
    let met = 0;
    fc.assert(
      fc.property(some, some, some, (a, b, c) => {
        if (!within(a, b) || !within(b, c)) return true;
        met += 1;
        return within(a, c);
      }),
      options,
    );
    expect(met).toBeGreaterThan(5);
  });

  it('what a part covers the whole covers', () => {
    let [met, apart] = [0, 0];
    fc.assert(
      fc.property(some, some, requests(kind), (child, parent, request) => {
        if (!within(child, parent)) {
          apart += 1;
          return true;
        }
        if (!allows(child, request)) return true;
        met += 1;
        return allows(parent, request);
      }),
      { ...options, numRuns: 4 * RUNS },
    );
    expect(met).toBeGreaterThan(5);
    expect(apart).toBeGreaterThan(100);
  });

  it('no scope of another kind is a part of it, nor covers a request of it', () => {
    const other = ((kind % 11) + 1) as ScopeKind;
    fc.assert(
      fc.property(some, scopes(other), requests(other), (scope, foreign, request) => {
        return !within(foreign, scope) && !within(scope, foreign) && coverFault(scope, request) !== null;
      }),
      { ...options, numRuns: 200 },
    );
  });
});

type Fields = Readonly<Record<string, unknown>>;
const of = (kind: ScopeKind, scope: Fields) => ({ kind, scope }) as unknown as Scope;
const [ID, OTHER] = [digest32(1), digest32(2)];

/** A whole, then for each field a value that is still a part of it, and one that goes beyond. */
const FIELDS: readonly (readonly [ScopeKind, Fields, Readonly<Record<string, readonly [unknown, unknown]>>])[] = [
  [
    1,
    { cid: ID, range_start: 10n, range_len: 10n },
    { cid: [ID, OTHER], range_start: [10n, 9n], range_len: [9n, 11n] },
  ],
  [1, { cid: ID, range_start: 10n, range_len: 10n }, { range_len: [0n, undefined] }],
  [1, { cid: ID, range_start: 10n }, { range_start: [11n, undefined] }],
  [
    2,
    { namespace: 'n', max_size: 9n, media_allow: ['text/*', 'image/png'] },
    { namespace: ['n', 'n2'], max_size: [8n, 10n], media_allow: [['text/csv'], ['text/csv', 'image/gif']] },
  ],
  [2, { namespace: 'n', max_size: 9n, media_allow: ['text/csv'] }, { media_allow: [[], ['text/*']] }],
  [3, { cid: ID, ttl_us: 9n }, { cid: [ID, OTHER], ttl_us: [8n, 10n] }],
  [4, { cid: ID }, { cid: [ID, OTHER] }],
  [
    5,
    { tool_id: ID, max_calls: 9, constraints: { 'body.a': '/x/*' } },
    {
      tool_id: [ID, OTHER],
      max_calls: [8, 10],
      constraints: [
        { 'body.a': '/x/y', 'body.b': '1' },
        { 'body.a': '/*', 'body.b': '1' },
      ],
    },
  ],
  [
    5,
    { tool_id: ID, max_calls: 9, constraints: { 'body.a': '/x/*' } },
    { constraints: [{ 'body.a': '/x/*' }, undefined] },
  ],
  [
    5,
    { tool_id: ID, max_calls: 9, constraints: { 'body.a': '/x/*' } },
    { max_calls: [0, 0xffff_ffff], constraints: [{ 'body.a': '/x/' }, { 'body.a': '/x/../y' }] },
  ],
  [
    6,
    { recipe_id: ID, max_jobs: 9, max_tokens: 9n, max_gpu_ms: 9n },
    { recipe_id: [ID, OTHER], max_jobs: [8, 10], max_tokens: [8n, 10n], max_gpu_ms: [8n, 10n] },
  ],
  [6, { recipe_id: ID, max_jobs: 9, max_tokens: 9n, max_gpu_ms: 9n }, { max_gpu_ms: [9n, undefined] }],
  [7, { suite_id: ID, max_runs: 9 }, { suite_id: [ID, OTHER], max_runs: [8, 10] }],
  [8, { ring_id: 1, policy_id: ID }, { ring_id: [1, 0], policy_id: [ID, OTHER] }],
  [
    9,
    { pool_id: ID, max_workers: 9, max_cpu_us: 9n, max_io: 9 },
    { pool_id: [ID, OTHER], max_workers: [8, 10], max_cpu_us: [8n, 10n], max_io: [8, 10] },
  ],
  [10, { cell_id: ID, key_prefix: utf8('ab') }, { cell_id: [ID, OTHER], key_prefix: [utf8('abc'), utf8('a')] }],
  [10, { cell_id: ID, key_prefix: utf8('ab') }, { key_prefix: [utf8('ab'), undefined] }],
  [
    11,
    { cell_id: ID, max_events: 9, event_type_allow: [1, 2] },
    { cell_id: [ID, OTHER], max_events: [8, 10], event_type_allow: [[2], [2, 3]] },
  ],
  [11, { cell_id: ID, max_events: 9, event_type_allow: [1, 2] }, { event_type_allow: [[], undefined] }],
];

describe('field by field', () => {
  const cases = FIELDS.flatMap(([kind, whole, fields]) =>
    Object.entries(fields).map(([field, [part, more]]) => ({ kind, whole, field, part, more })),
  );

  it.each(cases)('kind $kind, $field: $part is a part, $more goes beyond', ({ kind, whole, field, part, more }) => {
    expect(beyond(of(kind, { ...whole, [field]: part }), of(kind, whole))).toEqual([]);
    const faults = beyond(of(kind, { ...whole, [field]: more }), of(kind, whole));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(field.startsWith('range') ? /range/ : new RegExp(`\`${field}\``));
  });

  it('every field that goes beyond is told', () => {
    const parent = of(9, { pool_id: ID, max_workers: 1, max_cpu_us: 1n, max_io: 1 });
    expect(beyond(of(9, { pool_id: OTHER, max_workers: 2, max_cpu_us: 2n, max_io: 2 }), parent)).toHaveLength(4);
  });
});

describe('an amount below zero', () => {
  const [digest, most] = [digest32(1), 1000n];
  const scopes = {
    BlobRead: { kind: 1, scope: { cid: digest } },
    BlobWrite: { kind: 2, scope: { namespace: 'a', max_size: most, media_allow: ['*/*'] } },
    BlobPin: { kind: 3, scope: { cid: digest, ttl_us: most } },
    TrainRun: { kind: 6, scope: { recipe_id: digest, max_jobs: 9, max_tokens: most, max_gpu_ms: most } },
    ComputeSpawn: { kind: 9, scope: { pool_id: digest, max_workers: 9, max_cpu_us: most, max_io: 9 } },
  } as const satisfies Readonly<Record<string, Scope>>;
  const uses = {
    BlobRead: { kind: 'BlobRead', cid: digest, offset: 0n, len: 1n },
    BlobWrite: { kind: 'BlobWrite', namespace: 'a', size: 1n, media: 'text/csv' },
    BlobPin: { kind: 'BlobPin', cid: digest, ttl_us: 1n },
    TrainRun: { kind: 'TrainRun', recipe_id: digest, tokens: 1n, gpu_ms: 1n },
    ComputeSpawn: { kind: 'ComputeSpawn', pool_id: digest, workers: 1, cpu_us: 1n, io: 1 },
  } as const satisfies Readonly<Record<string, CapabilityRequest>>;

  it.each([
    ['BlobRead', 'offset', -1n],
    ['BlobRead', 'len', -1n],
    ['BlobWrite', 'size', -1n],
    ['BlobPin', 'ttl_us', -1n],
    ['TrainRun', 'tokens', -1n],
    ['TrainRun', 'gpu_ms', -1n],
    ['ComputeSpawn', 'workers', -1],
    ['ComputeSpawn', 'cpu_us', -1n],
    ['ComputeSpawn', 'io', -1],
  ] as const)('%s, %s: is covered by nothing, since it would give back what others have used', (kind, field, less) => {
    const use = uses[kind];
    expect(coverFault(scopes[kind], use)).toBe(null);
    const given = { ...use, [field]: less } as CapabilityRequest;
    expect(coverFault(scopes[kind], given)).toBe('it asks for a negative amount');
  });
});
