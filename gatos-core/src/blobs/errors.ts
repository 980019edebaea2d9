/** Faults of the record plane of blobs. What becomes of their bytes is told by whoever keeps these (`chunks/*`). */
import { EXIT, errorArea } from '../kernel/index.js';

export const blobError = errorArea('blobs', {
  'bad-cid': {
    kind: 'input',
    message: (d: { text: string }) => `\`${d.text}\` is no id of a blob`,
    hint: () => 'an id is 64 hexadecimal digits; `git gatos blob ls` lists them, and the first eight or more will do',
  },
  'bad-words': {
    kind: 'input',
    message: (d: { why: string }) => `what is to be recorded ${d.why}`,
    hint: () => '`--name` and `--media` say other ones',
  },
  unknown: {
    kind: 'missing',
    message: (d: { cid: string }) => `there is no blob \`${d.cid}\` here`,
    hint: () => 'bring the records first: `git gatos sync`; `git gatos blob ls` lists what is here',
  },
  ambiguous: {
    kind: 'input',
    message: (d: { text: string; count: number }) => `\`${d.text}\` is the start of ${d.count} ids of blobs`,
    hint: () => 'give more of it',
  },
  removed: {
    kind: 'unavailable',
    exit: EXIT.purged,
    message: (d: { cid: string; actor: string; reason: string }) =>
      `blob \`${d.cid}\` was removed by \`${d.actor}\`: ${d.reason}`,
    hint: () => 'who has its bytes can put it again: `git gatos blob put FILE`',
  },
  'other-form': {
    kind: 'conflict',
    message: (d: { cid: string; theirs: string; ours: string }) =>
      `blob \`${d.cid}\` is recorded as ${d.theirs}, and this would be ${d.ours}: the same stored bytes, read in another way`,
    hint: (d: { cid: string }) =>
      `another \`--chunk-size\` or \`--codec\` gives it an id of its own; a record that is wrong is withdrawn with \`git gatos blob rm ${d.cid.slice(0, 16)} --reason TEXT\``,
  },
  'missing-chunks': {
    kind: 'unavailable',
    exit: EXIT.purged,
    /** `missing` is null where nobody looked further than the first. */
    message: (d: { cid: string; missing: number | null; chunks: number; first: number }) =>
      d.missing === null
        ? `chunk ${d.first} of the ${d.chunks} chunks of blob \`${d.cid}\` is not here`
        : `${d.missing} of the ${d.chunks} chunks of blob \`${d.cid}\` are not here, the first of them is chunk ${d.first}`,
    hint: () => 'fetch them from where they are: `git gatos blob sync REMOTE`',
  },
  'bad-tree': {
    kind: 'integrity',
    message: (d: { cid: string; why: string }) =>
      `the tree of blob \`${d.cid}\` is not what its manifest says: ${d.why}`,
  },
  misplaced: {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `a record does not belong on \`${d.chain}\`: ${d.why}`,
  },
  'not-yours': {
    kind: 'denied',
    message: (d: { chain: string; who: string; actor: string }) =>
      `\`${d.actor}\` cannot pin or unpin in the name of \`${d.who}\` on \`${d.chain}\``,
  },
  pinned: {
    kind: 'denied',
    message: (d: { cid: string; who: string; why: string }) =>
      `blob \`${d.cid}\` is pinned by \`${d.who}\`${d.why === '' ? '' : `: ${d.why}`}`,
    hint: (d: { cid: string; who: string }) =>
      `\`${d.who}\` can unpin it: \`git gatos blob unpin ${d.cid.slice(0, 12)}\``,
  },
  'removed-while-pinned': {
    kind: 'integrity',
    message: (d: { cid: string; who: string; seq: number }) =>
      `record ${d.seq} removes blob \`${d.cid}\`, which \`${d.who}\` had pinned`,
  },
  'not-pinned': {
    kind: 'missing',
    message: (d: { cid: string; who: string }) => `\`${d.who}\` has not pinned blob \`${d.cid}\``,
  },
  'bad-proof': {
    kind: 'input',
    message: (d: { why: string }) => `this is no proof of a chunk: ${d.why}`,
  },
  'proof-mismatch': {
    kind: 'integrity',
    message: (d: { why: string }) => `the proof does not hold: ${d.why}`,
  },
  'no-such-chunk': {
    kind: 'missing',
    exit: EXIT.no,
    message: (d: { cid: string; index: number; chunks: number }) =>
      d.chunks === 0
        ? `blob \`${d.cid}\` is not cut into chunks`
        : `blob \`${d.cid}\` has ${d.chunks} chunks (0 to ${d.chunks - 1}), and no chunk ${d.index}`,
  },
});
