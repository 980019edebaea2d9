/** Tree objects, in git's one canonical encoding. Strict both ways: what decodes is what we would have encoded. */
import { compareBytes, EMPTY_BYTES, fromUtf8, LIMITS, utf8 } from '../kernel/index.js';
import { gitError } from './errors.js';
import { formatOid, hashObject, isOid, OID_BYTES, putOid } from './oid.js';
import type { ObjectFormat, Oid } from './ports.js';

/** `100644` file, `100755` executable, `120000` symbolic link, `40000` directory, `160000` commit of another repository. */
export type TreeMode = '100644' | '100755' | '120000' | '40000' | '160000';

export interface TreeEntry {
  readonly mode: TreeMode;
  /** One path component: not empty, no `/`, no NUL, none of `.`, `..`, `.git` and what file systems take for it. */
  readonly name: string;
  readonly oid: Oid;
}

const MODES: ReadonlySet<string> = new Set<TreeMode>(['100644', '100755', '120000', '40000', '160000']);

function isMode(text: string): text is TreeMode {
  return MODES.has(text);
}

// The code points that HFS+ ignores in names (utf8.c of git).
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

// NTFS drops blanks and dots at the end. Anchored at the start, so that it takes one pass over a name of any length.
const TAKEN_FOR_DOT_GIT = /^(?:\.git|git~1)[ .]*$/;

/** Would some file system take this name for `.git`? Sources: git's is_hfs_dotgit and is_ntfs_dotgit. */
function looksLikeDotGit(name: string): boolean {
  const plain = name.replace(IGNORED_BY_HFS, '').toLowerCase();
  if (plain === '.git') return true;
  const stem = /^[^\\:]*/.exec(name.toLowerCase())?.[0] ?? '';
  return TAKEN_FOR_DOT_GIT.test(stem);
}

const PLAIN_NAME = /^[0-9A-Za-z_-][0-9A-Za-z_.-]*$/;

function isTooLong(name: string): boolean {
  // One to three bytes a code unit: most names need no encoding to see that they fit.
  if (name.length * 3 <= LIMITS.treeNameBytes) return false;
  return name.length > LIMITS.treeNameBytes || utf8(name).length > LIMITS.treeNameBytes;
}

/** What is wrong with the name of a tree entry, or null. */
export function entryNameFault(name: string): string | null {
  if (isTooLong(name)) return `a name has more than ${LIMITS.treeNameBytes} bytes`;
  if (PLAIN_NAME.test(name) && !/^git~1/i.test(name)) return null;
  if (name === '') return 'an entry has no name';
  if (!name.isWellFormed()) return 'a name is not well-formed Unicode';
  if (name.includes('/')) return `the name \`${name}\` holds a slash`;
  if (name.includes('\0')) return 'a name holds a NUL';
  if (name === '.' || name === '..' || looksLikeDotGit(name)) return `the name \`${name}\` is reserved`;
  return null;
}

/** Git sorts entries by name bytes, directories as if their names ended in `/`. */
function sortKey(entry: TreeEntry): Uint8Array {
  return utf8(entry.mode === '40000' ? `${entry.name}/` : entry.name);
}

/**
 * The tree object with these entries, given in any order. Throws `git/invalid-object` for a bad mode, name or id and for
 * two entries of one name.
 */
export function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  if (entries.length === 0) return EMPTY_BYTES;
  const seen = new Set<string>();
  let length = 0;
  const format: ObjectFormat = entries[0]?.oid.length === 64 ? 'sha256' : 'sha1';
  const sorted = entries.map((entry) => {
    const why = entryFault(entry, format) ?? (seen.has(entry.name) ? `two entries are called \`${entry.name}\`` : null);
    if (why !== null) throw gitError('invalid-object', { type: 'tree', why });
    seen.add(entry.name);
    const key = sortKey(entry);
    const nameBytes = entry.mode === '40000' ? key.length - 1 : key.length;
    length += entry.mode.length + 2 + nameBytes + OID_BYTES[format];
    return { entry, key, nameBytes };
  });
  if (sorted.length > 1) sorted.sort((a, b) => compareBytes(a.key, b.key));
  const out = new Uint8Array(length);
  let at = 0;
  for (const { entry, key, nameBytes } of sorted) {
    for (let i = 0; i < entry.mode.length; i++) out[at++] = entry.mode.charCodeAt(i);
    out[at++] = 0x20;
    out.set(nameBytes === key.length ? key : key.subarray(0, nameBytes), at);
    at = putOid(entry.oid, out, at + nameBytes + 1);
  }
  return out;
}

function entryFault(entry: TreeEntry, format: ObjectFormat): string | null {
  if (!isMode(entry.mode)) return `\`${entry.mode}\` is not a mode`;
  if (!isOid(entry.oid, format)) return `\`${entry.oid}\` is not an object id`;
  return entryNameFault(entry.name);
}

/**
 * The entries of a tree object, in its own order. Throws `git/malformed-object` for anything that `encodeTree` does not
 * produce: unknown or zero-padded modes, bad or repeated names, wrong order, null ids, trailing bytes.
 */
export function decodeTree(content: Uint8Array, format: ObjectFormat): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < content.length) {
    const { entry, end } = decodeEntry(content, { at, format });
    entries.push(entry);
    at = end;
  }
  if (entries.length > 1) checkOrder(entries, content, format);
  return entries;
}

/**
 * The entry of this name, or null, without decoding the others: for looking up one of many. Entries before it are not checked but for
 * where they end. Throws `git/malformed-object` for bytes that are no tree as far as they were looked at.
 */
export function findTreeEntry(content: Uint8Array, name: string, format: ObjectFormat): TreeEntry | null {
  const wanted = utf8(name);
  let at = 0;
  while (at < content.length) {
    const nul = content.indexOf(0, at);
    const end = nul + 1 + OID_BYTES[format];
    // Says what is wrong with it.
    if (nul < 0 || end > content.length) decodeEntry(content, { at, format });
    const start = nul - wanted.length;
    if (content[start - 1] === SPACE && isAt(content, start, wanted)) {
      const { entry } = decodeEntry(content, { at, format });
      if (entry.name === name) return entry;
    }
    at = end;
  }
  return null;
}

const SPACE = 0x20;

function isAt(content: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (content[start + i] !== wanted[i]) return false;
  return true;
}

function decodeEntry(
  content: Uint8Array,
  { at, format }: { at: number; format: ObjectFormat },
): { entry: TreeEntry; end: number } {
  const fail = (why: string) =>
    gitError('malformed-object', {
      oid: hashObject(format, 'tree', content),
      type: 'tree',
      why: `${why} at byte ${at}`,
    });
  const space = content.indexOf(0x20, at);
  if (space < 0 || space - at > 6) throw fail('no mode');
  let mode = '';
  for (let i = at; i < space; i++) mode += String.fromCharCode(content[i] as number);
  if (!isMode(mode)) throw fail('unknown mode');
  const nul = content.indexOf(0, space + 1);
  const end = nul + 1 + OID_BYTES[format];
  if (nul < 0 || end > content.length) throw fail('the entry is cut off');
  if (nul - space - 1 > LIMITS.treeNameBytes) throw fail('a name is too long');
  const name = decodeName(content.subarray(space + 1, nul));
  if (name === null) throw fail('a name is not UTF-8');
  const oid = formatOid(content, nul + 1, format);
  const why = entryNameFault(name) ?? (isOid(oid, format) ? null : 'the id is null');
  if (why !== null) throw fail(why);
  return { entry: { mode, name, oid }, end };
}

function decodeName(bytes: Uint8Array): string | null {
  try {
    return fromUtf8(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function checkOrder(entries: readonly TreeEntry[], content: Uint8Array, format: ObjectFormat): void {
  const seen = new Set<string>();
  let previous: Uint8Array = EMPTY_BYTES;
  for (const entry of entries) {
    const key = sortKey(entry);
    const repeated = seen.has(entry.name);
    if (repeated || compareBytes(previous, key) >= 0) {
      const why = repeated ? `two entries are called \`${entry.name}\`` : `\`${entry.name}\` is not in order`;
      throw gitError('malformed-object', { oid: hashObject(format, 'tree', content), type: 'tree', why });
    }
    seen.add(entry.name);
    previous = key;
  }
}
