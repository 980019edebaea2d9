/** What is on the disk when: the system calls of a put, as strace saw them. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noise, ScratchFolder } from './scratch-bytes.js';

const BUILD = new URL('../../dist/chunks/index.js', import.meta.url).href;
const PROGRAM = `
const { DirectoryChunkStore, putStream } = await import(process.argv[1]);
const [source, root, threads, fsync] = process.argv.slice(2);
await putStream({ source, store: new DirectoryChunkStore({ root, fsync }), chunkSize: 262144, threads: Number(threads) });
process.stdout.write('recorded');
`;
const CALLS = 'fsync,fdatasync,rename,renameat,renameat2,write,pwrite64';
const traced = spawnSync('strace', ['-f', '-e', 'trace=none', 'true']).status === 0;

interface Call {
  readonly name: string;
  /** Of what: a file, or from where to where. */
  readonly paths: readonly string[];
}

/** Calls in the order in which they ended. A call of one thread may be told in two lines, with those of others between. */
function readTrace(text: string): readonly Call[] {
  const begun = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of text.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest);
      continue;
    }
    const whole = rest.startsWith('<...') ? `${begun.get(thread)}${rest}` : rest;
    const name = /^(\w+)\(/.exec(whole)?.[1];
    if (name === undefined || / = -1 /.test(whole)) continue;
    const found = name.startsWith('rename') ? whole.matchAll(/"([^"]*)"/g) : whole.matchAll(/^\w+\(\d+<([^>]*)>/g);
    const paths = [...found].map(([, path = '']) => path);
    // What is printed at the end stands for the record of the manifest.
    calls.push(name === 'write' && whole.includes('"recorded"') ? { name: 'recorded', paths: [] } : { name, paths });
  }
  return calls;
}

describe.skipIf(!traced)('a put, by its system calls (needs strace)', () => {
  let folder: ScratchFolder;
  beforeEach(() => {
    folder = new ScratchFolder();
    writeFileSync(folder.at('source'), noise(1, 10 * 262_144 + 5));
  });
  afterEach(() => folder.dispose());

  function trace(threads: number, fsync: 'chunks' | 'none'): readonly Call[] {
    const [log, root] = [folder.at('trace'), folder.at('git', 'gatos', 'chunks')];
    const node = [process.execPath, '--input-type=module', '-e', PROGRAM, BUILD];
    const given = [folder.at('source'), root, String(threads), fsync];
    const { stdout, stderr } = spawnSync('strace', ['-f', '-y', '-e', CALLS, '-o', log, ...node, ...given]);
    expect(`${stdout}${stderr}`).toBe('recorded');
    return readTrace(readFileSync(log, 'utf8'));
  }

  it.each([0, 2])(
    'with %i threads has every chunk on the disk before its name, and the names before it returns',
    (threads) => {
      const calls = trace(threads, 'chunks');
      const end = calls.findIndex(({ name }) => name === 'recorded');
      const isFlush = ({ name }: Call): boolean => name === 'fsync' || name === 'fdatasync';
      const renames = calls.filter(({ name, paths }) => name.startsWith('rename') && paths[1]?.includes('/chunks/'));
      expect(renames).toHaveLength(11);
      for (const rename of renames) {
        const [temporary = '', path = ''] = rename.paths;
        const at = calls.indexOf(rename);
        const flushed = calls.findIndex((call) => isFlush(call) && call.paths[0] === temporary);
        const written = calls.findLastIndex(({ name, paths }) => /write/.test(name) && paths[0] === temporary);
        expect(written).toBeGreaterThanOrEqual(0);
        expect([basename(path).length, written < flushed, flushed < at, at < end]).toEqual([64, true, true, true]);
        // The folder of the chunk, and each above it to the one that was there before.
        for (let place = dirname(path); place.length >= folder.path.length; place = dirname(place)) {
          const isMade = place.startsWith(folder.at('git', 'gatos', 'chunks'));
          const times = calls.slice(isMade ? at : 0, end).filter((call) => isFlush(call) && call.paths[0] === place);
          expect([place, times.length]).toEqual([place, 1]);
        }
      }
    },
  );

  it('that is not to be flushed is not', () => {
    expect(trace(2, 'none').filter(({ name }) => name.includes('sync'))).toEqual([]);
  });
});
