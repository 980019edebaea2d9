/** Large files in chunks: against hashing and copying alone, against the two others that keep large files beside git, and their memory. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentIn, isInstalled, outputOf, skipped } from '../cli.mjs';
import { inFolder, median, paired, processSeconds } from '../measure.mjs';

const CHILD = fileURLToPath(new URL('../blob-child.mjs', import.meta.url));
const HASH_THREADS = fileURLToPath(new URL('../hash-threads.mjs', import.meta.url));
const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Bytes that no compression makes smaller, the same each time. */
function writeNoise(path, bytes) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(4 * MIB);
  const file = openSync(path, 'w');
  for (let at = 0; at < bytes; at += zeros.length) {
    const part = cipher.update(zeros.subarray(0, Math.min(zeros.length, bytes - at)));
    for (let done = 0; done < part.length; ) done += writeSync(file, part, done);
  }
  closeSync(file);
}

/** Emptied and not removed: for a minute ext4 passes over the inode of a file that was removed, one by one, when it looks for a free one. */
function empty(path) {
  chmodSync(path, 0o600);
  truncateSync(path);
}

/** What others have written must not be on its way to the disk while something is measured. */
const settle = () => execFileSync('sync');

function lab(folder, bytes) {
  const source = join(folder, 'source.bin');
  writeNoise(source, bytes);
  const place = { root: '', list: join(folder, 'chunks.json') };
  let stores = 0;
  const child = (request) => {
    const start = process.hrtime.bigint();
    const { stdout, status, stderr } = spawnSync(process.execPath, [CHILD, JSON.stringify({ ...place, ...request })]);
    if (status !== 0) throw new Error(`${request.what} ended with ${status}: ${stderr}`);
    return { ...JSON.parse(stdout), whole: Number(process.hrtime.bigint() - start) / 1e9 };
  };
  const put = (more = {}) => {
    if (stores > 0) for (const path of chunkFiles()) empty(path);
    place.root = join(folder, `chunks-${stores++}`);
    settle();
    return child({ what: 'put', path: source, ...more });
  };
  const chunkFiles = () =>
    readdirSync(place.root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  /** Seconds of hashing the chunks on two threads. */
  const hash = () => Number(outputOf([process.execPath, [HASH_THREADS, '2', ...chunkFiles()]], { cwd: folder }));
  return { source, child, put, hash };
}

const gigabytes = (bytes) => `${(bytes / GIB).toFixed(bytes < GIB ? 2 : 0)} GiB`;
const rate = (bytes, time) => `${Math.round(bytes / MIB / time).toLocaleString('en')} MiB/s (${time.toFixed(2)} s)`;

export async function blobPut({ blobBytes = 2 * GIB, runs = 3 } = {}) {
  return inFolder(async (folder) => {
    const { source, put, hash } = lab(folder, blobBytes);
    const parts = { hash: [], copy: [] };
    const copy = join(folder, 'copy.bin');
    const limit = async () => {
      parts.hash.push(hash());
      settle();
      parts.copy.push(processSeconds('cp', [source, copy]));
      rmSync(copy);
      return Math.max(parts.hash.at(-1), parts.copy.at(-1));
    };
    const against = async (fsync) => ({
      fsync,
      ...(await paired({ ours: async () => put({ fsync }).time, limit, runs })),
    });
    const rows = [];
    for (const { fsync, ours, limit: slower, ratio } of [await against('chunks'), await against('none')]) {
      const both = `two threads of SHA-256 ${median(parts.hash).toFixed(2)} s, cp ${median(parts.copy).toFixed(2)} s`;
      rows.push({
        name: `hash, chunk and store ${gigabytes(blobBytes)}${fsync === 'none' ? ', not flushed' : ''}`,
        ours: rate(blobBytes, ours),
        limit: `${both}; the slower ${slower.toFixed(2)} s`,
        ratio,
        target: fsync === 'none' ? 'report' : '≥ 0.7',
        met: fsync === 'none' ? null : ratio >= 0.7,
      });
    }
    rows.push(await againstPeers({ folder, source, put, blobBytes, runs }));
    return rows;
  });
}

function makeAnnex(folder) {
  const path = join(folder, 'annex');
  mkdirSync(path);
  const options = { cwd: path, env: environmentIn(folder) };
  outputOf(['git', ['init', '-q', '.']], options);
  outputOf(['git', ['-c', 'annex.private=true', 'annex', 'init', 'bench']], options);
  outputOf(['git', ['config', 'annex.backend', 'SHA256']], options);
  return { path, ...options };
}

/** The file is moved into the annex, so that each run needs another one; names differ, and the bytes are taken away again. */
function addSeconds(annex, source, n) {
  const name = `file-${n}.bin`;
  copyFileSync(source, join(annex.path, name));
  settle();
  const time = processSeconds('git', ['annex', 'add', '--quiet', name], annex);
  outputOf(['git', ['annex', 'drop', '--force', '--quiet', name]], annex);
  return time;
}

function makeLfs(folder) {
  const path = join(folder, 'lfs');
  mkdirSync(path);
  const options = { cwd: path, env: environmentIn(folder) };
  outputOf(['git', ['init', '-q', '.']], options);
  outputOf(['git', ['lfs', 'install', '--local']], options);
  return { path, ...options };
}

/** What git calls for a file that is added. */
function cleanSeconds(lfs, source) {
  settle();
  const input = openSync(source, 'r');
  try {
    return processSeconds('git', ['lfs', 'clean', 'file.bin'], { ...lfs, stdio: [input, 'ignore', 'pipe'] });
  } finally {
    closeSync(input);
    rmSync(join(lfs.path, '.git', 'lfs', 'objects'), { recursive: true, force: true });
  }
}

async function againstPeers({ folder, source, put, blobBytes, runs }) {
  const name = `the same, the whole process, ${gigabytes(blobBytes)}`;
  // It has no `--version`.
  const has = { 'git-annex': spawnSync('git', ['annex', 'version']).status === 0, 'git-lfs': isInstalled('git-lfs') };
  const missing = Object.keys(has).filter((each) => !has[each]);
  if (missing.length === 2) return skipped(name, '`git-annex` and `git-lfs` are not installed (Debian)');
  const annex = missing.includes('git-annex') ? undefined : makeAnnex(folder);
  const lfs = missing.includes('git-lfs') ? undefined : makeLfs(folder);
  const times = { annex: [], lfs: [] };
  let n = 0;
  const limit = async () => {
    if (annex) times.annex.push(addSeconds(annex, source, n++));
    if (lfs) times.lfs.push(cleanSeconds(lfs, source));
    return Math.min(times.annex.at(-1) ?? Number.POSITIVE_INFINITY, times.lfs.at(-1) ?? Number.POSITIVE_INFINITY);
  };
  const { ours: mine, ratio } = await paired({ ours: async () => put().whole, limit, runs, warmup: 0 });
  const said = Object.entries(times)
    .filter(([, each]) => each.length > 0)
    .map(([which, each]) => `${which === 'annex' ? 'git annex add' : 'git lfs clean'} ${median(each).toFixed(2)} s`);
  return {
    name,
    ours: rate(blobBytes, mine),
    limit: [...said, ...missing.map((each) => `${each} is not installed`)].join(', '),
    ratio,
    target: '≥ 2, against the faster',
    met: ratio >= 2,
  };
}

export async function blobRead({ blobBytes = 2 * GIB, ranges = 1000, runs = 3 } = {}) {
  return inFolder(async (folder) => {
    const { child, put, hash } = lab(folder, blobBytes);
    put();
    settle();
    const whole = async (what, name) => {
      const { ours, limit, ratio } = await paired({
        ours: async () => child({ what }).time,
        limit: async () => hash(),
        runs,
      });
      return {
        name: `${name}, ${gigabytes(blobBytes)}`,
        ours: rate(blobBytes, ours),
        limit: `two threads of SHA-256 ${rate(blobBytes, limit)}`,
        ratio,
        target: '≥ 0.7',
        met: ratio >= 0.7,
      };
    };
    const rows = [await whole('verify', 'verify a blob'), await whole('hand', 'read a blob, each chunk handed on')];
    const count = Math.min(ranges, 100_000);
    const found = await paired({
      ours: async () => child({ what: 'ranges', count }).time,
      limit: async () => child({ what: 'plainRanges', count }).time,
      runs,
    });
    rows.push({
      name: `${count.toLocaleString('en')} ranges of 4 KiB, each chunk checked`,
      ours: `${found.ours.toFixed(2)} s`,
      limit: `reading and hashing the touched chunks ${found.limit.toFixed(2)} s`,
      ratio: found.ratio,
      target: '≥ 0.7',
      met: found.ratio >= 0.7,
    });
    return rows;
  });
}

const MOST_MIB = 192;

export async function blobMemory({ memoryBytes = 5 * GIB } = {}) {
  return inFolder(async (folder) => {
    const { source, child, put } = lab(folder, memoryBytes);
    const out = join(folder, 'out.bin');
    const peaks = { put: put({ fsync: 'none' }).peak, get: child({ what: 'get', path: out }).peak };
    execFileSync('cmp', [source, out]);
    const most = Math.max(...Object.values(peaks));
    return {
      name: `peak memory of a put and a get of ${gigabytes(memoryBytes)}, each a process`,
      ours: `${peaks.put.toFixed(0)} and ${peaks.get.toFixed(0)} MiB`,
      limit: `${MOST_MIB} MiB`,
      ratio: most / MOST_MIB,
      target: '≤ 1',
      met: most <= MOST_MIB,
    };
  });
}
