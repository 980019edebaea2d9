/** The fold bundle: `fold.json` and one ES module. Its CID, `fold_root`, names the exact computation (design 2.5). */
import type { NewFile } from '../chain/index.js';
import { Cid, encode, formatJson, isWellFormed, type JsonValue, parseJson, type Value } from '../codec/index.js';
import { fromUtf8, isGatosError, LIMITS, utf8 } from '../kernel/index.js';
import { foldError } from './errors.js';
import { FOLD_MANIFEST, type FoldManifest } from './schema.js';
import { checkState } from './state-blocks.js';

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
  return bundleOf(manifest, source, MANIFEST_PATH);
}

/** Reads the two files of a bundle. What `fold.json` leaves out has its default. Throws as `makeBundle`; `path` names the manifest. */
export function readBundle(
  files: { readonly manifest: Uint8Array; readonly source: Uint8Array },
  path: string = MANIFEST_PATH,
): FoldBundle {
  // The printed form of a number beyond 2^53 is what `filesOfBundle` writes.
  const given = refusable(path, () => parseJson(files.manifest, { integers: 'printed' }));
  const defaults = { version: 1, gas: LIMITS.foldGas, memory: LIMITS.foldMemory };
  const isMap = typeof given === 'object' && given !== null && !Array.isArray(given);
  return bundleOf(isMap ? { ...defaults, ...given } : given, sourceOf(files.source), path);
}

function bundleOf(given: unknown, source: string, path: string): FoldBundle {
  const bytes = utf8(source).length;
  if (bytes > LIMITS.foldSourceBytes) throw foldError('source-too-large', { bytes, limit: LIMITS.foldSourceBytes });
  if (!isWellFormed(source))
    throw foldError('bad-manifest', { path: SOURCE_PATH, why: 'the source is not well-formed Unicode' });
  return refusable(path, () => {
    const manifest = FOLD_MANIFEST.read(given);
    if (manifest.initial !== undefined) checkState(manifest.initial);
    const foldRoot = Cid.hash('dag-cbor', encode({ manifest: manifest as unknown as Value, source }));
    return { manifest, source, foldRoot };
  });
}

/** What is refused on the way is so because of the manifest. */
function refusable<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw foldError('bad-manifest', { path, why: error.message }, { cause: error });
  }
}

/** Text of a module. Throws `fold/bad-manifest`. */
export function sourceOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw foldError('bad-manifest', { path: SOURCE_PATH, why: 'the source is not UTF-8' }, { cause });
  }
}

/** The files that a definition carries: a function of the bundle. */
export function filesOfBundle({ manifest, source }: FoldBundle): readonly NewFile[] {
  const text = formatJson(manifest as unknown as JsonValue, { indent: 2, sorted: true });
  return [
    { path: MANIFEST_PATH, bytes: utf8(`${text}\n`) },
    { path: SOURCE_PATH, bytes: utf8(source) },
  ];
}
