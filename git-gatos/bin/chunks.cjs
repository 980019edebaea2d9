/**
 * Loads the chunks of the bundle, which are CommonJS, each as a script with its code cache: what V8 has compiled before. That is a
 * sixth of the time of a quick command. `npm run build` makes the cache for the Node that runs it (tools/code-cache.cjs); the npm
 * package has none. Another Node looks for another folder, and V8 refuses a cache that is not of its version and flags, cut short, or
 * of a source of another length, and compiles. A chunk's name is a hash of what is in it, so a chunk that differs has another
 * cache. Whoever can change the cache can change the chunks beside it: it is trusted as they are.
 */
'use strict';

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const DIST = join(__dirname, '../dist');
const CACHE = join(DIST, `code-cache-${process.version}-${process.platform}-${process.arch}`);
const MAIN = 'main.cjs';

/** Name → module and script. */
const loaded = new Map();

const pathOf = (name) => join(DIST, name);

/** The main chunk's name does not change with what is in it, and it is small: it has no cache. */
function cacheOf(name) {
  if (name === MAIN) return undefined;
  try {
    return readFileSync(join(CACHE, name));
  } catch {
    // Never made, or not to be read: then V8 compiles.
    return undefined;
  }
}

const requireFrom = (id) => (id.startsWith('./') ? load(id.slice(2)) : require(id));

/** The exports of a chunk. */
function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.module.exports;
  const filename = pathOf(name);
  // The build writes ASCII only, which is read fastest so.
  const source = `(function (exports, require, module, __filename) {${readFileSync(filename, 'latin1')}\n})`;
  const script = new Script(source, { filename, cachedData: cacheOf(name) });
  const module = { exports: {} };
  loaded.set(name, { module, script });
  try {
    script.runInThisContext().call(module.exports, module.exports, requireFrom, module, filename);
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
  return module.exports;
}

module.exports = { CACHE, MAIN, load, loaded, pathOf };
