/** Folds in the working tree: `gatos/folds/<name>/fold.json` and `fold.mjs`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FoldBundle, LIMITS, MANIFEST_PATH, readBundle, SOURCE_PATH } from 'gatos-core';
import { foldFilesError } from './errors.js';

/** Folder of a fold's files below the top of a working tree. */
export function foldDirectory(top: string, name: string): string {
  return join(top, 'gatos', 'folds', name);
}

/** The bundle in a folder, or null when there is no manifest. Throws `fold/bad-manifest`, `fold-files/unreadable`. */
export function readFoldFiles(directory: string): FoldBundle | null {
  const manifestPath = join(directory, MANIFEST_PATH);
  if (!existsSync(manifestPath)) return null;
  return readBundle({ manifest: readBounded(manifestPath), source: readBounded(join(directory, SOURCE_PATH)) }, manifestPath);
}

function readBounded(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw foldFilesError('unreadable', { path, why: (error as Error).message }, { cause: error });
  }
  if (bytes.length > LIMITS.foldSourceBytes) {
    throw foldFilesError('unreadable', { path, why: `it has ${bytes.length} bytes, the limit is ${LIMITS.foldSourceBytes}` });
  }
  return bytes;
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

/** Writes a working fold to start from; never overwrites. Returns the paths. Throws `fold-files/exists`. */
export function scaffoldFold(directory: string, { name, ns }: NewFold): readonly string[] {
  if (existsSync(join(directory, MANIFEST_PATH))) throw foldFilesError('exists', { path: directory });
  mkdirSync(directory, { recursive: true });
  const manifest = `${JSON.stringify({ name, ns, version: 1, gas: LIMITS.foldGas, memory: LIMITS.foldMemory, initial: {} }, null, 2)}\n`;
  const files: [string, string][] = [
    [join(directory, MANIFEST_PATH), manifest],
    [join(directory, SOURCE_PATH), SOURCE],
  ];
  for (const [path, text] of files) writeFileSync(path, text, { flag: 'wx' });
  return files.map(([path]) => path);
}
