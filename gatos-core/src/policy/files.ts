/** The files of a policy bundle: what they may be called, how many there may be, and where they lie in the tree of an adoption. */
import type { NewFile } from '../chain/index.js';
import { isWellFormed } from '../codec/index.js';
import { entryNameFault } from '../git/index.js';
import { compareText, fromUtf8, LIMITS, utf8 } from '../kernel/index.js';
import { policyError } from './errors.js';
import type { Sources } from './evaluate/index.js';

/** Sources lie below this, the compiled bundle beside it. */
export const SOURCE_FOLDER = 'sources/';
export const CODE_PATH = 'bundle.rgc';

/** They are shown in terminals and in messages. */
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029\\]/u;

/** Why a source cannot be called this, or null. Paths are relative to the bundle, with `/` between folders. */
export function sourcePathFault(path: string): string | null {
  if (!path.endsWith('.rgs') && !path.endsWith('.md')) return 'it is neither `.rgs` nor `.md`';
  if (!isWellFormed(path) || HIDDEN.test(path)) return 'its name holds characters that cannot be seen, or a backslash';
  if (utf8(SOURCE_FOLDER + path).length > LIMITS.attachmentPathBytes)
    return `its name is longer than ${LIMITS.attachmentPathBytes - SOURCE_FOLDER.length} bytes`;
  const components = path.split('/');
  if (components.length > LIMITS.treeFolders) return `it lies deeper than ${LIMITS.treeFolders - 1} folders`;
  for (const component of components) {
    const fault = entryNameFault(component);
    if (fault !== null) return fault;
  }
  return null;
}

/** Why these cannot stand beside one another; null when they can. Paths are sorted. */
export function pathSetFault(paths: readonly string[]): string | null {
  const known = new Set(paths);
  if (known.size < paths.length) return 'one file is named twice';
  for (const path of paths)
    for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1))
      if (known.has(path.slice(0, at))) return `\`${path.slice(0, at)}\` is a file and a folder`;
  return null;
}

/**
 * The files in order, each with its text. Throws `policy/bad-file` for a name or bytes that cannot be part of a bundle, and
 * `policy/bundle-too-large`.
 */
export function orderedSources(given: readonly NewFile[]): {
  readonly files: readonly NewFile[];
  readonly texts: Sources;
} {
  const files = [...given].sort((a, b) => compareText(a.path, b.path));
  for (const { path } of files) {
    const why = sourcePathFault(path);
    if (why !== null) throw policyError('bad-file', { path, why });
  }
  const together = pathSetFault(files.map(({ path }) => path));
  if (together !== null) throw policyError('bad-file', { path: files[0]?.path ?? '', why: together });
  const over = files[LIMITS.policyModules];
  if (over !== undefined)
    throw policyError('bad-file', { path: over.path, why: `a policy has at most ${LIMITS.policyModules} files` });
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (bytes > LIMITS.policyBundleBytes)
    throw policyError('bundle-too-large', { what: 'the sources', bytes, limit: LIMITS.policyBundleBytes });
  return { files, texts: new Map(files.map((file) => [file.path, textOf(file)])) };
}

function textOf({ path, bytes }: NewFile): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw policyError('bad-file', { path, why: 'it is not UTF-8' }, { cause });
  }
}

/** The files that travel in the commit of an adoption. */
export function adoptedFiles({
  files,
  code,
}: {
  readonly files: readonly NewFile[];
  readonly code: Uint8Array;
}): readonly NewFile[] {
  const sources = files.map(({ path, bytes }) => ({ path: SOURCE_FOLDER + path, bytes }));
  return [{ path: CODE_PATH, bytes: code }, ...sources];
}
