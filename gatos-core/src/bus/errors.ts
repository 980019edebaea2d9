/** Faults of the message bus. */
import { EXIT, errorArea } from '../kernel/index.js';

export const busError = errorArea('bus', {
  name: {
    kind: 'input',
    message: (d: { what: 'topic' | 'consumer'; name: string }) =>
      `\`${d.name}\` cannot be a ${d.what}: use lower-case letters, digits, \`.\`, \`_\` and \`-\``,
  },
  'bad-message': {
    kind: 'input',
    message: (d: { index: number; why: string }) => `message ${d.index} cannot be published: ${d.why}`,
  },
  'message-too-large': {
    kind: 'limit',
    message: (d: { index: number; bytes: number; limit: number }) =>
      `message ${d.index} has ${d.bytes} bytes encoded, the limit is ${d.limit}`,
    hint: () => 'keep bulk data in a file and publish its digest',
  },
  'duplicate-key': {
    kind: 'conflict',
    message: (d: { topic: string; key: string; cid: string; index: number }) =>
      `key \`${d.key}\` on topic \`${d.topic}\` was already used for another message (\`${d.cid}\`)`,
    hint: () => 'one key stands for one message; use another key, or none',
  },
  'repeated-key': {
    kind: 'input',
    message: (d: { key: string; index: number }) => `key \`${d.key}\` stands for two different messages in one request`,
  },
  'no-topic': {
    kind: 'missing',
    message: (d: { topic: string; known: readonly string[] }) => `there is no topic \`${d.topic}\``,
    hint: (d: { known: readonly string[] }) =>
      d.known.length === 0
        ? 'publish the first message: `git gatos bus publish TOPIC`'
        : `topics here: ${d.known.join(', ')}`,
  },
  'no-successor': {
    kind: 'unavailable',
    message: (d: { topic: string; segment: string }) =>
      `topic \`${d.topic}\` goes on in segment \`${d.segment}\`, which is not here`,
    hint: () => 'bring it here first: `git gatos sync`',
  },
  overtaken: {
    kind: 'conflict',
    message: (d: { topic: string }) => `somebody else wrote to topic \`${d.topic}\` first; nothing was published`,
    hint: () => 'it is safe to run the same command again',
  },
  'not-ours': {
    kind: 'conflict',
    exit: EXIT.rewritten,
    message: (d: { chain: string; actor: string; seq: number }) =>
      `record ${d.seq} on \`${d.chain}\` is by \`${d.actor}\`, and only who signed it can sign it again`,
    hint: (d: { actor: string }) =>
      `sync with \`--re-emit\` in the clone of \`${d.actor}\` first; or publish again what you want to keep`,
  },
  'bad-offset': {
    kind: 'input',
    message: (d: { why: string }) => `this is no position of a consumer: ${d.why}`,
  },
  misplaced: {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `the record on \`${d.chain}\` does not belong there: ${d.why}`,
  },
  'after-end': {
    kind: 'integrity',
    message: (d: { chain: string; seq: number }) =>
      `segment \`${d.chain}\` has ended, and record ${d.seq} stands behind its end`,
  },
  'bad-end': {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `the end of segment \`${d.chain}\` is not true: ${d.why}`,
  },
  'not-linked': {
    kind: 'integrity',
    message: (d: { chain: string; topic: string }) =>
      `no segment of topic \`${d.topic}\` leads to \`${d.chain}\`, and the topic did not start there`,
  },
  'bad-summary': {
    kind: 'integrity',
    message: (d: { segment: string; summary: string; why: string }) =>
      `the summary \`${d.summary}\` of segment \`${d.segment}\` is not true: ${d.why}`,
    hint: () => 'either of the two was forged; another clone may still have the segment',
  },
  'bad-offsets': {
    kind: 'integrity',
    message: (d: { chain: string; seq: number; why: string }) =>
      `offset ${d.seq} on \`${d.chain}\` is not true: ${d.why}`,
  },
  'not-summarised': {
    kind: 'denied',
    exit: EXIT.rewritten,
    message: (d: { segment: string }) =>
      `segment \`${d.segment}\` cannot be deleted: no summary covers it as it is there`,
    hint: () => '`git gatos bus compact TOPIC` writes the summary and deletes in one step; push both together',
  },
  pruned: {
    kind: 'denied',
    exit: EXIT.rewritten,
    message: (d: { segment: string; summary: string }) =>
      `segment \`${d.segment}\` was pruned into the summary \`${d.summary}\` and is never created again`,
    hint: () => '`git gatos sync`, which lets go of it here as well',
  },
  'no-message': {
    kind: 'missing',
    message: (d: { topic: string; cid: string }) =>
      `no segment of topic \`${d.topic}\` here holds message \`${d.cid}\``,
    hint: () => 'what was pruned can be proved by whoever made a proof before',
  },
  'still-open': {
    kind: 'unavailable',
    message: (d: { segment: string }) =>
      `segment \`${d.segment}\` is still being written, so that its Merkle root is not fixed yet`,
    hint: () => 'make the proof once the segment has ended',
  },
  'no-segment': {
    kind: 'unavailable',
    message: (d: { segment: string }) => `neither segment \`${d.segment}\` nor a summary of it is here`,
    hint: () => 'bring the topic here first: `git gatos sync`',
  },
  'bad-proof': {
    kind: 'integrity',
    message: (d: { why: string }) => `the proof does not hold: ${d.why}`,
  },
});
