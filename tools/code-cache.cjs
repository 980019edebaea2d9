/**
 * `node tools/code-cache.cjs ARGUMENTS…`: runs `git gatos ARGUMENTS…`, and when it ends keeps what V8 has compiled for it, which is
 * what later runs need. See git-gatos/bin/chunks.cjs, which reads it; tools/bundle.mjs runs this.
 */
'use strict';

const { mkdirSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { CACHE, MAIN, load, loaded } = require('../git-gatos/bin/chunks.cjs');

process.on('exit', (status) => {
  if (status !== 0) return;
  mkdirSync(CACHE, { recursive: true });
  for (const [name, { script }] of loaded) {
    if (name === MAIN) continue;
    const temporary = join(CACHE, `.${name}.${process.pid}`);
    writeFileSync(temporary, script.createCachedData(), { flush: true });
    renameSync(temporary, join(CACHE, name));
  }
});

load(MAIN);
