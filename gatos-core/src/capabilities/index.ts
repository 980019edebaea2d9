/**
 * Ring 5. Capabilities: signed permissions to do one kind of thing, within a scope and a window, that may be passed on in parts.
 * Absence denies. Invariants: a part never allows more than the whole; whatever rests on something revoked is revoked; no limit
 * is ever exceeded, whoever races.
 */
export { type AttenuateRequest, attenuateCapability } from './attenuate.js';
export { type CheckCapabilityRequest, type CheckedCapability, checkCapability } from './check.js';
export { countUse } from './count.js';
export { coverFault } from './cover.js';
export { capabilityError } from './errors.js';
export { decodeCapability, formatAgent, formatMicros, type HeldCapability, readCapability, scopeOf } from './held.js';
export { issueCapability } from './issue.js';
export { issuerFault } from './issuer.js';
export {
  type Amounts,
  CAPABILITY_GROUPS,
  groupOfKind,
  kindName,
  limitsOf,
  type Meter,
  UNCOUNTED_U32,
} from './kinds.js';
export { type ListedCapability, listCapabilities } from './list.js';
export { type CapabilitySource, capabilityLog } from './log.js';
export type { CapabilityTerms, MadeCapability } from './make.js';
export { CapabilityMemo } from './memo.js';
export { ISSUED_CHAIN, parseCapabilityId, REVOKED_CHAIN, usedChain } from './names.js';
export { type CapabilityRequest, costOf } from './request.js';
export { readCapabilityRequest } from './request-json.js';
export { type RevokedCapability, revokeCapability } from './revoke.js';
export { CAPABILITY_RULES, ISSUED_RULE, REVOKED_RULE, USED_RULE } from './rules.js';
export { ISSUED_KIND, type Issued, issuedBody, REVOKED_KIND, type Revocation, USED_KIND, type Used } from './schema.js';
export type { Standing } from './stages.js';
export type { NamedCapability } from './standing.js';
export { verifyCapabilities } from './verify.js';
export { beyond } from './within.js';
