/** Record kinds of the capability plane. A capability travels as its canonical bytes, beside the few fields that keys and rules need. */
import { ACTOR, defineKind, type IndexedKind } from '../chain/index.js';
import { formatHex, formatKey, type Infer, s } from '../codec/index.js';
import { bytesEqual, GatosError, LIMITS } from '../kernel/index.js';
import { decodeCapability } from './held.js';
import { kindName, METERS, type Meter } from './kinds.js';

const ID = s.bytes({ length: 32 });
const KEY = s.bytes({ length: 32 });

const ISSUED = s.struct({
  /** MYTHOS-CAN of the Capability. */
  cap: s.bytes({ max: LIMITS.capabilityBytes }),
  /** The rest repeats what it says. */
  id: ID,
  kind: s.int({ min: 0, max: LIMITS.u8 }),
  issuer: KEY,
  subject: KEY,
  parent: s.nullable(ID),
});
export type Issued = Infer<typeof ISSUED>;

/** The record of a capability. Throws as `decodeCapability`. */
export function issuedBody(cap: Uint8Array): Issued {
  const { id, capability } = decodeCapability(cap);
  const { issuer, subject, scope, attenuation_parent: parent } = capability;
  return { cap, id, kind: scope.kind, issuer: issuer.key, subject: subject.key, parent: parent ?? null };
}

function issuedFault(body: Issued): string | undefined {
  try {
    const want = issuedBody(body.cap);
    const same =
      bytesEqual(want.id, body.id) &&
      want.kind === body.kind &&
      bytesEqual(want.issuer, body.issuer) &&
      bytesEqual(want.subject, body.subject) &&
      (want.parent === null ? body.parent === null : body.parent !== null && bytesEqual(want.parent, body.parent));
    return same ? undefined : 'says something else than the capability in it';
  } catch (error) {
    if (error instanceof GatosError) return `holds no capability: ${error.message}`;
    throw error;
  }
}

export const ISSUED_KIND: IndexedKind<Issued> = {
  ...defineKind<Issued>({
    kind: 'capability.issued',
    schema: s.refine(ISSUED, issuedFault),
    describe: ({ id, kind, subject, parent }, count) => ({
      title: `capability: ${kindName(kind)} for ${formatKey(subject)}${count > 1 ? ` and ${count - 1} more` : ''}`,
      trailers: [['Capability', formatHex(id)], ...(parent === null ? [] : [['Parent', formatHex(parent)] as const])],
    }),
  }),
  indexKey: ({ id }) => formatHex(id),
  indexReplaces: () => null,
};

const REVOKED = s.struct({
  cap: ID,
  reason: s.text({ maxBytes: LIMITS.reasonBytes }),
  /** The actor of the envelope. */
  by: ACTOR,
  /** µs since the epoch. */
  time: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
});
export type Revocation = Infer<typeof REVOKED>;

export const REVOKED_KIND: IndexedKind<Revocation> = {
  ...defineKind<Revocation>({
    kind: 'capability.revoked',
    schema: REVOKED,
    describe: ({ cap, by }) => ({ title: `capability: revoked by ${by}`, trailers: [['Capability', formatHex(cap)]] }),
  }),
  indexKey: ({ cap }) => formatHex(cap),
  indexReplaces: () => null,
};

const AMOUNT = s.int({ min: 0, max: Number.MAX_SAFE_INTEGER });

const USED = s.struct({
  cap: ID,
  /** Which use this is; null: this is the sum of all uses of the capability and of what rests on it. */
  idem: s.nullable(ID),
  /** What the use took, or the sum of what all took. */
  amounts: s.struct({
    calls: s.optional(AMOUNT),
    jobs: s.optional(AMOUNT),
    tokens: s.optional(AMOUNT),
    gpu_ms: s.optional(AMOUNT),
    runs: s.optional(AMOUNT),
    workers: s.optional(AMOUNT),
    cpu_us: s.optional(AMOUNT),
    io: s.optional(AMOUNT),
    events: s.optional(AMOUNT),
  } satisfies Record<Meter, unknown>),
  /** When it was used, µs since the epoch. */
  time: s.int({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  /** The sum before this one; null for the first, and for a use. */
  replaces: s.nullable(s.cid),
});
export type Used = Infer<typeof USED>;

/** A sum stands under the id of the capability, a use under that and its own. */
export function usedKey(cap: string, idem: string | null): string {
  return idem === null ? cap : `${cap}/${idem}`;
}

export const USED_KIND: IndexedKind<Used> = {
  ...defineKind<Used>({
    kind: 'capability.used',
    schema: s.refine(USED, ({ idem, replaces }) =>
      idem !== null && replaces !== null ? 'is a use, and replaces another record' : undefined,
    ),
    describe: ({ cap, idem }) => ({
      title: 'capability: used',
      trailers: [['Capability', formatHex(cap)], ...(idem === null ? [] : [['Use', formatHex(idem)] as const])],
    }),
  }),
  indexKey: ({ cap, idem }) => usedKey(formatHex(cap), idem === null ? null : formatHex(idem)),
  indexReplaces: ({ replaces }) => replaces,
};

/** The meters of an amount, as records hold them. */
export function amountsBody(amounts: Partial<Readonly<Record<Meter, bigint>>>): Used['amounts'] {
  const out: Partial<Record<Meter, number>> = {};
  for (const meter of METERS) {
    const amount = amounts[meter];
    if (amount !== undefined) out[meter] = Number(amount);
  }
  return out;
}
