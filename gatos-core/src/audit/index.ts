/**
 * Ring 5. Audit: what happened at the gate, recorded by whoever runs it. Invariant: a denial says enough to be judged again by a
 * stranger, although what was refused is gone.
 */
export { auditError } from './errors.js';
export { AUDIT_RULES, DENIAL_RULE } from './rules.js';
export { DENIAL_KIND, DENIALS, type Denial, denialChain } from './schema.js';
export { checkDenial, verifyDenials } from './verify.js';
export {
  type DenialAuthor,
  denialIn,
  type NewDenial,
  type RecordedDenial,
  readDenial,
  type StoredDenial,
  writeDenial,
} from './write.js';
