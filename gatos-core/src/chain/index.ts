/**
 * Ring 3. The chain: a ref whose commits each hold one signed envelope; linear, append-only, hash-linked by CID, contiguous
 * in `seq`. The only way to write is compare-and-swap. Everything that GATOS records is a chain.
 */
export { type AppendRequest, append, appendTogether, type TogetherOptions, type WriterPorts } from './append.js';
export { AttachmentChecker } from './attachment-checker.js';
export { ATTACHMENTS, attachDirectory, attachFile } from './attachments.js';
export { checkMovement, checkPlace, checkRecords, checkSequence } from './checks.js';
export { largestClock } from './clock.js';
export { type CommitParts, commitBytes } from './commit.js';
export { type DraftedRecord, draftRecord } from './draft.js';
export { buildEnvelope, decodeEnvelope, type Envelope, RECORD_DEPTH } from './envelope.js';
export { ACTOR, type EnvelopeHeader } from './envelope-header.js';
export { chainError } from './errors.js';
export {
  type AppendIndexedRequest,
  type AppendIndexedResult,
  appendIndexed,
  type DraftedIndex,
  draftIndexed,
  type HeadIndex,
  type Indexed,
  type IndexedGroup,
  type IndexedKind,
  type IndexedOutcome,
  type IndexedPreparation,
  type IndexedRecord,
  type IndexView,
  indexAtHead,
  indexedBody,
  lookupIndexed,
  prepareIndexed,
  viewIndex,
} from './index-chain.js';
export { type AnyRecordKind, type Attachment, type Description, defineKind, type RecordKind } from './kind.js';
export { chainOfRef, checkChainName, isAmong, REF_PREFIX, refOfChain } from './names.js';
export { type Appended, type Draft, type Extension, publish, type SignedDraft, signAll, store } from './publish.js';
export {
  type ChainEntry,
  type ChainHead,
  type ChainRange,
  headOfEntry,
  readBackwards,
  readChain,
  readEntry,
  readHead,
} from './read.js';
export { encodeRecord, recordBody, recordBytes, recordCid, recordHasher } from './record.js';
export { changedKeys, type RejoinedIndex, type RejoinIndexRequest, rejoinIndex } from './rejoin-index.js';
export { isIndex, type Movement, matchesPattern, type Rule, ruleFor } from './rule.js';
export { decodeSigned, type EnvelopeSignature, encodeSigned, type SignedEnvelope, signedMessage } from './signed.js';
export { listFiles, type NewFile, type StoredFile } from './tree-files.js';
export {
  type Authorize,
  type ChainContext,
  type ChainSpan,
  type ChainVerdict,
  type VerifyOptions,
  verifyChain,
} from './verify.js';
