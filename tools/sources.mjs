/** What the build is made from, as one digest: tells whether a build is still that of the sources, whatever the clocks say. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Written when a whole build has succeeded. */
export const STAMP = join(ROOT, 'git-gatos', 'dist', '.sources');

const FOLDERS = ['gatos-core/src', 'gatos-core/node', 'gatos-core/testing', 'gatosd/src', 'git-gatos/src'];
const FILES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'gatos-core/package.json',
  'gatosd/package.json',
  'gatosd/tsconfig.json',
  'git-gatos/bin/chunks.cjs',
  'git-gatos/tsconfig.json',
  'tools/build-options.mjs',
  'tools/bundle.mjs',
  'tools/chunks.mjs',
  'tools/code-cache.cjs',
  'tools/sources.mjs',
  'tools/straight-imports.mjs',
];

/** Files under a folder, without the tests, which no build holds. */
function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    return entry.isFile() && !entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

/** SHA-256 over names and contents, in hex. */
export function sourceDigest(root = ROOT) {
  const paths = [
    ...FILES.map((file) => join(root, file)),
    ...FOLDERS.flatMap((folder) => filesUnder(join(root, folder))),
  ];
  const names = paths.map((path) => relative(root, path).split(sep).join('/')).sort();
  const hash = createHash('sha256');
  for (const name of names) {
    const path = join(root, name);
    const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
