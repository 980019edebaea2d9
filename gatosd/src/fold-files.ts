/** Folds in the working tree: `gatos/folds/<name>/fold.json` and `fold.mjs`. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FoldBundle, formatJson, GatosError, LIMITS, MANIFEST_PATH, readBundle, SOURCE_PATH } from 'gatos-core';
import { foldFilesError } from './errors.js';

/** Folder of a fold's files below the top of a working tree. */
export function foldDirectory(top: string, name: string): string {
  return join(top, 'gatos', 'folds', name);
}

/** The bundle in a folder, or null when there is no manifest. Throws `fold/bad-manifest`, `fold-files/unreadable`. */
export function readFoldFiles(directory: string): FoldBundle | null {
  const manifestPath = join(directory, MANIFEST_PATH);
  if (!existsSync(manifestPath)) return null;
  return readBundle(
    { manifest: readBounded(manifestPath), source: readBounded(join(directory, SOURCE_PATH)) },
    manifestPath,
  );
}

/** Looks at the size first: whatever lies there, no more than the limit is read. */
function readBounded(path: string): Uint8Array {
  const limit = LIMITS.foldSourceBytes;
  try {
    const { size } = statSync(path);
    if (size <= limit) return readFileSync(path);
    throw foldFilesError('unreadable', { path, why: `it has ${size} bytes, the limit is ${limit}` });
  } catch (error) {
    if (error instanceof GatosError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw foldFilesError('unreadable', { path, why: 'there is no such file' });
    throw foldFilesError('unreadable', { path, why: message }, { cause: error });
  }
}

export interface NewFold {
  readonly name: string;
  readonly ns: string;
}

const SOURCE = `// A fold turns events into state: fold(state, event) returns the next state.
//
// It must be deterministic: no clock, no randomness, no network, nothing but its arguments.
// \`git gatos fold lint\` says what the sandbox refuses, and what to use instead.
//
//   event.type     what happened, such as 'add'
//   event.payload  the JSON payload
//   event.key      idempotency key (the ulid when none was chosen)
//   event.ulid, event.actor, event.time (microseconds, as claimed by the actor)
//
// The state is a map. Each of its top-level keys can be read and proved on its own.

export function fold(state, event) {
  const types = state.types ?? {};
  types[event.type] = (types[event.type] ?? 0) + 1;
  const n = event.payload?.n;
  return {
    events: (state.events ?? 0) + 1,
    sum: (state.sum ?? 0) + (typeof n === 'number' ? n : 0),
    types,
  };
}
`;

/**
 * Writes a working fold to start from; never overwrites. Returns the paths of what was written.
 * Throws `fold-files/exists`, `fold-files/unwritable`.
 */
export function scaffoldFold(directory: string, { name, ns }: NewFold): readonly string[] {
  if (existsSync(join(directory, MANIFEST_PATH))) throw foldFilesError('exists', { path: directory });
  const manifest = { name, ns, version: 1, gas: LIMITS.foldGas, memory: LIMITS.foldMemory, initial: {} };
  // The manifest last: where it is, the fold is whole.
  const files: readonly (readonly [string, string])[] = [
    [join(directory, SOURCE_PATH), SOURCE],
    [join(directory, MANIFEST_PATH), `${formatJson(manifest, { indent: 2 })}\n`],
  ];
  try {
    mkdirSync(directory, { recursive: true });
    return files.filter(([path, text]) => writeNew(path, text)).map(([path]) => path);
  } catch (error) {
    throw foldFilesError('unwritable', { path: directory, why: (error as Error).message }, { cause: error });
  }
}

/** False when there is such a file: it may be somebody's work. */
function writeNew(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
