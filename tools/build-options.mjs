/** How our TypeScript sources become programs that plain Node runs: for the bundle, and for programs that tests start. */
import { basename, join } from 'node:path';
import { ROOT } from './sources.mjs';
import { straightImports } from './straight-imports.mjs';

/** Our own packages by their sources; `#hash` as in Node. */
const OURS = new Map(
  Object.entries({
    '#hash': 'gatos-core/node/hash.ts',
    'gatos-core': 'gatos-core/src/index.ts',
    'gatos-core/mythos': 'gatos-core/src/mythos/index.ts',
    'gatos-core/node': 'gatos-core/node/index.ts',
    'gatos-core/testing': 'gatos-core/testing/index.ts',
    gatosd: 'gatosd/src/index.ts',
  }).map(([name, path]) => [name, join(ROOT, path)]),
);

const folders = ['gatos-core', 'gatosd', 'git-gatos'].map((folder) => join(ROOT, folder));

export const isOurs = (path) => folders.some((folder) => join(ROOT, path).startsWith(folder));

/** Programs of threads, each a file of the bundle by itself: where it is written, who starts it, and its name there. */
export const THREADS = [
  {
    source: join(ROOT, 'gatosd/src/runners/sandboxed/thread.ts'),
    starter: join(ROOT, 'gatosd/src/runners/sandboxed/sandbox-runner.ts'),
    file: 'job-thread.cjs',
  },
  {
    source: join(ROOT, 'gatos-core/node/git/digest-thread.ts'),
    starter: join(ROOT, 'gatos-core/node/git/digest-blobs.ts'),
    file: 'digest-thread.cjs',
  },
  {
    source: join(ROOT, 'gatosd/src/chunks/chunk-thread.ts'),
    starter: join(ROOT, 'gatosd/src/chunks/lanes.ts'),
    file: 'chunk-thread.cjs',
  },
];

/** What lies elsewhere once it is bundled: the engine's wasm, which has no installed package, and the program of a thread. */
const BESIDE = [
  {
    path: join(ROOT, 'gatos-core/node/fold/engine.ts'),
    from: 'createRequire(import.meta.url).resolve(BINARY)',
    to: "new URL('./emscripten-module.wasm', import.meta.url)",
  },
  ...THREADS.map(({ source, starter, file }) => ({
    path: starter,
    from: `new URL('./${basename(source, '.ts')}.js', import.meta.url)`,
    to: `new URL('./${file}', import.meta.url)`,
  })),
];

/** The text of a module with the places of files as they are in the bundle. */
function filesBeside(path, text) {
  const found = BESIDE.find((each) => each.path === path);
  if (found === undefined) return text;
  const { from, to } = found;
  if (!text.includes(from)) throw new Error(`${path} has no \`${from}\`: tools/build-options.mjs must follow`);
  return text.replace(from, to);
}

/** Shared by everything that is bundled; `write` is false. `together` as in chunks.mjs, with paths from the root. */
export function buildOptions(together) {
  const absolute =
    together && new Map([...together].map(([path, paths]) => [join(ROOT, path), paths.map((p) => join(ROOT, p))]));
  const place = { packages: OURS, folders, together: absolute, edit: filesBeside };
  return {
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [straightImports(place)],
    logLevel: 'warning',
    write: false,
    legalComments: 'none',
    treeShaking: true,
  };
}

/**
 * CommonJS packages that are bundled call `require` for Node's built-ins, which an ES module does not have. Only the chunk with
 * esbuild's stand-in gets a real one; on the same line, so that the source map's lines still hold.
 */
export function withRequire(text) {
  if (!text.includes('typeof require !== "undefined"')) return text;
  return `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); ${text}`;
}
