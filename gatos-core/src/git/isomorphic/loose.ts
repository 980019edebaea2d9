/** Loose objects: one zlib stream a file, `<type> <size>\0<content>`. Source: gitformat-loose(5), git's object-file.c. */
import { LIMITS } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import type { ObjectType, Oid } from '../ports.js';
import type { Files } from './files.js';
import { INFLATION_FACTOR, inflateBounded } from './inflate.js';
import type { Unpacked } from './pack.js';
import { type Engine, engineView, VIEW_ROOT } from './view.js';

const HEADER_BYTES = 32;
const HEADER = /^(blob|tree|commit|tag) (0|[1-9][0-9]{0,15})$/;

/** The file of an object in an object directory. */
export function loosePath(directory: string, oid: Oid): string {
  return `${directory}/${oid.slice(0, 2)}/${oid.slice(2)}`;
}

export interface LooseRead {
  readonly oid: Oid;
  readonly directory: string;
  /** Bytes of content; more is `git/too-large`. */
  readonly limit: number;
}

/** The object, or null when there is no such file. Throws `git/too-large`, `git/corrupt-object` and what isomorphic-git throws. */
export async function readLoose(
  { files, engine }: { readonly files: Files; readonly engine: Engine },
  { oid, directory, limit }: LooseRead,
): Promise<Unpacked | null> {
  const path = loosePath(directory, oid);
  const stat = await files.stat(path);
  if (stat === null) return null;
  // Stored blocks add five bytes to 64 KiB: this is larger than the limit whatever it holds
  if (stat.size > limit + (limit >> 8) + 4096) throw gitError('too-large', { oid, size: stat.size, limit });
  const deflated = await files.read(path);
  if (!(deflated instanceof Uint8Array)) return null;
  if (deflated.length * INFLATION_FACTOR > LIMITS.blobBytes) {
    const { bytes, complete } = await inflateBounded(deflated, limit + HEADER_BYTES);
    return unwrap(oid, { bytes, complete, limit });
  }
  const name = `objects/${oid.slice(0, 2)}/${oid.slice(2)}`;
  const fs = engineView(engine, { read: async (asked) => (asked === name ? deflated : null) });
  const { object } = await engine.readObject({ fs, gitdir: VIEW_ROOT, oid, format: 'wrapped', cache: {} });
  const wrapped = object as Uint8Array;
  const bytes = new Uint8Array(wrapped.buffer, wrapped.byteOffset, wrapped.length);
  return unwrap(oid, { bytes, complete: true, limit });
}

function unwrap(
  oid: Oid,
  { bytes, complete, limit }: { bytes: Uint8Array; complete: boolean; limit: number },
): Unpacked {
  const nul = bytes.subarray(0, HEADER_BYTES).indexOf(0);
  const [, type, digits] = HEADER.exec(String.fromCharCode(...bytes.subarray(0, Math.max(nul, 0)))) ?? [];
  if (type === undefined) throw gitError('corrupt-object', { oid, why: 'it has no header' });
  const size = Number(digits);
  if (size > limit) throw gitError('too-large', { oid, size, limit });
  if (!complete || bytes.length !== nul + 1 + size)
    throw gitError('corrupt-object', { oid, why: `it does not hold the ${size} bytes it states` });
  return { type: type as ObjectType, content: bytes.subarray(nul + 1) };
}
