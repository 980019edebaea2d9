/**
 * Ring 1. Merkle trees of RFC 9162 section 2.1 over SHA-256: root, incremental frontier, inclusion and consistency proofs.
 * Invariant: the functions that verify never throw, whatever a stranger hands in. A root does not commit to its size:
 * take both from the same signed statement.
 */
export { type ConsistencyClaim, type InclusionClaim, verifyConsistency, verifyInclusion } from './check-proof.js';
export { Frontier, type FrontierSnapshot, root } from './frontier.js';
export { consistencyProof, inclusionProof } from './prove.js';
export { leafHash, nodeHash } from './tree-hash.js';
