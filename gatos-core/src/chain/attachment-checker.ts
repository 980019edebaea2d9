/** Checks that the files in a commit's tree are those that its records list, byte for byte. */
import { Cid } from '../codec/index.js';
import type { GitBackend, Oid, TreeEntry } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { attachListing, codecOf, digestOf, type FileDigest } from './attachments.js';
import { chainError } from './errors.js';
import type { AnyRecordKind, Attachment } from './kind.js';
import { type ChainEntry, ENVELOPE_PATH } from './read.js';
import { recordBody } from './record.js';
import { listFiles, readFolder, type TreePlace } from './tree-files.js';

/** What stands in a tree: files by path, and the folders that a record lists as a whole. */
interface Found {
  readonly files: ReadonlyMap<string, Oid>;
  readonly folders: ReadonlyMap<string, Oid>;
}

/** Checks the trees of a chain's commits. Files and folders that did not change since an earlier commit are hashed once. */
export class AttachmentChecker {
  readonly #known = new Map<string, FileDigest>();

  constructor(private readonly backend: GitBackend) {}

  /** Throws `chain/bad-attachment` for the first file that is missing, altered or not listed. */
  async check(
    entry: Pick<ChainEntry, 'oid' | 'tree' | 'envelope'>,
    { kind, chain }: { kind: AnyRecordKind; chain: string },
  ): Promise<void> {
    const at = { chain, commit: entry.oid };
    const listed = listedBy(entry, kind);
    const found = await this.#find(entry.tree, { listed, at });
    await this.#digestAhead(listed.flatMap(({ path }) => pathWith(path, found.files.get(path))));
    const claimed = new Set([ENVELOPE_PATH]);
    for (const want of listed) {
      const bad = (why: string) => chainError('bad-attachment', { ...at, path: want.path, why });
      if (claimed.has(want.path)) throw bad('it is listed twice');
      claimed.add(want.path);
      const oid = (want.path.endsWith('/') ? found.folders : found.files).get(want.path);
      if (oid === undefined) throw bad('it is missing');
      const got = await this.#digest(want.path, oid, at);
      const cid = want.codec === undefined ? got.cid : Cid.of(want.codec, got.cid.digest);
      if (got.size !== want.size || !cid.equals(want.cid)) throw bad(alteredBy(want, { cid, size: got.size }));
    }
    for (const path of found.files.keys())
      if (!claimed.has(path)) throw chainError('bad-attachment', { ...at, path, why: 'no record lists it' });
    if (this.#known.size > LIMITS.treeFiles) this.#known.clear();
  }

  /** Large files, many at a time where the store can do that. What it cannot is read, and judged, file by file. */
  async #digestAhead(files: readonly (readonly [path: string, oid: Oid])[]): Promise<void> {
    const unknown = files.filter(([path, oid]) => !this.#known.has(keyOf(path, oid)));
    const digests = await this.backend.objects.digestBlobs?.(unknown.map(([, oid]) => oid));
    for (const [i, digest] of (digests ?? []).entries()) {
      const [path, oid] = unknown[i] as readonly [string, Oid];
      if (digest === null) continue;
      this.#known.set(keyOf(path, oid), { size: digest.size, cid: Cid.of(codecOf(path), digest.sha256) });
    }
  }

  /** A listed folder is not entered, so that a path below it cannot be listed beside it. */
  async #find(
    tree: readonly TreeEntry[],
    { listed, at }: { listed: readonly Attachment[]; at: TreePlace },
  ): Promise<Found> {
    const wanted = new Set(listed.map(({ path }) => path));
    const folders = new Map<string, Oid>();
    const enter = (path: string, oid: Oid): boolean => {
      if (!wanted.has(path)) return true;
      folders.set(path, oid);
      return false;
    };
    return { files: await listFiles(this.backend, tree, { at, enter }), folders };
  }

  async #digest(path: string, oid: Oid, at: TreePlace): Promise<FileDigest> {
    const key = keyOf(path, oid);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const digest = path.endsWith('/')
      ? await this.#digestFolder(path, oid, at)
      : ((await this.#digestFiles([[path, oid]], at))[0] as Attachment);
    this.#known.set(key, digest);
    return digest;
  }

  async #digestFolder(path: string, oid: Oid, at: TreePlace): Promise<FileDigest> {
    const files = await listFiles(this.backend, await readFolder(this.backend, oid, { path, at }), {
      prefix: path,
      at,
    });
    return attachListing(path, await this.#digestFiles([...files], at));
  }

  async #digestFiles(
    files: readonly (readonly [path: string, oid: Oid])[],
    at: TreePlace,
  ): Promise<readonly Attachment[]> {
    const unknown = files.filter(([path, oid]) => !this.#known.has(keyOf(path, oid)));
    let i = 0;
    for await (const { type, content } of this.backend.objects.readMany(unknown.map(([, oid]) => oid))) {
      const [path, oid] = unknown[i++] as readonly [string, Oid];
      if (type !== 'blob') throw chainError('bad-attachment', { ...at, path, why: `it is a ${type}` });
      this.#known.set(keyOf(path, oid), digestOf({ path, bytes: content }));
    }
    return files.map(([path, oid]) => ({ path, ...(this.#known.get(keyOf(path, oid)) as FileDigest) }));
  }
}

/** Both digests: whoever looks for the cause compares them. */
function alteredBy(want: Attachment, got: Pick<Attachment, 'cid' | 'size'>): string {
  const sizes = got.size === want.size ? '' : ` (${got.size} bytes, not ${want.size})`;
  return `its bytes are not those of \`${want.cid}\`, they are of \`${got.cid}\`${sizes}`;
}

function pathWith(path: string, oid: Oid | undefined): readonly (readonly [path: string, oid: Oid])[] {
  return oid === undefined ? [] : [[path, oid]];
}

/** A folder's digest is relative to the folder, a file's depends on the codec that its name asks for. */
function keyOf(path: string, oid: Oid): string {
  return `${path.endsWith('/') ? 'folder' : codecOf(path)} ${oid}`;
}

function listedBy({ envelope }: Pick<ChainEntry, 'envelope'>, kind: AnyRecordKind): readonly Attachment[] {
  if (kind.attachments === undefined) return [];
  const all: Attachment[] = [];
  for (let i = 0; i < envelope.count; i++) all.push(...kind.attachments(recordBody(envelope, i, kind)));
  return all;
}
