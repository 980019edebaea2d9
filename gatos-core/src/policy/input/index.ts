/**
 * The document that policies read: its types, its table of fields (INPUT_TYPE), and what follows from that table:
 * the JSON Schema, the check of a given document, and the completion of a partial one for tests.
 */
export { checkInput, checkPartialInput, type InputProblem } from './check.js';
export { completeInput } from './complete.js';
export type {
  InputChange,
  InputCommit,
  InputEnvelope,
  InputGrant,
  InputPerson,
  InputSigner,
  InputTag,
  InputUpdate,
  PolicyInput,
} from './document.js';
export { inputJsonSchema } from './json-schema.js';
export { nearest } from './nearest.js';
export { INPUT_TYPE } from './table.js';
export type { Field, Type } from './types.js';
