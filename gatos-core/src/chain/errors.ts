/** Faults of chains: what an envelope or a ref can have wrong, and races that could not be won. */
import { EXIT, errorArea } from '../kernel/index.js';

interface At {
  readonly chain: string;
  /** Git commit that holds the envelope. */
  readonly commit: string;
}

export const chainError = errorArea('chain', {
  name: {
    kind: 'input',
    message: (d: { name: string; why: string }) => `\`${d.name}\` cannot be a chain: ${d.why}`,
  },
  'too-many-records': {
    kind: 'limit',
    message: (d: { count: number; limit: number }) => `an envelope holds 1 to ${d.limit} records, not ${d.count}`,
  },
  'record-too-large': {
    kind: 'limit',
    message: (d: { index: number; bytes: number; limit: number }) =>
      `record ${d.index} has ${d.bytes} bytes, the limit is ${d.limit}`,
    hint: () => 'keep bulk data outside the record and refer to it by its CID',
  },
  'envelope-too-large': {
    kind: 'limit',
    message: (d: { bytes: number; limit: number }) => `the envelope has ${d.bytes} bytes, the limit is ${d.limit}`,
    hint: () => 'put fewer records into one envelope',
  },
  'malformed-envelope': {
    kind: 'integrity',
    message: (d: { why: string }) => `not a signed envelope: ${d.why}`,
  },
  'newer-version': {
    kind: 'unsupported',
    message: (d: { version: number }) => `the envelope has format version ${d.version}, this program reads version 1`,
    hint: () => 'update git-gatos',
  },
  unsigned: {
    kind: 'integrity',
    exit: EXIT.absent,
    message: (d: At) => `the envelope in \`${d.commit}\` on \`${d.chain}\` carries no signature`,
  },
  'bad-signature': {
    kind: 'integrity',
    exit: EXIT.untrusted,
    message: (d: At & { key: string }) =>
      `the signature by \`${d.key}\` in \`${d.commit}\` on \`${d.chain}\` does not fit the envelope`,
    hint: () => 'the envelope was altered after it was signed, or was never signed by this key',
  },
  'other-chain': {
    kind: 'integrity',
    message: (d: At & { found: string }) =>
      `the envelope in \`${d.commit}\` belongs to chain \`${d.found}\`, not to \`${d.chain}\``,
    hint: () => 'a signed envelope was copied here from another chain',
  },
  'other-repository': {
    kind: 'integrity',
    message: (d: At & { found: string; want: string }) =>
      `the envelope in \`${d.commit}\` on \`${d.chain}\` belongs to repository \`${d.found}\`, not to \`${d.want}\``,
    hint: () => 'a signed envelope was copied here from another repository',
  },
  'broken-sequence': {
    kind: 'integrity',
    message: (d: At & { want: number; got: number }) =>
      `the envelope in \`${d.commit}\` on \`${d.chain}\` starts at record ${d.got}, ${d.want} was next`,
  },
  'broken-link': {
    kind: 'integrity',
    message: (d: At & { want: string | null; got: string | null }) =>
      `the envelope in \`${d.commit}\` on \`${d.chain}\` follows \`${d.got ?? 'nothing'}\`, but \`${d.want ?? 'nothing'}\` came before it`,
  },
  'clock-not-rising': {
    kind: 'integrity',
    message: (d: At & { clock: number; previous: number }) =>
      `the envelope in \`${d.commit}\` on \`${d.chain}\` has clock ${d.clock}, its predecessor already had ${d.previous}`,
  },
  'clock-exhausted': {
    kind: 'integrity',
    message: (d: { chain: string; clock: number }) =>
      `nothing can follow place ${d.clock} in history, which an envelope that \`${d.chain}\` has seen claims`,
    hint: () => 'find the writer who chose that clock with `git gatos log`, and take the chain out',
  },
  'written-again': {
    kind: 'integrity',
    message: (d: At) => `\`${d.chain}\` is written once, and commit \`${d.commit}\` is a second envelope on it`,
  },
  exists: {
    kind: 'conflict',
    message: (d: { chain: string; found: string }) =>
      `\`${d.chain}\` is written once, and holds envelope \`${d.found}\` already`,
    hint: () => 'nothing was recorded',
  },
  'other-head': {
    kind: 'conflict',
    message: (d: { chain: string; want: string | null; found: string | null }) =>
      `\`${d.chain}\` stands at \`${d.found ?? 'nothing'}\`, not at \`${d.want ?? 'nothing'}\``,
    hint: () => 'someone else wrote first; look at the chain again before you decide',
  },
  'other-commit': {
    kind: 'integrity',
    message: (d: At & { what: string }) =>
      `commit \`${d.commit}\` on \`${d.chain}\` is not the one its envelope makes: ${d.what} differs`,
    hint: () => 'author, dates, message and tree of a commit are functions of the envelope; this one was edited',
  },
  'unknown-kind': {
    kind: 'integrity',
    message: (d: At & { kind: string; want: readonly string[] }) =>
      `the envelope in \`${d.commit}\` on \`${d.chain}\` holds \`${d.kind}\` records; here only ${d.want.map((k) => `\`${k}\``).join(', ')} may stand`,
  },
  'bad-record': {
    kind: 'integrity',
    message: (d: At & { seq: number; why: string }) =>
      `record ${d.seq} in \`${d.commit}\` on \`${d.chain}\` is malformed: ${d.why}`,
  },
  'bad-attachment': {
    kind: 'integrity',
    message: (d: At & { path: string; why: string }) =>
      `attachment \`${d.path}\` in \`${d.commit}\` on \`${d.chain}\`: ${d.why}`,
  },
  'index-key': {
    kind: 'input',
    message: (d: { why: string }) => `this cannot be a key of an index: ${d.why}`,
  },
  'index-conflict': {
    kind: 'conflict',
    message: (d: { chain: string; key: string; want: string | null; found: string | null }) =>
      `key \`${d.key}\` on \`${d.chain}\` stands for ${d.found === null ? 'nothing' : `\`${d.found}\``}, not for ${d.want === null ? 'nothing' : `\`${d.want}\``}`,
    hint: () => 'someone else wrote the key first; nothing was recorded',
  },
  'rejoin-conflict': {
    kind: 'conflict',
    message: (d: { chain: string; keys: readonly string[]; count: number }) =>
      `both histories of \`${d.chain}\` changed ${d.count === 1 ? 'key' : `${d.count} keys, such as`} \`${d.keys.join('`, `')}\``,
    hint: (d: { chain: string }) =>
      `which of the two counts is yours to say: take theirs with \`git fetch\` and \`git update-ref\` of \`refs/gatos/${d.chain}\`, then record again what of yours is to stand`,
  },
  'rejoin-foreign': {
    kind: 'denied',
    message: (d: { chain: string; actor: string; self: string }) =>
      `what is only here on \`${d.chain}\` was signed by \`${d.actor}\`, and \`${d.self}\` cannot sign it again`,
    hint: (d: { actor: string }) => `let \`${d.actor}\` sync first, from the clone that wrote it`,
  },
  'bad-index': {
    kind: 'integrity',
    message: (d: At & { path: string; why: string }) =>
      `index entry \`${d.path}\` in \`${d.commit}\` on \`${d.chain}\`: ${d.why}`,
    hint: () => 'the index of a chain is exactly what its records make; this one was edited',
  },
  'foreign-ref': {
    kind: 'integrity',
    exit: EXIT.denied,
    message: (d: { ref: string }) => `ref \`${d.ref}\` has no place under \`refs/gatos/\``,
    hint: () => 'list the places with `git gatos verify --rules`',
  },
  rewritten: {
    kind: 'integrity',
    exit: EXIT.rewritten,
    message: (d: { chain: string; had: string; has: string }) =>
      `chain \`${d.chain}\` was rewritten: \`${d.had}\` is no longer an ancestor of \`${d.has}\``,
  },
  contended: {
    kind: 'conflict',
    message: (d: { chain: string; attempts: number }) =>
      `lost the race for chain \`${d.chain}\` ${d.attempts} times; nothing was recorded`,
    hint: () => 'it is safe to run the same command again',
  },
  'no-such-chain': {
    kind: 'missing',
    message: (d: { chain: string }) => `there is no chain \`${d.chain}\``,
  },
});
