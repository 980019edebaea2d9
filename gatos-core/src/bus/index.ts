/**
 * Ring 5. The message bus: topics are lines of segments, one ref a segment, each signed and append-only, that rotate when they are full
 * and give way to signed summaries when they are old. Messages are delivered at least once, in the order of the topic; consumers keep
 * their offsets in chains and know a message that they have handled.
 * Invariants: a topic never forks, nothing follows the end of a segment, and what was pruned can still be proved.
 */
export { type Compacted, type CompactRequest, compactTopic, type KeptSegment } from './compact.js';
export { Consumer, type ConsumerRequest, type Delivery, openConsumer, readOffset } from './consumer.js';
export { digestSegment, type SegmentDigest, summaryFault, summaryOf } from './digest.js';
export { busError } from './errors.js';
export {
  type HeldSummary,
  listConsumers,
  listSegments,
  listTopics,
  readLine,
  requireTopic,
  type SegmentRef,
  type TopicLine,
} from './line.js';
export { Message } from './message.js';
export {
  checkConsumer,
  checkTopic,
  dayOf,
  offsetsChain,
  parseSegment,
  segmentChain,
  summaryChain,
  topicOf,
  ulidAfter,
} from './names.js';
export { checkMessage } from './prepare.js';
export { type MessageProof, type ProvedMessage, proveMessage, verifyMessageProof } from './proof.js';
export {
  type BusPorts,
  openBus,
  type Published,
  type PublishRequest,
  publishMessages,
  type SegmentLimits,
} from './publish.js';
export { lastOffset, type MessageBatch, type Offset, type ReadOffset, type ReadRequest, readMessages } from './read.js';
export { type JoinRequest, joinOffsets, type RejoinedTopic, type RejoinRequest, rejoinTopic } from './rejoin.js';
export { BUS_RULES, OFFSETS_RULE, SEGMENT_RULE, SUMMARY_RULE } from './rules.js';
export {
  END_KIND,
  MESSAGE_KIND,
  type NewMessage,
  OFFSET_KIND,
  type OffsetRecord,
  SUMMARY_KIND,
  type Summary,
  TOPIC_KIND,
} from './schema.js';
export { SegmentMemo } from './segment-state.js';
export {
  type ConsumerStats,
  type SegmentStats,
  type StatsRequest,
  type Suggestion,
  type TopicStats,
  topicStats,
} from './stats.js';
export { pruningFault, summaryFor, type VerifyBusRequest, verifyBus } from './verify.js';
export type { Novelty } from './window.js';
