/**
 * Ring 5. Folds: a deterministic sandbox turns events into state; a checkpoint carries the state and the Proof-of-Fold, which
 * anyone recomputes from a clone. The result is a function of (bundle, ordered records) alone.
 */
export { type BisectRequest, bisect, type Culprit } from './bisect.js';
export { type FoldBundle, MANIFEST_PATH, makeBundle, readBundle, SOURCE_PATH } from './bundle.js';
export {
  checkpointsBackwards,
  newestCheckpoint,
  placeOf,
  readCheckpoint,
  readKey,
  readState,
  type StoredCheckpoint,
} from './checkpoint.js';
export { type AuthorPart, foldNames, openFold, openFoldByRoot, publishDefinition, stateNames } from './definition.js';
export { foldError } from './errors.js';
export { type Predicate, statePredicate } from './predicate.js';
export { type ProvedFact, proveEvent, proveKey, verifyProofFile } from './prove.js';
export { FOLD_RULES } from './rules.js';
export { type FoldPorts, type RunRequest, type RunResult, runAndRecord } from './run.js';
export { type FoldedHead, type FoldOutcome, type FoldPlace, type FoldRequest, firstPlace, runFold } from './runner.js';
export {
  createEngine,
  EventSink,
  engineId,
  type Finding as LintFinding,
  type FoldedRange,
  type FoldRange,
  foldRange,
  lint as lintFold,
  type Sandbox,
  type SandboxEngine,
  WINDOW,
} from './sandbox/index.js';
export {
  CHECKPOINT_KIND,
  type Checkpoint,
  DEFINITION_KIND,
  FOLD_MANIFEST,
  type FoldManifest,
  foldChain,
  stateChain,
} from './schema.js';
export { blocksOf, checkState, type State } from './state-blocks.js';
export { checkProofs, type ProofPorts, type VerifiedProof, verifyProof } from './verify-proof.js';
