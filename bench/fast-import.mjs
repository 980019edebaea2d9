/** The peer of the append rows: the plain git-backed log, one commit a record, by `git fast-import` from a prepared file. */

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './measure.mjs';

/** Writes the stream; the records' bytes are those of their JSON. */
export function prepareStream(folder, events) {
  const path = join(folder, 'stream');
  const file = openSync(path, 'w');
  let chunk = '';
  events.forEach((event, i) => {
    const data = JSON.stringify(event);
    const message = `event ${i}`;
    chunk += `blob\nmark :${2 * i + 1}\ndata ${Buffer.byteLength(data)}\n${data}\n`;
    chunk += `commit refs/heads/log\nmark :${2 * i + 2}\ncommitter bench <bench@example.org> ${1_700_000_000 + i} +0000\n`;
    chunk += `data ${message.length}\n${message}\n${i === 0 ? '' : `from :${2 * i}\n`}M 100644 :${2 * i + 1} record\n\n`;
    if (chunk.length < 1 << 20) return;
    writeSync(file, chunk);
    chunk = '';
  });
  writeSync(file, chunk);
  closeSync(file);
  return path;
}

/** Seconds of the import into a fresh repository. */
export function fastImport(folder, stream) {
  git(folder, 'init', '-q', '.');
  const input = openSync(stream, 'r');
  const start = process.hrtime.bigint();
  const { status } = spawnSync('git', ['fast-import', '--quiet'], { cwd: folder, stdio: [input, 'ignore', 'inherit'] });
  const time = Number(process.hrtime.bigint() - start) / 1e9;
  closeSync(input);
  if (status !== 0) throw new Error(`fast-import ended with ${status}`);
  return time;
}
