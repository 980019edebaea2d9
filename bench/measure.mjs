/** Paired measurement: the work and its limit in turn, in one run, so that a machine whose speed drifts drifts for both. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Seconds of one call. */
export async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Medians of `runs` pairs: `ours` and `limit` are functions that return seconds; the ratio is that of each pair. */
export async function paired({ ours, limit, runs = 5, warmup = 1 }) {
  const pairs = [];
  for (let i = -warmup; i < runs; i++) {
    const pair = { ours: await ours(), limit: await limit() };
    if (i >= 0) pairs.push(pair);
  }
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    limit: median(pairs.map((pair) => pair.limit)),
    /** How often ours fits into the limit's time: above 1 is faster than the limit. */
    ratio: median(pairs.map((pair) => pair.limit / pair.ours)),
  };
}

/** A folder that is removed afterwards. BENCH_DIR chooses the disk. */
export async function inFolder(work) {
  const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'gatos-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function git(cwd, ...args) {
  return execFileSync('git', args, { cwd, maxBuffer: 1 << 30, env: { ...process.env, LC_ALL: 'C' } }).toString();
}

/** Seconds of a whole process, its output thrown away. */
export function processSeconds(command, args, options = {}) {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

export const perSecond = (count, time) => `${Math.round(count / time).toLocaleString('en')}/s`;
export const milliseconds = (time) => `${(time * 1000).toFixed(2)} ms`;
