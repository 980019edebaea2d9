/** Faults of the git ports. Adapters map errno, exit codes and git's plumbing to these; nothing above sees the originals. */
import { EXIT, errorArea } from '../kernel/index.js';

export const gitError = errorArea('git', {
  'not-a-repository': {
    kind: 'missing',
    message: (d: { path: string }) => `no git repository at \`${d.path}\` or above it`,
    hint: () => 'run `git gatos init` to make one here, or `git gatos -C DIR …` to name another',
  },
  'missing-object': {
    kind: 'unavailable',
    message: (d: { oid: string }) => `object \`${d.oid}\` is not in the repository`,
    hint: () => 'fetch it from a complete clone: `git gatos sync`, or `git fetch` from the origin',
  },
  'corrupt-object': {
    kind: 'integrity',
    message: (d: { oid: string; why: string }) => `object \`${d.oid}\` is damaged: ${d.why}`,
    hint: () => 'restore it from another clone; `git fsck` lists what else is damaged',
  },
  'too-large': {
    kind: 'limit',
    message: (d: { oid: string; size: number; limit: number }) =>
      `object \`${d.oid}\` has ${d.size} bytes, the limit here is ${d.limit}`,
  },
  'too-many': {
    kind: 'limit',
    message: (d: { what: string; limit: number }) => `${d.what}: more than ${d.limit}`,
  },
  'wrong-type': {
    kind: 'integrity',
    message: (d: { oid: string; want: string; got: string }) => `object \`${d.oid}\` is a ${d.got}, not a ${d.want}`,
  },
  'malformed-object': {
    kind: 'integrity',
    message: (d: { oid: string; type: string; why: string }) => `${d.type} \`${d.oid}\` is malformed: ${d.why}`,
  },
  'invalid-object': {
    kind: 'input',
    message: (d: { type: string; why: string }) => `this cannot be written as a git ${d.type}: ${d.why}`,
  },
  'not-linear': {
    kind: 'integrity',
    message: (d: { head: string; at: string; why: string }) =>
      `history of \`${d.head}\` is not a line at \`${d.at}\`: ${d.why}`,
  },
  shallow: {
    kind: 'unavailable',
    message: (d: { at: string }) => `history is cut off at \`${d.at}\`: this is a shallow clone`,
    hint: () => 'fetch the rest: `git fetch --unshallow`',
  },
  'corrupt-ref': {
    kind: 'integrity',
    message: (d: { ref: string; why: string }) => `ref \`${d.ref}\` is damaged: ${d.why}`,
  },
  'ref-moved': {
    kind: 'conflict',
    message: (d: { ref: string; expected: string | null; found: string | null }) =>
      `ref \`${d.ref}\` is at ${d.found ?? 'nothing'}, not at ${d.expected ?? 'nothing'}`,
    hint: () => 'someone else wrote first; nothing was changed, so it is safe to try again',
  },
  'ref-locked': {
    kind: 'conflict',
    exit: EXIT.temporary,
    message: (d: { ref: string; lock: string }) => `ref \`${d.ref}\` is locked by \`${d.lock}\``,
    hint: (d: { lock: string }) => `another git process holds it; if none runs, remove \`${d.lock}\``,
  },
  'ref-name': {
    kind: 'input',
    message: (d: { ref: string; why: string }) => `\`${d.ref}\` cannot be a ref: ${d.why}`,
  },
  unsupported: {
    kind: 'unsupported',
    message: (d: { what: string }) => `the repository uses ${d.what}, which this version does not know`,
  },
  'bad-config': {
    kind: 'input',
    message: (d: { path: string; line: number }) => `git's configuration \`${d.path}\` is malformed at line ${d.line}`,
  },
  'no-space': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string }) => `no space left while writing \`${d.path}\`; nothing was recorded`,
    hint: () => 'free some space and repeat the command',
  },
  'no-access': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; operation: string }) =>
      `no permission to ${d.operation} \`${d.path}\`; nothing was recorded`,
    hint: () => 'check owner and mode of the repository',
  },
  io: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; operation: string; why: string }) =>
      `could not ${d.operation} \`${d.path}\`: ${d.why}`,
  },
  'git-failed': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { command: string; status: number | null; why: string }) =>
      `\`git ${d.command}\` ended with status ${d.status ?? 'none'}: ${d.why}`,
  },
});
