/** Attenuation: is a scope a part of another one? Field by field; a partial order (reflexive, transitive). */
import { bytesEqual } from '../kernel/index.js';
import type { Scope } from '../mythos/index.js';
import { loosened } from './constraints.js';
import { rangeOf, startsWith } from './cover.js';
import { kindName } from './kinds.js';
import { allowsMedia } from './media.js';

/** How the child goes beyond the parent, one line a field; empty when it is a part of it. */
export function beyond(child: Scope, parent: Scope): readonly string[] {
  if (child.kind !== parent.kind) return [`it is about ${kindName(child.kind)}, not ${kindName(parent.kind)}`];
  return faultsOf(child, parent).filter((fault) => fault !== null);
}

type Fault = string | null;

/** The two are of one kind; a branch that reads both narrows both. */
function faultsOf(child: Scope, parent: Scope): readonly Fault[] {
  if (child.kind === 1 && parent.kind === 1) return [same('cid', child.scope, parent.scope), ...inRange(child, parent)];
  if (child.kind === 2 && parent.kind === 2) {
    const { namespace, media_allow } = parent.scope;
    const odd = child.scope.media_allow.filter((media) => !allowsMedia(media_allow, media));
    return [
      child.scope.namespace === namespace
        ? null
        : `\`namespace\` is \`${child.scope.namespace}\`, not \`${namespace}\``,
      atMost('max_size', child.scope, parent.scope),
      odd.length === 0 ? null : `\`media_allow\` has ${odd.map((each) => `\`${each}\``).join(', ')} besides`,
    ];
  }
  if (child.kind === 3 && parent.kind === 3)
    return [same('cid', child.scope, parent.scope), atMost('ttl_us', child.scope, parent.scope)];
  if (child.kind === 4 && parent.kind === 4) return [same('cid', child.scope, parent.scope)];
  return child.kind <= 8 ? workFaults(child, parent) : cellFaults(child, parent);
}

function inRange(child: Extract<Scope, { kind: 1 }>, parent: Extract<Scope, { kind: 1 }>): readonly Fault[] {
  const [inner, outer] = [rangeOf(child.scope), rangeOf(parent.scope)];
  return [
    inner.start >= outer.start ? null : `\`range_start\` is ${inner.start}, before ${outer.start}`,
    outer.end === null || (inner.end !== null && inner.end <= outer.end)
      ? null
      : `the range ends at ${inner.end ?? 'the end of the blob'}, behind ${outer.end}`,
  ];
}

function workFaults(child: Scope, parent: Scope): readonly Fault[] {
  if (child.kind === 5 && parent.kind === 5) {
    const loose = loosened(child.scope.constraints, parent.scope.constraints);
    return [
      same('tool_id', child.scope, parent.scope),
      atMost('max_calls', child.scope, parent.scope),
      loose.length === 0 ? null : `\`constraints\` are looser at ${loose.map((path) => `\`${path}\``).join(', ')}`,
    ];
  }
  if (child.kind === 6 && parent.kind === 6)
    return [
      same('recipe_id', child.scope, parent.scope),
      atMost('max_jobs', child.scope, parent.scope),
      atMost('max_tokens', child.scope, parent.scope),
      atMost('max_gpu_ms', child.scope, parent.scope),
    ];
  if (child.kind === 7 && parent.kind === 7)
    return [same('suite_id', child.scope, parent.scope), atMost('max_runs', child.scope, parent.scope)];
  if (child.kind === 8 && parent.kind === 8) {
    const [ring, own] = [parent.scope.ring_id, child.scope.ring_id];
    return [ring === own ? null : `\`ring_id\` is ${own}, not ${ring}`, same('policy_id', child.scope, parent.scope)];
  }
  return [];
}

function cellFaults(child: Scope, parent: Scope): readonly Fault[] {
  if (child.kind === 9 && parent.kind === 9)
    return [
      same('pool_id', child.scope, parent.scope),
      atMost('max_workers', child.scope, parent.scope),
      atMost('max_cpu_us', child.scope, parent.scope),
      atMost('max_io', child.scope, parent.scope),
    ];
  if (child.kind === 10 && parent.kind === 10) {
    const [inner, outer] = [child.scope.key_prefix, parent.scope.key_prefix];
    const extends_ = outer === undefined || (inner !== undefined && startsWith(inner, outer));
    return [
      same('cell_id', child.scope, parent.scope),
      extends_ ? null : '`key_prefix` does not extend that of the parent',
    ];
  }
  if (child.kind === 11 && parent.kind === 11)
    return [
      same('cell_id', child.scope, parent.scope),
      atMost('max_events', child.scope, parent.scope),
      fewerTypes(child.scope.event_type_allow, parent.scope.event_type_allow),
    ];
  return [];
}

/** Without a list every type is allowed. */
function fewerTypes(inner: readonly number[] | undefined, outer: readonly number[] | undefined): Fault {
  if (outer === undefined) return null;
  if (inner === undefined) return '`event_type_allow` is missing, so every type is allowed';
  const odd = inner.filter((type) => !outer.includes(type));
  return odd.length === 0 ? null : `\`event_type_allow\` has ${odd.join(', ')} besides`;
}

function same<K extends string>(
  field: K,
  child: Readonly<Record<K, Uint8Array>>,
  parent: Readonly<Record<K, Uint8Array>>,
): Fault {
  return bytesEqual(child[field], parent[field]) ? null : `\`${field}\` is another one`;
}

/** A limit that the parent has, the child has too. */
function atMost<K extends string>(
  field: K,
  child: Readonly<Partial<Record<K, number | bigint | undefined>>>,
  parent: Readonly<Partial<Record<K, number | bigint | undefined>>>,
): Fault {
  const [inner, outer] = [child[field], parent[field]];
  if (outer === undefined || (inner !== undefined && inner <= outer)) return null;
  return inner === undefined
    ? `\`${field}\` is missing, and the parent allows ${outer}`
    : `\`${field}\` is ${inner}, above ${outer}`;
}
