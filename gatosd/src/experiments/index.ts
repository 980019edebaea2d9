/** Experiments at work: reproducing them, signing what came out, and giving them to others. */
export { writeCrate } from './crate.js';
export { type RecordedReceipt, recordReceipt } from './receipt.js';
export { type Reproduced, type ReproducedJob, type ReproduceRequest, reproduceExperiment } from './reproduce.js';
