/**
 * Ring 5. Folds: a deterministic sandbox turns events into state; a checkpoint carries the state and the Proof-of-Fold, which
 * anyone recomputes from a clone. The result is a function of (bundle, ordered records) alone.
 */
export { acceptedProof } from './accepted-proof.js';
export { type BisectRequest, bisect, type Culprit } from './bisect.js';
export { type FoldBundle, filesOfBundle, MANIFEST_PATH, makeBundle, readBundle, SOURCE_PATH } from './bundle.js';
export { checkProofs } from './check-proofs.js';
export {
  type AuthorPart,
  definitionOf,
  foldNames,
  openFold,
  openFoldByRoot,
  publishDefinition,
  stateNames,
} from './definition.js';
export { type Departure, foldError, type Mismatch, type Roots } from './errors.js';
export { type FoldedHead, type FoldPlace, firstPlace } from './place.js';
export { type Predicate, statePredicate } from './predicate.js';
export type { ProofPorts, VerifiedProof } from './proof.js';
export { type ProvedFact, verifyProofFile } from './proof-file.js';
export { proveEvent, proveKey } from './prove.js';
export { placeOf, stillHolds } from './resume.js';
export { FOLD_RULES } from './rules.js';
export { type FoldPorts, type RunRequest, type RunResult, runAndRecord } from './run.js';
export { type FoldOutcome, type FoldRequest, runFold } from './runner.js';
export {
  createEngine,
  EventSink,
  engineId,
  type Finding as LintFinding,
  type FoldedRange,
  type FoldRange,
  type FoldSource,
  foldRange,
  lint as lintFold,
  runScript,
  type Sandbox,
  type SandboxEngine,
  type ScriptResult,
  type ScriptRun,
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
export { SharedEngine } from './shared-engine.js';
export { blocksOf, checkState, type State } from './state-blocks.js';
export {
  checkpointsBackwards,
  foundationsOf,
  newestCheckpoint,
  readCheckpoint,
  readKey,
  readState,
  type StoredCheckpoint,
} from './stored-checkpoint.js';
export { checkDefinitions } from './verify-definition.js';
export { type ProofRequest, verifyProof } from './verify-proof.js';
