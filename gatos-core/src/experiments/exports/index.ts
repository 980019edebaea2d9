/**
 * Exports: an experiment in the forms that others read. Plain data in, text and bytes out; one experiment gives one text. What is
 * exported has been verified by whoever calls.
 */
export {
  BUNDLE_TYPE,
  formatBundle,
  formatStatementDsse,
  type SignedStatement,
  STATEMENT_PAYLOAD,
  signStatement,
} from './bundle.js';
export { CITATION_FORMS, type CitationForm, formatCitation } from './cite.js';
export type { CrateFile, CrateRole } from './crate-files.js';
export type { ExportedExperiment, ExportedJob, License } from './model.js';
export { provJson } from './prov.js';
export { type ExportRequest, exportedExperiment } from './read.js';
export { CRATE_METADATA, type Crate, PROCESS_PROFILE, roCrate } from './ro-crate.js';
export { BUILD_TYPE, PROVENANCE_TYPE, STATEMENT_TYPE, statementBytes, statementOf } from './statement.js';
