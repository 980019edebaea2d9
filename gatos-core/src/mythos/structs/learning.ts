/** Learning objects: traces, episodes, signals, datasets, recipes, models, suites, promotions (RFC-MYTHOS-0001 A.15, 0003). */

import { AGENT_ID, BLOB_REF, SIGNATURE } from './core.js';
import { bytes, code, hash, list, map, text, time, u8, u64 } from './fields.js';
import { EXPR, FIELD_PATH } from './ir.js';
import { f, type Infer, opt, struct } from './struct.js';

export const TRACE_REF = struct('TraceRef', {
  trace_blob: f(1, BLOB_REF.field, 'the trace'),
  receipt_ids: f(2, list(hash), 'receipts of its effects'),
});
export type TraceRef = Infer<typeof TRACE_REF>;

export const EPISODE_REF = struct(
  'EpisodeRef',
  {
    episode_id: f(1, hash, 'SHA-256 of the episode without field 1'),
    trace_ref: f(2, TRACE_REF.field, 'what happened'),
    context_hash: f(3, hash, 'what it started from'),
    outcome_hash: f(4, hash, 'what came out'),
    time_observed: f(5, time, 'when'),
  },
  { id: 'episode_id' },
);
export type EpisodeRef = Infer<typeof EPISODE_REF>;

export const SIGNAL = struct(
  'Signal',
  {
    signal_id: f(1, hash, 'SHA-256 of the signal without fields 1 and 8'),
    episode_id: f(2, hash, 'the episode'),
    signal_type: f(3, code({ 1: 'Reward', 2: 'Label', 3: 'Constraint' }), 'what is said'),
    value_kind: f(4, u8, 'how the value is encoded'),
    value_bytes: f(5, bytes, 'the value'),
    signer: f(6, AGENT_ID.field, 'who says it'),
    time_observed: f(7, time, 'when'),
    signature: f(8, SIGNATURE.field, 'by the signer over the signal id'),
  },
  { id: 'signal_id', signature: 'signature', signer: 'signer' },
);
export type Signal = Infer<typeof SIGNAL>;

export const QUERY_DEF = struct(
  'QueryDef',
  {
    query_id: f(1, hash, 'SHA-256 of the query without field 1'),
    predicate: f(2, EXPR.field, 'which episodes'),
  },
  { id: 'query_id' },
);
export type QueryDef = Infer<typeof QUERY_DEF>;

export const SAMPLING_DEF = struct('SamplingDef', {
  mode: f(1, code({ 1: 'ALL', 2: 'FIRST_N', 3: 'HASH_N' }), 'how'),
  n: opt(2, u64, 'how many'),
  seed: f(3, hash, 'what decides'),
});
export type SamplingDef = Infer<typeof SAMPLING_DEF>;

export const STRATIFY_DEF = struct('StratifyDef', {
  key_path: f(1, FIELD_PATH.field, 'what tells the buckets apart'),
  per_bucket_n: f(2, u64, 'how many of each'),
  seed: f(3, hash, 'what decides'),
});
export type StratifyDef = Infer<typeof STRATIFY_DEF>;

export const DATASET_DEF = struct(
  'DatasetDef',
  {
    dataset_def_id: f(1, hash, 'SHA-256 of the definition without field 1'),
    corpus_roots: f(2, list(hash), 'lists of episodes'),
    query: f(3, QUERY_DEF.field, 'which of them'),
    sampling: f(4, SAMPLING_DEF.field, 'how many of those'),
    stratify: opt(5, STRATIFY_DEF.field, 'of each bucket'),
  },
  { id: 'dataset_def_id' },
);
export type DatasetDef = Infer<typeof DATASET_DEF>;

export const DATASET_REF = struct('DatasetRef', {
  dataset_def_id: f(1, hash, 'the definition'),
  manifest: f(2, BLOB_REF.field, 'the chosen episodes'),
  count: f(3, u64, 'how many'),
  build_receipt_id: f(4, hash, 'receipt of the build'),
});
export type DatasetRef = Infer<typeof DATASET_REF>;

export const RECIPE_DEF = struct(
  'RecipeDef',
  {
    recipe_id: f(1, hash, 'SHA-256 of the recipe without field 1'),
    base_model: f(2, hash, 'where training starts'),
    train_code_hash: f(3, hash, 'the code'),
    hyperparams: f(4, map('text', text), 'its parameters'),
  },
  { id: 'recipe_id' },
);
export type RecipeDef = Infer<typeof RECIPE_DEF>;

export const MODEL_REF = struct(
  'ModelRef',
  {
    model_id: f(1, hash, 'SHA-256 of the model without field 1'),
    weights: f(2, BLOB_REF.field, 'weights'),
    config: f(3, BLOB_REF.field, 'configuration'),
    code_hash: f(4, hash, 'the code'),
    parent_model_id: opt(5, hash, 'the model it was trained from'),
  },
  { id: 'model_id' },
);
export type ModelRef = Infer<typeof MODEL_REF>;

export const EVAL_SUITE_DEF = struct(
  'EvalSuiteDef',
  {
    suite_id: f(1, hash, 'SHA-256 of the suite without field 1'),
    suite_code_hash: f(2, hash, 'the code'),
    tests_manifest: f(3, BLOB_REF.field, 'the tests'),
    metrics: f(4, list(text), 'what is measured'),
  },
  { id: 'suite_id' },
);
export type EvalSuiteDef = Infer<typeof EVAL_SUITE_DEF>;

export const PROMOTION_RECORD = struct(
  'PromotionRecord',
  {
    promotion_id: f(1, hash, 'SHA-256 of the record without fields 1 and 8'),
    model_id: f(2, hash, 'the model'),
    ring_id: f(3, u8, 'the ring'),
    policy_id: f(4, hash, 'the policy'),
    eval_attestations: f(5, list(hash), 'attestations that support it'),
    signer: f(6, AGENT_ID.field, 'who promotes'),
    time_observed: f(7, time, 'when'),
    signature: f(8, SIGNATURE.field, 'by the signer over the promotion id'),
  },
  { id: 'promotion_id', signature: 'signature', signer: 'signer' },
);
export type PromotionRecord = Infer<typeof PROMOTION_RECORD>;
