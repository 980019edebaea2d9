/**
 * Ring 5. Experiments: what was run on what and what came out, as one record that a stranger can check and repeat; how a repetition departs
 * from it; and the forms in which others read it.
 *
 * Invariants: a proof names jobs by content and Proofs-of-Execution by envelope, so that nothing in it can be swapped; a comparison
 * is a function of what is compared; an export is a function of what is exported.
 */
export { type Chosen, chooseParts } from './choose.js';
export { type CreatedExperiment, createExperiment, type ExperimentRequest, recordReproduction } from './create.js';
export { diffExperiments, type ExperimentPair } from './diff.js';
export {
  boundContents,
  type ContentDifference,
  type ContentItem,
  type ContentKind,
  type ContentPair,
  compareContents,
  compareExperiment,
  compareRuns,
  type Difference,
  type DriftReport,
  driftReportValue,
  explain,
  formatDriftReport,
  type Place,
  type Run,
  type RunPair,
} from './drift/index.js';
export { experimentError } from './errors.js';
export {
  BUNDLE_TYPE,
  CITATION_FORMS,
  type CitationForm,
  CRATE_METADATA,
  type Crate,
  type CrateFile,
  type ExportedExperiment,
  type ExportedJob,
  type ExportRequest,
  exportedExperiment,
  formatBundle,
  formatCitation,
  formatStatementDsse,
  type License,
  PROCESS_PROFILE,
  provJson,
  roCrate,
  type SignedStatement,
  STATEMENT_PAYLOAD,
  signStatement,
  statementBytes,
  statementOf,
} from './exports/index.js';
export {
  checkExperimentId,
  EXPERIMENTS,
  experimentChain,
  isExperimentId,
  REPRODUCTIONS,
  reproductionChain,
} from './names.js';
export { publishedSchemas } from './published.js';
export {
  type ExperimentJob,
  findCheckpoint,
  listExperiments,
  readExperiment,
  readJobs,
  readReproduction,
  readReproductions,
  type StoredExperiment,
  type StoredReproduction,
} from './read.js';
export {
  parseReceipt,
  RECEIPT_TYPE,
  type Receipt,
  type ReceiptExpectations,
  type ReceiptSignature,
  signReceipt,
  verifyReceipt,
} from './receipt.js';
export { type ComparedReceipt, compareReceipt, type HeldExperiment } from './receipt-held.js';
export { chainsOfExperiment, chainsOfReproduction } from './rests-on.js';
export { checkTogether, type ExperimentRoots, experimentRoots, type OuterInput, outerInputs } from './roots.js';
export { EXPERIMENT_RULE, EXPERIMENT_RULES, REPRODUCTION_RULE } from './rules.js';
export {
  EXPERIMENT_KIND,
  EXPERIMENT_SCHEMA,
  type Experiment,
  REPRODUCTION_KIND,
  REPRODUCTION_SCHEMA,
  type Reproduction,
  VERDICTS,
  type Verdict,
} from './schema.js';
export { type VerifyExperimentsRequest, verifyExperiment, verifyExperiments } from './verify.js';
