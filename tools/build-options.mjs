/** How our TypeScript sources become programs that plain Node runs: for the bundle, and for programs that tests start. */
import { join } from 'node:path';
import { ROOT } from './sources.mjs';
import { straightImports } from './straight-imports.mjs';

/** Our own packages by their sources; `#hash` as in Node. */
const OURS = new Map(
  Object.entries({
    '#hash': 'gatos-core/node/hash.ts',
    'gatos-core': 'gatos-core/src/index.ts',
    'gatos-core/node': 'gatos-core/node/index.ts',
    'gatos-core/testing': 'gatos-core/testing/index.ts',
    gatosd: 'gatosd/src/index.ts',
  }).map(([name, path]) => [name, join(ROOT, path)]),
);

const folders = ['gatos-core', 'gatosd', 'git-gatos'].map((folder) => join(ROOT, folder));

export const isOurs = (path) => folders.some((folder) => join(ROOT, path).startsWith(folder));

const ENGINE = join(ROOT, 'gatos-core/node/fold/engine.ts');
const INSTALLED_WASM = 'createRequire(import.meta.url).resolve(BINARY)';

/** The bundle has the engine's wasm beside it, where there are no installed packages. */
function wasmBeside(path, text) {
  if (path !== ENGINE) return text;
  if (!text.includes(INSTALLED_WASM))
    throw new Error(`${ENGINE} has no \`${INSTALLED_WASM}\`: tools/build-options.mjs must follow`);
  return text.replace(INSTALLED_WASM, "new URL('./emscripten-module.wasm', import.meta.url)");
}

/** Shared by everything that is bundled; `write` is false. `together` as in chunks.mjs, with paths from the root. */
export function buildOptions(together) {
  const absolute =
    together && new Map([...together].map(([path, paths]) => [join(ROOT, path), paths.map((p) => join(ROOT, p))]));
  const place = { packages: OURS, folders, together: absolute, edit: wasmBeside };
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
