/** Requests as JSON, as scripts and other programs hand them in: `{"kind": "ToolCall", "tool_id": "<hex>", "body": {…}}`. */
import { type Infer, type JsonValue, parseHex, type Schema, s } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import type { ScopeName } from '../mythos/index.js';
import type { CapabilityRequest } from './request.js';

const DIGEST = s.text({
  pattern: /^(sha256:)?[0-9a-f]{64}$/,
  maxBytes: LIMITS.digestText,
  form: 'a SHA-256 in hexadecimal',
});
/** Beyond 2^53−1 as decimal text. */
const BIG = s.text({ pattern: /^(0|[1-9]\d{0,19})$/, maxBytes: LIMITS.u64Text, form: 'a number in decimal' });
const INT = s.int({ min: 0, max: Number.MAX_SAFE_INTEGER });
const U32 = s.int({ min: 0, max: LIMITS.u32 });
const TEXT = s.text({ maxBytes: LIMITS.scopeTextBytes });

/** A number, or text where it is too large for one. */
const U64: Schema<number | string> = {
  shape: INT.shape,
  find: (value) => (typeof value === 'string' ? BIG.find(value) : INT.find(value)),
  read: (value, path) => (typeof value === 'string' ? BIG.read(value, path) : INT.read(value, path)),
};

const SHAPES = {
  BlobRead: s.struct({ kind: s.literal('BlobRead'), cid: DIGEST, offset: U64, len: U64 }),
  BlobWrite: s.struct({ kind: s.literal('BlobWrite'), namespace: TEXT, size: U64, media: TEXT }),
  BlobPin: s.struct({ kind: s.literal('BlobPin'), cid: DIGEST, ttl_us: U64 }),
  BlobDelete: s.struct({ kind: s.literal('BlobDelete'), cid: DIGEST }),
  ToolCall: s.struct({ kind: s.literal('ToolCall'), tool_id: DIGEST, body: s.optional(s.json) }),
  TrainRun: s.struct({ kind: s.literal('TrainRun'), recipe_id: DIGEST, tokens: U64, gpu_ms: s.optional(U64) }),
  EvalRun: s.struct({ kind: s.literal('EvalRun'), suite_id: DIGEST }),
  DeployPromote: s.struct({
    kind: s.literal('DeployPromote'),
    ring_id: s.int({ min: 0, max: LIMITS.u8 }),
    policy_id: DIGEST,
  }),
  ComputeSpawn: s.struct({ kind: s.literal('ComputeSpawn'), pool_id: DIGEST, workers: U32, cpu_us: U64, io: U32 }),
  CellRead: s.struct({ kind: s.literal('CellRead'), cell_id: DIGEST, key: TEXT }),
  CellWrite: s.struct({
    kind: s.literal('CellWrite'),
    cell_id: DIGEST,
    event_types: s.list(U32, { max: LIMITS.envelopeRecords }),
  }),
} satisfies Record<ScopeName, unknown>;

const KIND = s.oneOf(Object.keys(SHAPES) as ScopeName[]);

type Plain = { readonly [K in ScopeName]: Infer<(typeof SHAPES)[K]> }[ScopeName];

function digest(text: string): Uint8Array {
  return parseHex(text.replace('sha256:', ''));
}

/** Throws `codec/schema` with the path of what is wrong. */
export function readCapabilityRequest(json: JsonValue): CapabilityRequest {
  const kind = KIND.read(
    typeof json === 'object' && json !== null && 'kind' in json ? (json.kind as JsonValue) : null,
    'request.kind',
  );
  const plain = SHAPES[kind].read(json, 'request') as Plain;
  switch (plain.kind) {
    case 'BlobRead':
      return { ...plain, cid: digest(plain.cid), offset: BigInt(plain.offset), len: BigInt(plain.len) };
    case 'BlobWrite':
      return { ...plain, size: BigInt(plain.size) };
    case 'BlobPin':
      return { ...plain, cid: digest(plain.cid), ttl_us: BigInt(plain.ttl_us) };
    case 'BlobDelete':
      return { ...plain, cid: digest(plain.cid) };
    case 'ToolCall':
      return { ...plain, tool_id: digest(plain.tool_id) };
    case 'TrainRun':
      return {
        ...plain,
        recipe_id: digest(plain.recipe_id),
        tokens: BigInt(plain.tokens),
        gpu_ms: plain.gpu_ms === undefined ? undefined : BigInt(plain.gpu_ms),
      };
    case 'EvalRun':
      return { ...plain, suite_id: digest(plain.suite_id) };
    case 'DeployPromote':
      return { ...plain, policy_id: digest(plain.policy_id) };
    case 'ComputeSpawn':
      return { ...plain, pool_id: digest(plain.pool_id), cpu_us: BigInt(plain.cpu_us) };
    case 'CellRead':
      return { ...plain, cell_id: digest(plain.cell_id), key: utf8(plain.key) };
    case 'CellWrite':
      return { ...plain, cell_id: digest(plain.cell_id) };
  }
}
