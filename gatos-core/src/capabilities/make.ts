/** Making a capability: its scope encoded, sealed by its issuer, recorded under its id. */
import { appendIndexed, type WriterPorts } from '../chain/index.js';
import {
  type AgentId,
  agentOf,
  CAPABILITY,
  type Capability,
  encodeStruct,
  SCOPE_STRUCTS,
  type Scope,
  type Struct,
  sealStruct,
} from '../mythos/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { capabilityError } from './errors.js';
import { decodeCapability, formatMicros, type HeldCapability } from './held.js';
import { ISSUED_CHAIN } from './names.js';
import { ISSUED_RULE } from './rules.js';
import { ISSUED_KIND, issuedBody } from './schema.js';

/** What a capability says besides who issues it. Times are µs since the epoch. */
export interface CapabilityTerms {
  readonly subject: AgentId;
  readonly scope: Scope;
  readonly notBefore: number;
  /** From then on it no longer counts. */
  readonly expiresAt: number;
  /** May the subject pass on a part of it? */
  readonly delegable: boolean;
}

export interface MadeCapability {
  /** `exists`: this very capability was issued before, nothing was written. */
  readonly status: 'recorded' | 'exists';
  readonly held: HeldCapability;
}

/** Sealed by the writer. Throws `capabilities/bad-window`, `capabilities/bad-scope`, `mythos/unencodable`. */
export async function sealCapability(
  { signer }: Pick<Writer, 'signer'>,
  { subject, scope, notBefore, expiresAt, delegable }: CapabilityTerms,
  parent: Uint8Array | undefined,
): Promise<HeldCapability> {
  const [from, until] = [BigInt(notBefore), BigInt(expiresAt)];
  if (from >= until) throw capabilityError('bad-window', { from: formatMicros(from), until: formatMicros(until) });
  const struct = SCOPE_STRUCTS[scope.kind] as unknown as Struct<object>;
  const draft: Omit<Capability, 'cap_id' | 'signature'> = {
    issuer: agentOf(signer.key),
    subject,
    scope: { kind: scope.kind, payload: encodeStruct(struct, scope.scope) },
    not_before: from,
    expires_at: until,
    delegable,
    attenuation_parent: parent,
    revocation_required: true,
  };
  return decodeCapability(encodeStruct(CAPABILITY, await sealStruct(CAPABILITY, draft, signer)));
}

/** Records a capability in the log. Whoever seals the same one again gets the same id, and nothing is written. Errors as `appendIndexed`. */
export async function recordCapability(
  ports: WriterPorts,
  writer: Writer,
  held: HeldCapability,
): Promise<MadeCapability> {
  const { prepare: _, ...place } = requestBy(writer, {
    chain: ISSUED_CHAIN,
    rule: ISSUED_RULE,
    prepare: async () => [],
  });
  const records = [{ body: issuedBody(held.bytes), expected: null }];
  const { appended } = await appendIndexed(ports, { ...place, kind: ISSUED_KIND, records });
  return { status: appended === null ? 'exists' : 'recorded', held };
}
