/** Jobs with files of more than a chunk: they are kept as blobs, streamed in and out, and verified chunk by chunk. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStage, type Stage } from './stage.js';

// Each of these starts dozens of processes.
vi.setConfig({ testTimeout: 180_000 });

const MIB = 1024 * 1024;

let stage: Stage;
let repo: string;
beforeEach(() => {
  stage = openStage();
  repo = stage.at('repo');
  stage.gatos(['init', repo, '--actor', 'user:alice']);
});
afterEach(() => stage.close());

const gatos = (...args: string[]): string => stage.gatos(args, { cwd: repo });
const gitSize = (): number => {
  const pack = join(repo, '.git/objects');
  return readdirSync(pack, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
};

interface Shown {
  readonly job: string;
  readonly manifest: { readonly inputs: readonly { readonly name: string; readonly blob?: string }[] };
}

/** `cat` twice: an input of 5 MiB makes an output of 10 MiB; beside it a small one. */
const COMMAND = [
  '-i',
  'big',
  '-o',
  'twice',
  '-o',
  'small',
  '--',
  'sh',
  '-c',
  'cat big big > twice; wc -c < big > small',
];

describe('a run', () => {
  it('keeps large inputs and outputs as blobs, and small ones in git', () => {
    const bytes = randomBytes(5 * MIB);
    writeFileSync(join(repo, 'big'), bytes);
    const { job } = JSON.parse(gatos('run', '--json', ...COMMAND)) as Shown;
    expect(readFileSync(join(repo, 'twice')).equals(Buffer.concat([bytes, bytes]))).toBe(true);
    expect(gitSize()).toBeLessThan(MIB);
    const blobs = stage.json(['blob', 'ls'], { cwd: repo }) as readonly { readonly size: number }[];
    expect(blobs.map(({ size }) => size).sort((a, b) => a - b)).toEqual([5 * MIB, 10 * MIB]);
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
    const report = stage.json(['verify', job], { cwd: repo }) as {
      checks: readonly { name: string; outcome: string }[];
    };
    expect(report.checks).toContainEqual(expect.objectContaining({ name: 'blobs', outcome: 'pass' }));
    gatos('job', 'output', job, '--into', stage.at('out'));
    expect(readFileSync(stage.at('out', 'twice')).equals(readFileSync(join(repo, 'twice')))).toBe(true);
    expect(readFileSync(stage.at('out', 'small'), 'utf8').trim()).toBe(String(5 * MIB));
    // The same once more is the same job, with the same outputs.
    expect(stage.run(['git', 'gatos', 'run', ...COMMAND], { cwd: repo }).status).toBe(0);
  });

  it('takes files that no record could carry', () => {
    const bytes = Buffer.alloc(70 * MIB, randomBytes(1 * MIB));
    writeFileSync(join(repo, 'big'), bytes);
    gatos('run', '-i', 'big', '-o', 'copy', '--', 'cp', 'big', 'copy');
    expect(readFileSync(join(repo, 'copy')).equals(bytes)).toBe(true);
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: repo }).status).toBe(0);
  });

  it('whose chunks are not here could not be checked: 21, and what to do', () => {
    writeFileSync(join(repo, 'big'), randomBytes(5 * MIB));
    const { job } = JSON.parse(gatos('run', '--json', ...COMMAND)) as Shown;
    const copy = stage.at('copy');
    stage.gatos(['clone', repo, copy]);
    for (const args of [
      ['verify', job],
      ['verify', '--all'],
      ['job', 'output', job, '--into', 'out'],
    ]) {
      const { status, stdout, stderr } = stage.run(['git', 'gatos', ...args], { cwd: copy });
      expect([args[0], status, stdout + stderr]).toEqual([args[0], 21, expect.stringContaining('git gatos blob sync')]);
    }
    stage.gatos(['blob', 'sync', 'origin', '--pull'], { cwd: copy });
    expect(stage.run(['git', 'gatos', 'verify', job], { cwd: copy }).status).toBe(0);
    stage.gatos(['job', 'output', job, '--into', 'out'], { cwd: copy });
    expect(statSync(join(copy, 'out/twice')).size).toBe(10 * MIB);
  });

  it('whose chunks have a flipped bit each gives nothing of it, until they are fetched again', () => {
    writeFileSync(join(repo, 'big'), randomBytes(5 * MIB));
    const { job } = JSON.parse(gatos('run', '--json', ...COMMAND)) as Shown;
    const copy = stage.at('copy');
    stage.gatos(['clone', repo, copy]);
    stage.gatos(['blob', 'sync', 'origin', '--pull'], { cwd: copy });
    const chunks = join(copy, '.git/gatos/blobs/chunks');
    const files = readdirSync(chunks, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name));
      bytes[1000] = (bytes[1000] ?? 0) ^ 0x10;
      chmodSync(join(parentPath, name), 0o644);
      writeFileSync(join(parentPath, name), bytes);
    }
    const output = () => stage.run(['git', 'gatos', 'job', 'output', job, '--into', 'out'], { cwd: copy });
    const damaged = output();
    expect([damaged.status, damaged.stderr]).toEqual([13, expect.stringContaining('chunk 0')]);
    expect(existsSync(join(copy, 'out/twice'))).toBe(false);
    rmSync(chunks, { recursive: true });
    stage.gatos(['blob', 'sync', 'origin', '--pull'], { cwd: copy });
    expect(output().status).toBe(0);
    expect(statSync(join(copy, 'out/twice')).size).toBe(10 * MIB);
    expect(stage.run(['git', 'gatos', 'verify', '--all'], { cwd: copy }).status).toBe(0);
  });
});

describe('the queue', () => {
  it('hands large files to a worker, and takes what it gives', () => {
    const bytes = randomBytes(9 * MIB);
    writeFileSync(join(repo, 'big'), bytes);
    const id = gatos('job', 'submit', '-i', 'big', '-o', 'copy', '--', 'cp', 'big', 'copy');
    rmSync(join(repo, 'big'));
    expect(gatos('job', 'work', '--drain')).toContain('1 done, 1 of them with success');
    gatos('job', 'output', id, '--into', stage.at('out'));
    expect(readFileSync(stage.at('out', 'copy')).equals(bytes)).toBe(true);
    expect(stage.run(['git', 'gatos', 'verify', id], { cwd: repo }).status).toBe(0);
  });
});

describe('experiments', () => {
  it('with large files are verified and run again', () => {
    const bytes = randomBytes(5 * MIB);
    writeFileSync(join(repo, 'big'), bytes);
    gatos('run', ...COMMAND);
    const pox = gatos('pox', 'create', '--title', 'twice');
    expect(stage.run(['git', 'gatos', 'pox', 'verify', pox], { cwd: repo }).status).toBe(0);
    const again = stage.run(['git', 'gatos', 'reproduce', pox], { cwd: repo });
    expect([again.status, again.stderr]).toEqual([0, expect.anything()]);
    const exported = (folder: string) =>
      stage.run(['git', 'gatos', 'pox', 'export', pox, '--ro-crate', folder, '--license', 'CC0-1.0'], { cwd: repo });
    const crate = stage.at('crate');
    const whole = exported(crate);
    expect([whole.status, whole.stderr]).toEqual([0, expect.anything()]);
    expect(readFileSync(join(crate, 'inputs/big')).equals(bytes)).toBe(true);
    expect(readFileSync(join(crate, 'outputs/twice')).equals(Buffer.concat([bytes, bytes]))).toBe(true);
    // Chunks that are not here: the crate would be a part of one.
    rmSync(join(repo, '.git/gatos/blobs/chunks'), { recursive: true });
    const partial = exported(stage.at('partial'));
    const said = partial.stdout + partial.stderr;
    expect([partial.status, said]).toEqual([21, expect.stringContaining('git gatos blob sync')]);
    expect(readdirSync(stage.folder).filter((name) => name.includes('partial'))).toEqual([]);
  });
});
