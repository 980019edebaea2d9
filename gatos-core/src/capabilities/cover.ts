/** Does a scope cover a request? What it allows in all is counted elsewhere; here is what a single use may be. */
import { bytesEqual } from '../kernel/index.js';
import { SCOPE_KIND, type Scope } from '../mythos/index.js';
import { constraintFault } from './constraints.js';
import { kindName } from './kinds.js';
import { allowsMedia } from './media.js';
import type { CapabilityRequest } from './request.js';

/** Why the scope does not cover the request, or null when it does. */
export function coverFault(of: Scope, request: CapabilityRequest): string | null {
  const kind = kindName(of.kind);
  if (SCOPE_KIND[request.kind] !== of.kind) return `it is about ${kind}`;
  // A negative amount would give back what others have used.
  if (Object.values(request).some((value) => isNumber(value) && value < 0)) return 'it asks for a negative amount';
  return blobFault(of, request) ?? workFault(of, request) ?? cellFault(of, request);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function other(what: string, own: Uint8Array, wanted: Uint8Array): string | null {
  return bytesEqual(own, wanted) ? null : `it is about another ${what}`;
}

/** The bytes of a blob that may be read: `[start, end)`, to the end when there is none. */
export function rangeOf({
  range_start,
  range_len,
}: {
  range_start?: bigint | undefined;
  range_len?: bigint | undefined;
}): {
  readonly start: bigint;
  readonly end: bigint | null;
} {
  const start = range_start ?? 0n;
  return { start, end: range_len === undefined ? null : start + range_len };
}

function blobFault({ kind, scope }: Scope, request: CapabilityRequest): string | null {
  if (kind === 1 && request.kind === 'BlobRead') {
    const { start, end } = rangeOf(scope);
    const last = request.offset + request.len;
    const inside = request.offset >= start && (end === null || last <= end);
    const wanted = `bytes ${request.offset} to ${last}`;
    const range = `${start} to ${end ?? 'the end'}`;
    return other('blob', scope.cid, request.cid) ?? (inside ? null : `${wanted} are not within ${range}`);
  }
  if (kind === 2 && request.kind === 'BlobWrite') {
    const { namespace, size, media } = request;
    if (scope.namespace !== namespace) return `it is about the namespace \`${scope.namespace}\`, not \`${namespace}\``;
    if (size > scope.max_size) return `a blob may have ${scope.max_size} bytes, not ${size}`;
    return allowsMedia(scope.media_allow, media) ? null : `the media type \`${media}\` is not among those allowed`;
  }
  if (kind === 3 && request.kind === 'BlobPin') {
    const long = request.ttl_us > scope.ttl_us;
    return other('blob', scope.cid, request.cid) ?? (long ? `it may be pinned for ${scope.ttl_us} µs at most` : null);
  }
  return kind === 4 && request.kind === 'BlobDelete' ? other('blob', scope.cid, request.cid) : null;
}

function workFault({ kind, scope }: Scope, request: CapabilityRequest): string | null {
  if (kind === 5 && request.kind === 'ToolCall')
    return other('tool', scope.tool_id, request.tool_id) ?? constraintFault(scope.constraints, request.body);
  if (kind === 6 && request.kind === 'TrainRun') return other('recipe', scope.recipe_id, request.recipe_id);
  if (kind === 7 && request.kind === 'EvalRun') return other('suite', scope.suite_id, request.suite_id);
  if (kind === 8 && request.kind === 'DeployPromote') {
    const ring = scope.ring_id === request.ring_id ? null : `it is about ring ${scope.ring_id}, not ${request.ring_id}`;
    return ring ?? other('policy', scope.policy_id, request.policy_id);
  }
  return kind === 9 && request.kind === 'ComputeSpawn' ? other('pool', scope.pool_id, request.pool_id) : null;
}

function cellFault({ kind, scope }: Scope, request: CapabilityRequest): string | null {
  if (kind === 10 && request.kind === 'CellRead') {
    const inside = startsWith(request.key, scope.key_prefix);
    return other('cell', scope.cell_id, request.cell_id) ?? (inside ? null : 'the key does not start as it has to');
  }
  if (kind === 11 && request.kind === 'CellWrite') {
    const allowed = scope.event_type_allow;
    const odd = allowed === undefined ? undefined : request.event_types.find((type) => !allowed.includes(type));
    const fault = odd === undefined ? null : `events of type ${odd} are not among those allowed`;
    return other('cell', scope.cell_id, request.cell_id) ?? fault;
  }
  return null;
}

/** Without a prefix every key does. */
export function startsWith(key: Uint8Array, prefix: Uint8Array | undefined): boolean {
  if (prefix === undefined) return true;
  return key.length >= prefix.length && bytesEqual(key.subarray(0, prefix.length), prefix);
}
