import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { keyHash } from '../../src/journal/index.js';
import { utf8 } from '../../src/kernel/index.js';
import { fileKeyIndex } from './index.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'gatos-keys-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/**
 * A process that reads one chain, stretch by stretch, as the journal does: whatever is not covered is added again. After each
 * stretch all its keys so far must be found. `forget`: the chance of forgetting everything instead.
 */
const WORKER = `
import { createHash } from 'node:crypto';
import { fileKeyIndex } from ${JSON.stringify(at('index.ts'))};
const [directory, name, steps, forget] = JSON.parse(process.argv[2]);
const hash = (text) => new Uint8Array(createHash('sha256').update(text).digest());
const oid = (text) => Buffer.from(hash(text).subarray(0, 20)).toString('hex');
const chain = 'journal/default/user-' + name;
const PER = 7;
const entriesOf = (step) => Array.from({ length: PER }, (_, i) => {
  const digest = hash(name + ' ' + step + ' ' + i);
  return { key: digest.slice(0, 16), content: digest.slice(16), digest };
});
const index = fileKeyIndex(directory);
let rebuilt = 0;
for (let step = 1; step <= steps; step++) {
  if (Math.random() < forget) await index.clear('default');
  for (let attempt = 0; ; attempt++) {
    if (attempt === 20) throw new Error('never settles');
    const tip = (await index.covered('default')).get(chain);
    let done = 0;
    if (tip !== undefined) {
      done = Array.from({ length: steps }, (_, i) => i + 1).find((each) => oid(name + each) === tip) ?? NaN;
      if (Number.isNaN(done)) throw new Error('covered up to what was never added: ' + done);
    }
    if (done < step - 1) rebuilt += 1;
    if (done < step) {
      const entries = [];
      for (let each = done + 1; each <= step; each++) entries.push(...entriesOf(each));
      await index.add('default', { chain, from: done === 0 ? null : oid(name + done), to: oid(name + step), commits: step - done, entries });
    }
    const keys = [];
    for (let each = 1; each <= step; each++) keys.push(...entriesOf(each).map(({ key }) => key));
    const found = await index.lookup('default', keys);
    if (found === null) continue;
    const missing = found.findIndex((each, i) => each === undefined || Buffer.compare(each.key, keys[i]) !== 0);
    if (missing >= 0) throw new Error('lost key ' + missing + ' of ' + keys.length + ' at step ' + step);
    break;
  }
}
process.stdout.write(String(rebuilt));
`;

function built(name: string, source: string): string {
  const [entry, program] = [join(root, `${name}.ts`), join(root, `${name}.mjs`)];
  writeFileSync(entry, source);
  execFileSync(process.execPath, [at('../../../tools/build-program.mjs'), entry, program]);
  return program;
}

let worker: string;
beforeAll(() => {
  worker = built('worker', WORKER);
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  program: string,
  argument: unknown,
  { killAfterMs, flags = [] }: { killAfterMs?: number; flags?: readonly string[] } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...flags, program, JSON.stringify(argument)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
}

async function keysOf(name: string, steps: number) {
  const hash = (text: string) => new Uint8Array(sha256(utf8(text)));
  return Array.from({ length: steps * 7 }, (_, i) => hash(`${name} ${1 + Math.floor(i / 7)} ${i % 7}`).slice(0, 16));
}

describe('several processes on one folder', () => {
  it('lose nothing, and end with few files', async () => {
    const directory = join(root, 'together');
    const names = ['a', 'b', 'c', 'd'];
    const ended = await Promise.all(names.map((name) => start(worker, [directory, name, 60, 0])));
    expect(ended.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      names.map(() => ({ status: 0, stderr: '' })),
    );
    const index = fileKeyIndex(directory);
    expect([...(await index.covered('default')).keys()].sort()).toEqual(
      names.map((name) => `journal/default/user-${name}`),
    );
    for (const name of names) {
      const found = await index.lookup('default', await keysOf(name, 60));
      expect(found?.filter((each) => each === undefined)).toEqual([]);
    }
    expect(await index.lookup('default', [keyHash('never added')])).toEqual([undefined]);
    index.close();
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
    expect(files.filter((name) => name.endsWith('.keys')).length).toBeLessThanOrEqual(40);
    expect(files.filter((name) => name.includes('tmp-'))).toEqual([]);
  });

  it('answer right while one of them forgets everything again and again', async () => {
    const directory = join(root, 'forgetful');
    const ended = await Promise.all([
      start(worker, [directory, 'a', 50, 0.15]),
      start(worker, [directory, 'b', 50, 0]),
      start(worker, [directory, 'c', 50, 0.05]),
    ]);
    expect(ended.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      ended.map(() => ({ status: 0, stderr: '' })),
    );
    expect(Number(ended[1]?.stdout)).toBeGreaterThan(0);
  });

  it('are not misled by what killed ones have left', async () => {
    const directory = join(root, 'killed');
    for (let round = 0; round < 6; round++) {
      await Promise.all([
        start(worker, [directory, `k${round}`, 4000, 0], { killAfterMs: 120 + round * 40 }),
        start(worker, [directory, 'steady', 10, 0]),
      ]);
    }
    const last = await start(worker, [directory, 'steady', 30, 0]);
    expect(last).toMatchObject({ status: 0, stderr: '' });
  });
});

const MILLION = `
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileKeyIndex } from ${JSON.stringify(at('index.ts'))};
const [directory, portions] = JSON.parse(process.argv[2]);
const hash = (text) => new Uint8Array(createHash('sha256').update(text).digest());
const PORTION = 32768;
const chain = 'journal/default/user-a';
const status = (file, name) => Number(new RegExp(name + ':\\\\s+(\\\\d+)').exec(readFileSync('/proc/self/' + file, 'latin1'))[1]);
const index = fileKeyIndex(directory);
let from = null;
for (let start = 0; start < portions * PORTION; start += PORTION) {
  const entries = Array.from({ length: PORTION }, (_, i) => {
    const digest = hash('key ' + (start + i));
    return { key: digest.slice(0, 16), content: digest.slice(16), digest };
  });
  const to = Buffer.from(hash('commit ' + start).subarray(0, 20)).toString('hex');
  await index.add('default', { chain, from, to, commits: 33, entries });
  from = to;
}
index.close();
const fresh = fileKeyIndex(directory);
const before = status('io', 'rchar');
const covered = (await fresh.covered('default')).get(chain) === from;
const [found, absent] = await fresh.lookup('default', [hash('key 177777').slice(0, 16), hash('absent').slice(0, 16)]);
const read = status('io', 'rchar') - before;
const right = covered && absent === undefined && Buffer.compare(found.digest, hash('key 177777')) === 0;
process.stdout.write(JSON.stringify({ right, read, peak: status('status', 'VmHWM') / 1024 }));
`;

describe('a million keys', () => {
  it.skipIf(process.platform !== 'linux')(
    'are looked up by reading a few pages, in bounded memory',
    async () => {
      const program = built('million', MILLION);
      const measure = async (portions: number): Promise<{ right: boolean; read: number; peak: number }> => {
        // Where memory is freed by threads, a busy machine frees it late, and what is measured is how busy it was.
        const flags = ['--single-threaded-gc'];
        const { status, stdout, stderr } = await start(program, [join(root, `portions-${portions}`), portions], {
          flags,
        });
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        return JSON.parse(stdout);
      };
      const few = await measure(7);
      const many = await measure(31);
      expect([few.right, many.right]).toEqual([true, true]);
      // A few runs, for each a footer and three or four pages a key; 66 MB are stored.
      expect(many.read).toBeLessThan(160_000);
      // What takes room is the portion of 32,768 entries that is being added, however many were added before.
      expect(many.peak - few.peak).toBeLessThan(64);
    },
    120_000,
  );
});
