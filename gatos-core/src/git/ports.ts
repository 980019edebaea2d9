/**
 * The two ports through which everything reaches Git. They depend on nothing, say what each method guarantees, and hold no
 * unconditional ref write. Every adapter passes the contract suite in `gatos-core/testing`.
 */
import type { GatosError, LongCall } from '../kernel/index.js';

/** Lower-case hex, 40 digits in a SHA-1 repository, 64 in a SHA-256 one. */
export type Oid = string;
export type ObjectFormat = 'sha1' | 'sha256';
export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface GitObject {
  readonly oid: Oid;
  readonly type: ObjectType;
  /** The object's content without git's header. The caller must not change it. */
  readonly content: Uint8Array;
}

export interface NewObject {
  readonly type: 'blob' | 'tree' | 'commit';
  readonly content: Uint8Array;
  /** The id, where whoever made the object has it from `hashObject`: hashing is a tenth of what a small append costs. */
  readonly oid?: Oid | undefined;
}

export interface ReadLimit {
  /** Refuse (git/too-large) before reading when the object is larger. Default: LIMITS.blobBytes. */
  readonly maxBytes?: number;
}

export interface BlobDigest {
  /** Bytes. */
  readonly size: number;
  /** 32 bytes. */
  readonly sha256: Uint8Array;
}

export interface ObjectStore {
  readonly format: ObjectFormat;

  /** One object. Throws `git/missing-object`, `git/corrupt-object` (unreadable, or its bytes do not hash to `oid`), `git/too-large`. */
  read(oid: Oid, options?: ReadLimit): Promise<GitObject>;

  /** Many objects, in the order asked, pipelined: the adapter reads ahead within a bound. Errors as `read`. */
  readMany(oids: AsyncIterable<Oid> | Iterable<Oid>, options?: ReadLimit): AsyncIterable<GitObject>;

  /**
   * As `readMany`, in batches of whatever has arrived, where an adapter can do that: for bulk work, in which a promise for each
   * object would cost more than the object. Contents may be views of one larger buffer, so whoever keeps a few of many objects
   * copies them. Call it through `readBatches`, which knows what to do without.
   */
  readBatches?(oids: AsyncIterable<Oid> | Iterable<Oid>, options?: ReadLimit): AsyncIterable<readonly GitObject[]>;

  /**
   * SHA-256 of large blobs, where an adapter knows a faster way than to hand out their bytes; null for each that is to be read. That the bytes
   * have the id that was asked for is not checked: whoever asks compares with a digest that is signed.
   */
  digestBlobs?(oids: readonly Oid[]): Promise<readonly (BlobDigest | null)[]>;

  /** Which of these objects are present. Never fetches. */
  has(oids: readonly Oid[]): Promise<readonly boolean[]>;

  /**
   * Writes all objects and returns their ids in order. When it resolves they are durable (fsync, unless the repository's
   * `core.fsync` says otherwise); when it rejects nothing is visible that was not there. Writing an object that exists is a no-op.
   */
  write(objects: readonly NewObject[]): Promise<readonly Oid[]>;

  /**
   * The first-parent history from just after `after` (or from the root) up to and including `head`, oldest first, as raw
   * commits. Every commit's bytes hash to its id. Throws `git/not-linear` when a commit has more than one parent or `after` is not
   * an ancestor of `head`, `git/shallow` where history is cut off, and as `read`. Ignores replace refs and grafts.
   */
  history(range: { head: Oid; after?: Oid | undefined }, options?: LongCall): AsyncIterable<GitObject>;

  /** As `history`, in batches. Call it through `historyBatches`. */
  historyBatches?(
    range: { head: Oid; after?: Oid | undefined },
    options?: LongCall,
  ): AsyncIterable<readonly GitObject[]>;

  /** Releases child processes and descriptors. Safe to call twice. */
  close(): Promise<void>;
}

export interface RefEdit {
  /** Full name, such as `refs/gatos/trust`. */
  readonly name: string;
  /** What the ref must hold for the edit to happen; null: it must not exist. */
  readonly expected: Oid | null;
  /** What it holds afterwards; null deletes it. */
  readonly next: Oid | null;
}

export interface ListRefs {
  /** Gets `git/corrupt-ref` for each ref that cannot be read, which is then left out; absent: the first one is thrown. */
  readonly onDamaged?: ((error: GatosError) => void) | undefined;
}

export interface RefStore {
  /** The object a ref points at, or null. Symbolic refs are followed. Throws `git/corrupt-ref` when it cannot be parsed. */
  read(name: string): Promise<Oid | null>;

  /** Every ref whose full name starts with `prefix` (a prefix ends in `/` or is a full name), sorted by name bytes. */
  list(prefix: string, options?: ListRefs): Promise<readonly { readonly name: string; readonly oid: Oid }[]>;

  /**
   * All edits or none. Throws `git/ref-moved` (kind conflict) when an expectation does not hold, `git/ref-locked` when a
   * lock could not be had in time, `git/ref-name` for an invalid name or a directory/file conflict. Durable when it resolves.
   */
  transaction(edits: readonly RefEdit[]): Promise<void>;
}

/** What a git adapter provides. */
export interface GitBackend {
  readonly objects: ObjectStore;
  readonly refs: RefStore;
}
