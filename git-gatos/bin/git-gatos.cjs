#!/usr/bin/env node
// Starts the bundle. Plain enough for an old Node to parse, so that it can say what is wrong.
'use strict';

const [major, minor] = process.versions.node.split('.').map(Number);

function fail(lines) {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}

if (major < 20 || (major === 20 && minor < 19)) {
  fail([`error: git-gatos needs Node 20.19 or newer, this is ${process.versions.node}`]);
}

const { load, MAIN, pathOf } = require('./chunks.cjs');

try {
  load(MAIN);
} catch (error) {
  if (error.code !== 'ENOENT' || error.path !== pathOf(MAIN)) throw error;
  const root = require('node:path').join(__dirname, '../..');
  fail(['error: git-gatos is not built yet', `hint: run \`npm ci && npm run build\` in ${root}/`]);
}
