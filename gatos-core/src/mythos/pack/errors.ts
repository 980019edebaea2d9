/** Faults of vector packs, and of what the vectors in them say. */
import { errorArea } from '../../kernel/index.js';

export const packError = errorArea('pack', {
  manifest: {
    kind: 'input',
    message: (d: { path: string; why: string }) => `the manifest of the pack is not sound at \`${d.path}\`: ${d.why}`,
  },
  'no-manifest': {
    kind: 'missing',
    message: () => 'there is no `manifest.json`: this is no vector pack',
  },
  path: {
    kind: 'denied',
    message: (d: { path: string }) => `\`${d.path}\` is no path inside of the pack`,
  },
  file: {
    kind: 'missing',
    message: (d: { path: string }) => `\`${d.path}\` is not in the pack`,
  },
  /** Its files are held in memory while it is looked at. */
  'too-large': {
    kind: 'limit',
    message: (d: { vector: string; limit: number }) => `the files of \`${d.vector}\` have more than ${d.limit} bytes`,
  },
  suite: {
    kind: 'input',
    message: (d: { suite: string; known: string }) => `the pack has no suite \`${d.suite}\``,
    hint: (d: { known: string }) => `it has ${d.known}`,
  },
  /** Bytes whose digest is not the one beside them. */
  digest: {
    kind: 'integrity',
    message: (d: { file: string; stated: string; found: string }) =>
      `\`${d.file}\` has the SHA-256 ${d.found}, and beside it stands ${d.stated}`,
  },
  /** Bytes that differ from those that were made anew. */
  bytes: {
    kind: 'integrity',
    message: (d: { file: string; offset: number; found: string; wanted: string }) =>
      `byte ${d.offset} of \`${d.file}\` is ${d.found}, and ${d.wanted} belongs there`,
  },
  /** A value that differs from the one that was computed. */
  value: {
    kind: 'integrity',
    message: (d: { what: string; where: string; found: string; wanted: string }) =>
      `${d.what} in \`${d.where}\` is ${d.found}, and ${d.wanted} belongs there`,
  },
  /** Bytes that had to be refused, and were not, or for another reason. */
  accepted: {
    kind: 'integrity',
    message: (d: { file: string; wanted: string; found: string }) =>
      `\`${d.file}\` has to be refused with ${d.wanted}, and ${d.found}`,
  },
  'unreadable-json': {
    kind: 'integrity',
    message: (d: { file: string; why: string }) => `\`${d.file}\` cannot be used: ${d.why}`,
  },
  /** A vector of a sort that GATOS does not know, or that says what it cannot check. */
  unknown: {
    kind: 'unsupported',
    message: (d: { why: string }) => d.why,
  },
});
