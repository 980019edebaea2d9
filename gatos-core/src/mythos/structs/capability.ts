/** Capabilities and what each kind of scope says (RFC-MYTHOS-0001 A.11–A.12). */
import { formatHex, type JsonValue } from '../../codec/index.js';
import { isGatosError } from '../../kernel/index.js';
import { AGENT_ID, SIGNATURE } from './core.js';
import { bool, bytes, type Field, hash, list, map, text, time, u8, u32, u64 } from './fields.js';
import { decodeStruct, f, type Infer, opt, type Struct, struct } from './struct.js';

export const BLOB_READ_SCOPE = struct('BlobReadScope', {
  cid: f(1, hash, 'the blob'),
  range_start: opt(2, u64, 'first byte that may be read; 0 when absent'),
  range_len: opt(3, u64, 'bytes that may be read; to the end when absent'),
});
export const BLOB_WRITE_SCOPE = struct('BlobWriteScope', {
  namespace: f(1, text, 'where'),
  max_size: f(2, u64, 'most bytes of one blob'),
  media_allow: f(3, list(text), 'media types that may be written'),
});
export const BLOB_PIN_SCOPE = struct('BlobPinScope', {
  cid: f(1, hash, 'the blob'),
  ttl_us: f(2, u64, 'for how long, in µs'),
});
export const BLOB_DELETE_SCOPE = struct('BlobDeleteScope', { cid: f(1, hash, 'the blob') });
export const TOOL_CALL_SCOPE = struct('ToolCallScope', {
  tool_id: f(1, hash, 'the tool'),
  max_calls: f(2, u32, 'how often; 4294967295 is not counted'),
  constraints: opt(3, map('text', text), 'what the request has to say: value by path'),
});
export const TRAIN_RUN_SCOPE = struct('TrainRunScope', {
  recipe_id: f(1, hash, 'the recipe'),
  max_jobs: f(2, u32, 'how many runs'),
  max_tokens: f(3, u64, 'how many tokens in all'),
  max_gpu_ms: opt(4, u64, 'how much GPU time in all, in ms'),
});
export const EVAL_RUN_SCOPE = struct('EvalRunScope', {
  suite_id: f(1, hash, 'the suite'),
  max_runs: f(2, u32, 'how many runs'),
});
export const DEPLOY_PROMOTE_SCOPE = struct('DeployPromoteScope', {
  ring_id: f(1, u8, 'the ring'),
  policy_id: f(2, hash, 'the policy'),
});
export const COMPUTE_SPAWN_SCOPE = struct('ComputeSpawnScope', {
  pool_id: f(1, hash, 'the pool'),
  max_workers: f(2, u32, 'how many workers'),
  max_cpu_us: f(3, u64, 'how much processor time, in µs'),
  max_io: f(4, u32, 'how many effects'),
});
export const CELL_READ_SCOPE = struct('CellReadScope', {
  cell_id: f(1, hash, 'the cell'),
  key_prefix: opt(2, bytes, 'keys that may be read'),
});
export const CELL_WRITE_SCOPE = struct('CellWriteScope', {
  cell_id: f(1, hash, 'the cell'),
  max_events: f(2, u32, 'how many events'),
  event_type_allow: opt(3, list(u32), 'types of events that may be written'),
});

/** Kinds of scope by name. */
export const SCOPE_KIND = {
  BlobRead: 1,
  BlobWrite: 2,
  BlobPin: 3,
  BlobDelete: 4,
  ToolCall: 5,
  TrainRun: 6,
  EvalRun: 7,
  DeployPromote: 8,
  ComputeSpawn: 9,
  CellRead: 10,
  CellWrite: 11,
} as const;
export type ScopeName = keyof typeof SCOPE_KIND;

/** The struct in the payload of a scope, by kind. */
export const SCOPE_STRUCTS = {
  1: BLOB_READ_SCOPE,
  2: BLOB_WRITE_SCOPE,
  3: BLOB_PIN_SCOPE,
  4: BLOB_DELETE_SCOPE,
  5: TOOL_CALL_SCOPE,
  6: TRAIN_RUN_SCOPE,
  7: EVAL_RUN_SCOPE,
  8: DEPLOY_PROMOTE_SCOPE,
  9: COMPUTE_SPAWN_SCOPE,
  10: CELL_READ_SCOPE,
  11: CELL_WRITE_SCOPE,
} as const;
export type ScopeKind = keyof typeof SCOPE_STRUCTS;

/** The payload of a scope, read by its kind. */
export type Scope = {
  [K in ScopeKind]: { readonly kind: K; readonly scope: Infer<(typeof SCOPE_STRUCTS)[K]> };
}[ScopeKind];

/** A payload as people read it; bytes that cannot be read are shown as they are. */
export function nestedView(struct: Struct<object> | undefined, payload: Uint8Array): JsonValue {
  if (struct === undefined) return formatHex(payload);
  try {
    return struct.field.view(decodeStruct(struct, payload));
  } catch (error) {
    if (isGatosError(error)) return { unreadable: error.message, bytes: formatHex(payload) };
    throw error;
  }
}

const structOfKind = (kind: unknown): Struct<object> | undefined =>
  (SCOPE_STRUCTS as unknown as Record<number, Struct<object> | undefined>)[Number(kind)];

const SCOPE_PAYLOAD: Field<Uint8Array> = {
  ...bytes,
  name: 'bytes of the scope of this kind',
  viewIn: (value, owner) => nestedView(structOfKind(owner.kind), value),
};

const KIND_NAME = Object.fromEntries(Object.entries(SCOPE_KIND).map(([name, kind]) => [kind, name]));

export const CAP_SCOPE = struct('CapScope', {
  kind: f(
    1,
    { ...u8, view: (value) => (KIND_NAME[value] === undefined ? value : `${value} ${KIND_NAME[value]}`) },
    'what may be done: 1 BlobRead to 11 CellWrite',
  ),
  payload: f(2, SCOPE_PAYLOAD, 'how far'),
});
export type CapScope = Infer<typeof CAP_SCOPE>;

export const CAPABILITY = struct(
  'Capability',
  {
    cap_id: f(1, hash, 'SHA-256 of the capability without fields 1 and 10'),
    issuer: f(2, AGENT_ID.field, 'who grants'),
    subject: f(3, AGENT_ID.field, 'who may act'),
    scope: f(4, CAP_SCOPE.field, 'what may be done'),
    not_before: f(5, time, 'from when'),
    expires_at: f(6, time, 'until when'),
    delegable: f(7, bool, 'may the subject grant a part of it?'),
    attenuation_parent: opt(8, hash, 'the capability that this is a part of'),
    revocation_required: opt(9, bool, 'must revocations be looked up? (GATOS always does)'),
    signature: f(10, SIGNATURE.field, 'by the issuer over the capability id'),
  },
  { id: 'cap_id', signature: 'signature', signer: 'issuer' },
);
export type Capability = Infer<typeof CAPABILITY>;

/** Reads the payload of a scope; undefined for a kind that is not in the table. Throws `mythos/malformed`. */
export function readScope({ kind, payload }: CapScope): Scope | undefined {
  const of = structOfKind(kind);
  return of === undefined ? undefined : ({ kind, scope: decodeStruct(of, payload) } as unknown as Scope);
}
