/** A record kind: what its bodies look like and how an envelope of it reads in `git log`. */
import type { Cid, Schema } from '../codec/index.js';
import type { Envelope } from './envelope.js';
import { recordBody } from './record.js';

/** A file that travels in the commit's tree beside the envelope, and is listed in the record that brings it. */
export interface Attachment {
  /** Path inside the tree, components separated by `/`; a path that ends in `/` stands for a whole directory. */
  readonly path: string;
  /** Bytes of the file, or of all files below the directory. */
  readonly size: number;
  /** CID of the file's bytes (codec raw, or dag-cbor for a `.cbor` file), or of the directory's listing (see `attachments.ts`). */
  readonly cid: Cid;
  /** The codec of the CID where the name of the file does not say it; what a job gives may have any name. */
  readonly codec?: 'raw' | undefined;
}

export interface Description {
  /** The commit's first line. */
  readonly title: string;
  /** Trailers after the common ones, in order. */
  readonly trailers?: readonly (readonly [name: string, value: string])[];
}

export interface RecordKind<T> {
  readonly kind: string;
  readonly schema: Schema<T>;
  /** From the first body and the number of records: the commit message is a function of the envelope. */
  describe(first: T, count: number): Description;
  /** Attachments that a body brings. */
  attachments?(body: T): readonly Attachment[];

  // For kinds that come in millions, the same without decoding.
  /** Is it plain from the bytes of record `index` that `schema` takes it? False: decode it and see. */
  accepts?(envelope: Envelope, index: number): boolean;
  /** As `describe` of the first body of an envelope that was checked. */
  describeEnvelope?(envelope: Envelope): Description;

  // For index chains (see `index-chain.ts`).
  /** The key under which a body is found. A chain whose rule has a kind with keys is an index. */
  indexKey?(body: T): string;
  /** CID of the record that a body replaces under its key, null when the key has to be new. Verified when the kind says so. */
  indexReplaces?(body: T): Cid | null;
  /**
   * Say two bodies for one key the same, but for what nothing depends on, such as a name for people? When two clones have recorded both, the one that
   * is on top keeps its own and drops the other. Default: only equal ones do.
   */
  indexSame?(one: T, other: T): boolean;
}

/** A kind whose body type the holder does not know. */
export type AnyRecordKind = RecordKind<unknown>;

/** Identity function that fixes the body type and forgets it for tables of kinds. */
export function defineKind<T>(kind: RecordKind<T>): RecordKind<T> {
  return kind;
}

/** How an envelope whose records were checked reads in `git log`. */
export function descriptionOf<T>(envelope: Envelope, kind: RecordKind<T>): Description {
  return kind.describeEnvelope?.(envelope) ?? kind.describe(recordBody(envelope, 0, kind), envelope.count);
}
