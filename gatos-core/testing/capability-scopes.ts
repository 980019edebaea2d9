/** Random scopes and requests, near enough to one another that parts of a whole, and things beyond it, both come up often. */
import fc from 'fast-check';
import type { CapabilityRequest } from '../src/capabilities/index.js';
import type { JsonValue } from '../src/codec/index.js';
import type { Scope, ScopeKind } from '../src/mythos/index.js';
import { digest32 } from './capability-world.js';

const digest = fc.constantFrom(digest32(1), digest32(1), digest32(1), digest32(2));
const big = fc.bigInt({ min: 0n, max: 6n });
const large = fc.oneof(big, fc.constant(0xffff_ffff_ffff_ffffn));
const count = fc.oneof(fc.nat(6), fc.constant(0xffff_ffff));
const absent = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const media = fc.constantFrom('text/csv', 'text/plain', 'image/png', 'text/*', '*/*');
const paths = fc.constantFrom('body.path', 'body.n', 'body.list.0', 'body.deep.name', 'other');
const patterns = fc.constantFrom('*', '/data/*', '/data/a*', '/data/a', '/data/../etc', '/d*', '5', '5*', '55', 'true');
const constraints = fc.dictionary(paths, patterns, { maxKeys: 2 });
const prefix = fc.uint8Array({ minLength: 0, maxLength: 3, max: 1 });
const types = fc.uniqueArray(fc.nat(4), { maxLength: 4 });

const SCOPES: { readonly [K in ScopeKind]: fc.Arbitrary<Extract<Scope, { kind: K }>['scope']> } = {
  1: fc.record({ cid: digest, range_start: absent(big), range_len: absent(big) }),
  2: fc.record({
    namespace: fc.constantFrom('a', 'a', 'b'),
    max_size: big,
    media_allow: fc.uniqueArray(media, { maxLength: 3 }),
  }),
  3: fc.record({ cid: digest, ttl_us: big }),
  4: fc.record({ cid: digest }),
  5: fc.record({ tool_id: digest, max_calls: count, constraints: absent(constraints) }),
  6: fc.record({ recipe_id: digest, max_jobs: count, max_tokens: large, max_gpu_ms: absent(large) }),
  7: fc.record({ suite_id: digest, max_runs: count }),
  8: fc.record({ ring_id: fc.constantFrom(0, 0, 1), policy_id: digest }),
  9: fc.record({ pool_id: digest, max_workers: count, max_cpu_us: large, max_io: count }),
  10: fc.record({ cell_id: digest, key_prefix: absent(prefix) }),
  11: fc.record({ cell_id: digest, max_events: count, event_type_allow: absent(types) }),
};

/** Kinds of scope that there are. */
export const SCOPE_KINDS: readonly ScopeKind[] = Object.keys(SCOPES).map((kind) => Number(kind) as ScopeKind);

/** A scope of this kind. */
export function scopes(kind: ScopeKind): fc.Arbitrary<Scope> {
  return (SCOPES[kind] as fc.Arbitrary<never>).map((scope) => ({ kind, scope }) as Scope);
}

const scalar: fc.Arbitrary<JsonValue> = fc.constantFrom('/data/a', '/data/ab', '/data/../etc', '5', 5, 55, true, null);
const body: fc.Arbitrary<JsonValue> = fc.record(
  { path: scalar, n: scalar, list: fc.array(scalar, { maxLength: 2 }), deep: fc.record({ name: scalar }) },
  { requiredKeys: [] },
);

const REQUESTS: { readonly [K in ScopeKind]: fc.Arbitrary<CapabilityRequest> } = {
  1: fc.record({ kind: fc.constant('BlobRead' as const), cid: digest, offset: big, len: big }),
  2: fc.record({
    kind: fc.constant('BlobWrite' as const),
    namespace: fc.constantFrom('a', 'b'),
    size: big,
    media: fc.constantFrom('text/csv', 'text/plain', 'image/png'),
  }),
  3: fc.record({ kind: fc.constant('BlobPin' as const), cid: digest, ttl_us: big }),
  4: fc.record({ kind: fc.constant('BlobDelete' as const), cid: digest }),
  5: fc.record({ kind: fc.constant('ToolCall' as const), tool_id: digest, body: absent(body) }),
  6: fc.record({ kind: fc.constant('TrainRun' as const), recipe_id: digest, tokens: big, gpu_ms: absent(big) }),
  7: fc.record({ kind: fc.constant('EvalRun' as const), suite_id: digest }),
  8: fc.record({ kind: fc.constant('DeployPromote' as const), ring_id: fc.nat(1), policy_id: digest }),
  9: fc.record({
    kind: fc.constant('ComputeSpawn' as const),
    pool_id: digest,
    workers: fc.nat(6),
    cpu_us: big,
    io: fc.nat(6),
  }),
  10: fc.record({ kind: fc.constant('CellRead' as const), cell_id: digest, key: prefix }),
  11: fc.record({
    kind: fc.constant('CellWrite' as const),
    cell_id: digest,
    event_types: fc.array(fc.nat(4), { maxLength: 4 }),
  }),
};

/** A request for a scope of this kind. */
export function requests(kind: ScopeKind): fc.Arbitrary<CapabilityRequest> {
  return REQUESTS[kind];
}
