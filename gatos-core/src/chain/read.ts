/** Reading a chain: commits, trees and envelopes in batches that are bounded in bytes, oldest first. */
import {
  type Commit,
  decodeCommit,
  decodeTree,
  formatOid,
  type GitBackend,
  type GitObject,
  isNullOid,
  isOid,
  type ObjectFormat,
  OID_BYTES,
  type Oid,
  type TreeEntry,
} from '../git/index.js';
import { LIMITS, type LongCall, utf8 } from '../kernel/index.js';
import { decodeEnvelope, type Envelope } from './envelope.js';
import { chainError } from './errors.js';
import { refOfChain } from './names.js';
import { decodeSigned, type EnvelopeSignature, SIGNED_MAX_BYTES } from './signed.js';

/** The name of the file in the commit's tree that holds the signed envelope. */
export const ENVELOPE_PATH = 'envelope';

/** One commit of a chain, decoded; nothing about it is verified but that its objects hash to their ids. */
export interface ChainEntry {
  readonly oid: Oid;
  /** Raw commit bytes. */
  readonly raw: Uint8Array;
  /** Decoded when it is asked for. */
  readonly commit: Commit;
  readonly treeOid: Oid;
  readonly tree: readonly TreeEntry[];
  readonly envelope: Envelope;
  readonly signatures: readonly EnvelopeSignature[];
}

/** Where a chain ends: what the next envelope must follow. */
export interface ChainHead {
  readonly oid: Oid;
  readonly cid: Envelope['cid'];
  /** The `seq` of the next record. */
  readonly next: number;
  readonly clock: number;
  readonly time: number;
}

export function headOfEntry({ oid, envelope }: Pick<ChainEntry, 'oid' | 'envelope'>): ChainHead {
  return { oid, cid: envelope.cid, next: envelope.seq + envelope.count, clock: envelope.clock, time: envelope.time };
}

const BATCH_COMMITS = 256;
const BATCH_BYTES = 4 * 1024 * 1024;

export interface ChainRange {
  readonly head: Oid;
  /** Start just after this commit; absent: from the root. */
  readonly after?: Oid | undefined;
  /** About how many bytes of envelopes to hand out at a time; default 4 MiB. For who reads many chains at once. */
  readonly batchBytes?: number | undefined;
}

/**
 * Entries of a range, oldest first, in batches of at most 256 entries and about 4 MiB of envelopes. Throws what the git port
 * throws, and `chain/malformed-envelope` or `chain/newer-version` at the first entry that is none; every entry before it has been
 * handed out by then.
 */
export async function* readChain(
  backend: GitBackend,
  range: ChainRange,
  options?: LongCall,
): AsyncGenerator<readonly ChainEntry[], void, undefined> {
  for await (const commits of readCommits(backend, range, options)) {
    yield* readEntries(backend, commits, range);
    options?.signal?.throwIfAborted();
  }
}

/** Raw commits of a range in batches, bounded as well where commits are larger than any of ours. */
export async function* readCommits(
  backend: GitBackend,
  range: ChainRange,
  options?: LongCall,
): AsyncGenerator<readonly GitObject[], void, undefined> {
  let commits: GitObject[] = [];
  let bytes = 0;
  for await (const commit of backend.objects.history(range, options)) {
    commits.push(commit);
    bytes += commit.content.length;
    if (commits.length < BATCH_COMMITS && bytes < BATCH_BYTES) continue;
    yield commits;
    commits = [];
    bytes = 0;
  }
  if (commits.length > 0) yield commits;
}

/** A commit on its way to becoming an entry. */
interface Rooted {
  readonly commit: GitObject;
  readonly treeOid: Oid;
}
interface Opened extends Rooted {
  readonly tree: readonly TreeEntry[];
  readonly blob: Oid;
}

/** What was good, and what was not good after it. */
interface Prefix<T> {
  readonly items: readonly T[];
  readonly fault: { readonly error: unknown } | null;
}

function goodPrefix<S, T>(source: readonly S[], make: (item: S) => T): Prefix<T> {
  const items: T[] = [];
  try {
    for (const item of source) items.push(make(item));
  } catch (error) {
    return { items, fault: { error } };
  }
  return { items, fault: null };
}

/** The entries in these commits, in batches. */
export async function* readEntries(
  backend: GitBackend,
  commits: readonly GitObject[],
  { batchBytes = BATCH_BYTES }: Pick<ChainRange, 'batchBytes'> = {},
): AsyncGenerator<readonly ChainEntry[], void, undefined> {
  const { format } = backend.objects;
  const rooted = goodPrefix(commits, (commit) => ({ commit, treeOid: treeOf(commit, format) }));
  for (let start = 0; start < rooted.items.length; ) {
    const opened = await openTrees(backend, rooted.items.slice(start));
    yield* readBlobs(backend, opened.items, batchBytes);
    if (opened.fault !== null) throw opened.fault.error;
    start += opened.items.length;
  }
  if (rooted.fault !== null) throw rooted.fault.error;
}

/** Reads trees up to a bound of bytes, at least one: foreign ones may be huge. */
async function openTrees({ objects }: GitBackend, rooted: readonly Rooted[]): Promise<Prefix<Opened>> {
  const items: Opened[] = [];
  let bytes = 0;
  const oids = rooted.map(({ treeOid }) => treeOid);
  try {
    for await (const object of objects.readMany(oids, { maxBytes: LIMITS.treeBytes })) {
      const { commit, treeOid } = rooted[items.length] as Rooted;
      items.push({ commit, treeOid, ...openTree(object, { commit: commit.oid, format: objects.format }) });
      bytes += object.content.length;
      if (bytes >= BATCH_BYTES) break;
    }
  } catch (error) {
    return { items, fault: { error } };
  }
  return { items, fault: null };
}

async function* readBlobs(
  { objects }: GitBackend,
  opened: readonly Opened[],
  batchBytes: number,
): AsyncGenerator<readonly ChainEntry[], void, undefined> {
  let batch: ChainEntry[] = [];
  let bytes = 0;
  let i = 0;
  const oids = opened.map(({ blob }) => blob);
  try {
    for await (const blob of objects.readMany(oids, { maxBytes: SIGNED_MAX_BYTES })) {
      batch.push(toEntry(opened[i++] as Opened, { blob, format: objects.format }));
      bytes += blob.content.length;
      if (bytes < batchBytes) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
  } catch (error) {
    if (batch.length > 0) yield batch;
    throw error;
  }
  if (batch.length > 0) yield batch;
}

const TREE_LINE = utf8('tree ');
const LINE_FEED = 0x0a;

/** The tree of a commit, without decoding the rest. Throws `chain/malformed-envelope`, `git/malformed-object`. */
export function treeOf({ oid, content }: GitObject, format: ObjectFormat): Oid {
  if (content.length > LIMITS.commitBytes)
    throw chainError('malformed-envelope', { why: `commit \`${oid}\` has ${content.length} bytes` });
  const end = TREE_LINE.length + 2 * OID_BYTES[format];
  const tree = latin1(content, TREE_LINE.length, end);
  const plain = startsWith(content, TREE_LINE) && content[end] === LINE_FEED && isOid(tree, format);
  return plain ? tree : decodeCommit(content, format).tree;
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  return text;
}

/** `100644 envelope` and a NUL: the whole tree of most commits, but for the id. */
const ONLY_ENVELOPE = utf8(`100644 ${ENVELOPE_PATH}\0`);

function openTree(
  { oid, type, content }: GitObject,
  { commit, format }: { commit: Oid; format: ObjectFormat },
): Pick<Opened, 'tree' | 'blob'> {
  if (type !== 'tree') throw chainError('malformed-envelope', { why: `object \`${oid}\` is a ${type}, not a tree` });
  if (content.length === ONLY_ENVELOPE.length + OID_BYTES[format] && startsWith(content, ONLY_ENVELOPE)) {
    const blob = formatOid(content, ONLY_ENVELOPE.length, format);
    if (!isNullOid(blob)) return { tree: [{ mode: '100644', name: ENVELOPE_PATH, oid: blob }], blob };
  }
  const tree = decodeTree(content, format);
  const entry = tree.find(({ name }) => name === ENVELOPE_PATH);
  if (entry?.mode !== '100644')
    throw chainError('malformed-envelope', { why: `commit \`${commit}\` holds no file \`${ENVELOPE_PATH}\`` });
  return { tree, blob: entry.oid };
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}

function toEntry(
  { commit: { oid, content: raw }, treeOid, tree }: Opened,
  { blob, format }: { blob: GitObject; format: ObjectFormat },
): ChainEntry {
  if (blob.type !== 'blob')
    throw chainError('malformed-envelope', { why: `object \`${blob.oid}\` is a ${blob.type}, not a blob` });
  const { envelope, signatures } = decodeSigned(blob.content);
  let commit: Commit | undefined;
  return {
    oid,
    raw,
    get commit() {
      commit ??= decodeCommit(raw, format);
      return commit;
    },
    treeOid,
    tree,
    envelope: decodeEnvelope(envelope),
    signatures,
  };
}

/** The entry in one commit. Errors as `readChain`. */
export async function readEntry(backend: GitBackend, oid: Oid): Promise<ChainEntry> {
  const object = await backend.objects.read(oid);
  if (object.type !== 'commit')
    throw chainError('malformed-envelope', { why: `object \`${oid}\` is a ${object.type}, not a commit` });
  for await (const [entry] of readEntries(backend, [object])) if (entry !== undefined) return entry;
  throw chainError('malformed-envelope', { why: `commit \`${oid}\` holds no envelope` });
}

/** The last entry of a chain, or null when the chain does not exist. */
export async function readHead(backend: GitBackend, chain: string): Promise<ChainEntry | null> {
  const oid = await backend.refs.read(refOfChain(chain));
  return oid === null ? null : readEntry(backend, oid);
}

/** Entries from the newest backwards, one by one: for looking up what stands near the end. Stops where the caller stops. */
export async function* readBackwards(backend: GitBackend, head: Oid): AsyncGenerator<ChainEntry, void, undefined> {
  for (let oid: Oid | undefined = head; oid !== undefined; ) {
    const entry: ChainEntry = await readEntry(backend, oid);
    yield entry;
    oid = entry.commit.parents[0];
  }
}
