/** A pending adoption as it travels from one root to the next: what is signed, and the sources that it speaks of. */
import type { NewFile } from '../chain/index.js';
import { decode, encode, s, type Value } from '../codec/index.js';
import { isGatosError, LIMITS } from '../kernel/index.js';
import { policyError } from './errors.js';

export interface AdoptionFile {
  /** The DAG-CBOR of `{ envelope, signatures }`. */
  readonly signed: Uint8Array;
  /** The sources of the bundle; what they compile to, everybody computes anew. */
  readonly files: readonly NewFile[];
}

const MAX_BYTES = LIMITS.blockBytes;

const FILE = s.struct({
  v: s.literal(1),
  signed: s.bytes({ max: MAX_BYTES }),
  files: s.list(
    s.struct({
      path: s.text({ maxBytes: LIMITS.attachmentPathBytes }),
      bytes: s.bytes({ max: LIMITS.policyBundleBytes }),
    }),
    { max: LIMITS.policyModules },
  ),
});

/** The DAG-CBOR of `{ v: 1, signed, files: [{ path, bytes }] }`. */
export function encodeAdoption({ signed, files }: AdoptionFile): Uint8Array {
  return encode({ v: 1, signed, files: files.map(({ path, bytes }) => ({ path, bytes })) } satisfies Value);
}

/** Throws `policy/bad-adoption` for what is no such file. */
export function decodeAdoption(bytes: Uint8Array): AdoptionFile {
  try {
    return FILE.read(decode(bytes, { maxBytes: MAX_BYTES }));
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw policyError('bad-adoption', { why: `the file is no adoption: ${error.message}` }, { cause: error });
  }
}
