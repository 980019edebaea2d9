/** A capability that was read: its bytes, what they say, and what is wrong with them. */
import { formatHex, formatKey, formatTime } from '../codec/index.js';
import { GatosError, LIMITS } from '../kernel/index.js';
import {
  type AgentId,
  CAPABILITY,
  type Capability,
  checkStructId,
  decodeStruct,
  ED25519,
  readScope,
  type Scope,
} from '../mythos/index.js';
import { capabilityError } from './errors.js';
import { isScopeKind, kindName } from './kinds.js';

export interface HeldCapability {
  /** The id that it states, in hexadecimal. */
  readonly hex: string;
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
  readonly capability: Capability;
  /** Null when it cannot be read, or is of a kind that nobody knows. */
  readonly scope: Scope | null;
  /** Why there is no scope, or the id is not that of its content. */
  readonly faults: { readonly id: GatosError | null; readonly scope: GatosError | null };
}

/** Reads the bytes of a capability; what they claim is told apart. Throws `mythos/malformed`, `codec/*` for bytes that are none. */
export function readCapability(bytes: Uint8Array): HeldCapability {
  const capability = decodeStruct(CAPABILITY, bytes, { maxBytes: LIMITS.capabilityBytes });
  const id = capability.cap_id;
  const scope = scopeOf(capability);
  const read = scope instanceof GatosError ? null : scope;
  const faults = { id: faultOf(() => checkStructId(CAPABILITY, capability)), scope: read === null ? scope : null };
  return { hex: formatHex(id), id, bytes, capability, scope: read, faults: faults as HeldCapability['faults'] };
}

/** As `readCapability`, for one that has to be whole. Throws its faults as well. */
export function decodeCapability(bytes: Uint8Array): HeldCapability & { readonly scope: Scope } {
  const held = readCapability(bytes);
  const { faults, scope } = held;
  if (faults.id !== null) throw faults.id;
  if (scope === null) throw faults.scope ?? capabilityError('kind', { kind: held.capability.scope.kind });
  return { ...held, scope };
}

function faultOf(body: () => unknown): GatosError | null {
  try {
    body();
    return null;
  } catch (error) {
    if (error instanceof GatosError) return error;
    throw error;
  }
}

/**
 * The scope of a capability. A scope with fields that are not in the table is refused: what it does not allow might stand there.
 */
export function scopeOf({ scope: { kind, payload, unknown } }: Pick<Capability, 'scope'>): Scope | GatosError {
  if (!isScopeKind(kind)) return capabilityError('kind', { kind });
  const bad = (why: string) => capabilityError('bad-scope', { kind: kindName(kind), why });
  let read: Scope | undefined;
  const fault = faultOf(() => {
    read = readScope({ kind, payload });
  });
  if (fault !== null || read === undefined) return bad(fault?.message ?? 'it cannot be read');
  const odd = unknown?.[0] ?? read.scope.unknown?.[0];
  if (odd !== undefined) return bad(`nobody here knows what its field ${odd[0]} restricts`);
  const why = extentFault(read);
  return why === null ? read : bad(why);
}

/** What a scope is refused for that has the right fields. */
function extentFault({ kind, scope }: Scope): string | null {
  const tooMany = (count: number) => (count > LIMITS.scopeItems ? `it lists more than ${LIMITS.scopeItems}` : null);
  switch (kind) {
    case 1:
      return (scope.range_start ?? 0n) + (scope.range_len ?? 0n) > 0xffff_ffff_ffff_ffffn
        ? 'its range ends beyond 2^64'
        : null;
    case 2:
      return tooMany(scope.media_allow.length);
    case 5:
      return tooMany(Object.keys(scope.constraints ?? {}).length);
    case 11:
      return tooMany(scope.event_type_allow?.length ?? 0);
    default:
      return null;
  }
}

/** `ed25519:…`, or what stands there for a key of another scheme. */
export function formatAgent({ scheme, key }: AgentId): string {
  return scheme === ED25519 && key.length === 32 ? formatKey(key) : `scheme ${scheme} ${formatHex(key)}`;
}

const EARLIEST = 0n;
const LATEST = BigInt(Number.MAX_SAFE_INTEGER);

/** A time in µs as text; of what lies outside the times that have one, the number. */
export function formatMicros(time: bigint): string {
  return time >= EARLIEST && time <= LATEST ? safeTime(Number(time)) : `${time} µs`;
}

function safeTime(time: number): string {
  try {
    return formatTime(time);
  } catch (error) {
    if (error instanceof GatosError) return `${time} µs`;
    throw error;
  }
}
