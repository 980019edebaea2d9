/** The fold bundle: `fold.json` and one ES module. Its CID, `fold_root`, names the exact computation (design 2.5). */
import { Cid, encode, isWellFormed, parseJson, type Value } from '../codec/index.js';
import { fromUtf8, GatosError, LIMITS, utf8 } from '../kernel/index.js';
import { foldError } from './errors.js';
import { FOLD_MANIFEST, type FoldManifest } from './schema.js';

export interface FoldBundle {
  readonly manifest: FoldManifest;
  /** Text of the module. */
  readonly source: string;
  /** CID of the DAG-CBOR of `{ manifest, source }`. */
  readonly foldRoot: Cid;
}

export const MANIFEST_PATH = 'fold.json';
export const SOURCE_PATH = 'fold.mjs';

/** Throws `fold/source-too-large`, `fold/bad-manifest`. */
export function makeBundle(manifest: FoldManifest, source: string): FoldBundle {
  const bytes = utf8(source).length;
  if (bytes > LIMITS.foldSourceBytes) throw foldError('source-too-large', { bytes, limit: LIMITS.foldSourceBytes });
  if (!isWellFormed(source))
    throw foldError('bad-manifest', { path: SOURCE_PATH, why: 'the source is not well-formed Unicode' });
  const foldRoot = Cid.hash('dag-cbor', encode({ manifest: manifest as unknown as Value, source }));
  return { manifest, source, foldRoot };
}

/** Reads the two files of a bundle. `name` must be that in the manifest. Throws `fold/bad-manifest`, `fold/source-too-large`. */
export function readBundle(
  files: { readonly manifest: Uint8Array; readonly source: Uint8Array },
  path: string = MANIFEST_PATH,
): FoldBundle {
  try {
    const given = parseJson(files.manifest);
    const defaults = { version: 1, gas: LIMITS.foldGas, memory: LIMITS.foldMemory };
    const complete =
      typeof given === 'object' && given !== null && !Array.isArray(given) ? { ...defaults, ...given } : given;
    return makeBundle(FOLD_MANIFEST.read(complete as Value, ''), fromUtf8(files.source));
  } catch (error) {
    if (error instanceof TypeError)
      throw foldError('bad-manifest', { path, why: 'the source is not UTF-8' }, { cause: error });
    if (error instanceof GatosError && error.code.startsWith('codec/')) {
      throw foldError('bad-manifest', { path, why: error.message }, { cause: error });
    }
    throw error;
  }
}
