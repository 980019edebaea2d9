/**
 * State as content-addressed blocks: one block per top-level key, and a root block that maps each key to the CID of its
 * value. `state_root` is the CID of the root block, so one key can be proved without the rest (design 2.5).
 */

import { sha256 } from '#hash';
import type { NewFile } from '../chain/index.js';
import { Cid, decode, encode, formatHex, formatJson, type JsonValue, s, setEntry, type Value } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import { foldError } from './errors.js';

/** A state: a map at the top. */
export type State = { readonly [key: string]: JsonValue };

export interface StateBlock {
  readonly key: string;
  readonly cid: Cid;
  /** Canonical DAG-CBOR of the value. */
  readonly bytes: Uint8Array;
}

export interface StateBlocks {
  /** CID of `root`. */
  readonly stateRoot: Cid;
  /** Canonical DAG-CBOR of the map from key to block CID. */
  readonly root: Uint8Array;
  readonly blocks: readonly StateBlock[];
}

/** Characters of a key that a message shows. */
const SHOWN = 40;

/** Throws `fold/state-not-a-map`, `fold/state-too-many-keys`, `fold/state-key`. */
export function checkState(value: JsonValue): State {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw foldError('state-not-a-map', {});
  const keys = Object.keys(value);
  if (keys.length > LIMITS.stateKeys)
    throw foldError('state-too-many-keys', { count: keys.length, limit: LIMITS.stateKeys });
  for (const key of keys) {
    const bytes = utf8(key).length;
    if (bytes === 0 || bytes > LIMITS.stateKeyBytes)
      throw foldError('state-key', { key: key.slice(0, SHOWN), bytes, limit: LIMITS.stateKeyBytes });
  }
  return value as State;
}

/** Blocks of a state. Throws as `checkState`, and `fold/state-too-large` for a block that no reader would take. */
export function blocksOf(state: State): StateBlocks {
  const links: Record<string, Value> = {};
  const blocks = Object.keys(checkState(state)).map((key): StateBlock => {
    const bytes = bounded(encode(state[key] as Value), `the value of key \`${key.slice(0, SHOWN)}\``);
    const cid = Cid.hash('dag-cbor', bytes);
    setEntry(links, key, cid);
    return { key, cid, bytes };
  });
  const root = bounded(encode(links), 'the list of keys');
  return { stateRoot: Cid.hash('dag-cbor', root), root, blocks };
}

function bounded(bytes: Uint8Array, what: string): Uint8Array {
  const limit = LIMITS.blockBytes;
  if (bytes.length > limit) throw foldError('state-too-large', { what, bytes: bytes.length, limit });
  return bytes;
}

const ROOT = s.record(s.cid, { max: LIMITS.stateKeys });

/** The key → CID map of a root block. Throws `codec/*`. */
export function decodeRoot(bytes: Uint8Array): { readonly [key: string]: Cid } {
  return ROOT.read(decode(bytes, { maxBytes: LIMITS.blockBytes }), 'root');
}

// Few enough files for one folder that people open; beyond that one of 256 folders, by the key's hash.
const FLAT_KEYS = 512;
/** File systems take names of 255 bytes; git and its readers add some of their own. */
const NAME_BYTES = 200;

/**
 * Where the file of a key lies below `prefix`: percent-encoded, in a folder by hash when the state has many keys. A key too long
 * for a file name stands under its hash, behind a `+`, which no percent-encoding holds: so no two keys share a path.
 */
export function pathOfKey(
  prefix: string,
  key: string,
  { keys, extension }: { keys: number; extension: string },
): string {
  const name = `${percentEncode(key)}${extension}`;
  if (keys <= FLAT_KEYS && name.length <= NAME_BYTES) return `${prefix}${name}`;
  const digest = formatHex(sha256(utf8(key)));
  const short = name.length <= NAME_BYTES ? name : `+${digest}${extension}`;
  return keys <= FLAT_KEYS ? `${prefix}${short}` : `${prefix}${digest.slice(0, 2)}/${short}`;
}

/** RFC 3986 percent-encoding of everything but unreserved characters; a leading dot too, so that no path is special. */
function percentEncode(key: string): string {
  let out = '';
  for (const byte of utf8(key)) {
    const char = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9_~-]/.test(char) || (char === '.' && out !== '');
    out += plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** The files of a checkpoint's tree: blocks of the state and of the base, and the readable view. */
export interface StateFiles {
  readonly root: NewFile;
  readonly blocks: readonly NewFile[];
  /** One pretty, sorted JSON file a key: a derived view, so that `git diff` between checkpoints reads well. */
  readonly view: readonly NewFile[];
}

export function filesOfState(state: State, { root, blocks }: StateBlocks): StateFiles {
  const keys = blocks.length;
  return {
    root: { path: 'root.cbor', bytes: root },
    blocks: blocks.map(({ key, bytes }) => ({ path: pathOfKey('blocks/', key, { keys, extension: '.cbor' }), bytes })),
    view: blocks.map(({ key }) => ({
      path: pathOfKey('state/', key, { keys, extension: '.json' }),
      bytes: utf8(`${formatJson(state[key] as JsonValue, { indent: 2, sorted: true })}\n`),
    })),
  };
}

/** Blocks that only the base has: one file a block, named by CID. The root of the base is `base.cbor`. */
export function filesOfBase(base: StateBlocks, present: StateBlocks): readonly NewFile[] {
  if (base.stateRoot.equals(present.stateRoot)) return [];
  const known = new Set(present.blocks.map(({ cid }) => String(cid)));
  const own = new Map<string, NewFile>();
  for (const { cid, bytes } of base.blocks) {
    const name = String(cid);
    if (!known.has(name)) own.set(name, { path: `base/${name}.cbor`, bytes });
  }
  return [{ path: 'base.cbor', bytes: base.root }, ...own.values()];
}

/** The value in a block. */
export function decodeBlock(bytes: Uint8Array): JsonValue {
  return s.json.read(decode(bytes, { maxBytes: LIMITS.blockBytes }), 'block');
}
