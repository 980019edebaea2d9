/** Faults of stored chunks and of what moves them. */
import { EXIT, errorArea } from 'gatos-core';

export const chunkError = errorArea('chunks', {
  missing: {
    kind: 'missing',
    message: (d: { index: number; hash: string; store: string }) =>
      `chunk ${d.index} (\`${d.hash}\`) is not in \`${d.store}\``,
    hint: () => 'fetch it from where it is: `git gatos blob sync REMOTE`',
  },
  altered: {
    kind: 'integrity',
    message: (d: { index: number; hash: string; store: string }) =>
      `chunk ${d.index} in \`${d.store}\` is not what its name says, \`${d.hash}\``,
    hint: () => 'its bytes were changed where they are stored: put the blob again, or sync it from another store',
  },
  length: {
    kind: 'integrity',
    message: (d: { index: number; hash: string; store: string; expected: number }) =>
      `chunk ${d.index} (\`${d.hash}\`) in \`${d.store}\` does not have the ${d.expected} bytes that were promised`,
    hint: () => 'it was cut off or changed where it is stored: put the blob again, or sync it from another store',
  },
  undecodable: {
    kind: 'integrity',
    message: (d: { index: number; codec: string; why: string }) =>
      `chunk ${d.index} cannot be decoded as \`${d.codec}\`: ${d.why}`,
  },
  count: {
    kind: 'integrity',
    message: (d: { expected: number; got: string }) =>
      `the blob has ${d.got} chunks, and its size asks for ${d.expected}`,
  },
  'too-large': {
    kind: 'limit',
    message: (d: { what: string; size: number; limit: number }) =>
      `${d.what} has ${d.size} bytes, the limit is ${d.limit}`,
  },
  'bad-chunk-size': {
    kind: 'input',
    message: (d: { size: number; least: number; most: number }) =>
      `chunks of ${d.size} bytes cannot be written: from ${d.least} to ${d.most} bytes are possible`,
  },
  'bad-range': {
    kind: 'input',
    message: (d: { offset: number; length: number; size: number }) =>
      `the range of ${d.length} bytes from ${d.offset} on is not in a blob of ${d.size} bytes`,
  },
  'bad-hash': {
    kind: 'input',
    message: (d: { text: string }) => `\`${d.text}\` is not the SHA-256 of a chunk`,
  },
  'bad-store': {
    kind: 'input',
    message: (d: { place: string; why: string }) => `\`${d.place}\` is no chunk store: ${d.why}`,
    hint: () => 'a folder, `s3+https://HOST/BUCKET/PREFIX` or `https://HOST` of a gatosd',
  },
  'changed-meanwhile': {
    kind: 'conflict',
    message: (d: { path: string }) => `\`${d.path}\` changed while it was being read; nothing was recorded`,
    hint: () => 'put it again when nothing writes to it; chunks that are stored stay, and are not written again',
  },
  unreadable: {
    kind: 'missing',
    message: (d: { path: string; why: string }) => `cannot read \`${d.path}\`: ${d.why}`,
  },
  'no-space': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string }) => `there is no room for \`${d.path}\``,
    hint: () => 'make room, then do it again: chunks that are stored already are not written again',
  },
  'no-access': {
    kind: 'denied',
    message: (d: { path: string; operation: string }) => `not allowed to ${d.operation} \`${d.path}\``,
  },
  io: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; operation: string; why: string }) =>
      `could not ${d.operation} \`${d.path}\`: ${d.why}`,
  },
  'thread-failed': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { why: string }) => `a thread that works on chunks broke down: ${d.why}`,
  },
  'not-offered': {
    kind: 'unsupported',
    message: (d: { store: string; what: string }) => `\`${d.store}\` does not let chunks be ${d.what}`,
  },
  refused: {
    kind: 'denied',
    message: (d: { store: string; operation: string; status: number; why: string }) =>
      `\`${d.store}\` refused to ${d.operation}: ${d.status} ${d.why}`,
    hint: (d: { status: number }) =>
      d.status === 401 || d.status === 403
        ? 'are the keys right, and may they do that?'
        : 'look at what the server says',
  },
  unreachable: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { store: string; operation: string; tries: number; why: string }) =>
      `\`${d.store}\` could not ${d.operation} after ${d.tries} ${d.tries === 1 ? 'try' : 'tries'}: ${d.why}`,
  },
  'bad-answer': {
    kind: 'unavailable',
    message: (d: { store: string; operation: string; why: string }) =>
      `\`${d.store}\` answered wrongly when asked to ${d.operation}: ${d.why}`,
  },
});
