/**
 * Ring 5. Folds: a deterministic sandbox turns events into state; a checkpoint carries the state and the Proof-of-Fold, which
 * anyone recomputes from a clone. The result is a function of (bundle, ordered records) alone.
 */
export { bisect, type BisectRequest, type Culprit } from './bisect.js';
export { type FoldBundle, makeBundle, MANIFEST_PATH, readBundle, SOURCE_PATH } from './bundle.js';
export { checkpointsBackwards, newestCheckpoint, placeOf, readCheckpoint, readKey, readState, type StoredCheckpoint } from './checkpoint.js';
export { type AuthorPart, foldNames, openFold, openFoldByRoot, publishDefinition, stateNames } from './definition.js';
export { foldError } from './errors.js';
export { type Predicate, statePredicate } from './predicate.js';
export { type ProvedFact, proveEvent, proveKey, verifyProofFile } from './prove.js';
export { FOLD_RULES } from './rules.js';
export { type FoldPorts, runAndRecord, type RunRequest, type RunResult } from './run.js';
export { firstPlace, type FoldedHead, type FoldOutcome, type FoldPlace, type FoldRequest, runFold } from './runner.js';
export { type Checkpoint, CHECKPOINT_KIND, DEFINITION_KIND, FOLD_MANIFEST, foldChain, type FoldManifest, stateChain } from './schema.js';
export { createEngine, type Finding as LintFinding, lint as lintFold, type SandboxEngine } from './sandbox/index.js';
export { blocksOf, checkState, type State } from './state-blocks.js';
export { checkProofs, type ProofPorts, verifyProof, type VerifiedProof } from './verify-proof.js';
