/** Repetitions that give something else: what differs first, how the contents differ, and where it began. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExperimentStage, jobIn, openExperimentStage, printed, type Room } from './experiment-stage.js';

let stage: ExperimentStage;
beforeAll(() => {
  stage = openExperimentStage();
});
afterAll(() => stage.close());

/** Gives a number that no second run gives, in each form. */
const NOISE = `import { writeFileSync } from 'node:fs';
import { hrtime } from 'node:process';
const n = Number(hrtime.bigint() % 1000000007n);
writeFileSync('noise.json', JSON.stringify({ steady: 1, noise: { n } }));
writeFileSync('noise.csv', 'name,value\\nsteady,1\\nnoise,' + n + '\\n');
writeFileSync('noise.txt', 'steady\\nnoise ' + n + '\\nsteady\\n');
writeFileSync('noise.bin', Buffer.from([0, 1, 2, n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255]));
`;
const FORMS = ['noise.bin', 'noise.csv', 'noise.json', 'noise.txt'];
const MEASURE = `import { readFileSync, writeFileSync } from 'node:fs';
writeFileSync('measured.json', JSON.stringify({ twice: 2 * JSON.parse(readFileSync('noise.json', 'utf8')).noise.n }));
`;

function made(
  room: Room,
  ...runs: readonly (readonly string[])[]
): { readonly id: string; readonly jobs: readonly string[] } {
  const jobs = runs.map((args) => {
    const run = room.run(['run', ...args]);
    printed({ ...run, stdout: 'x' });
    return jobIn(run);
  });
  return { id: printed(room.run(['pox', 'create', '--title', 'x'])), jobs };
}

interface Reproduced {
  readonly verdict: string;
  readonly jobs: readonly {
    readonly job: string;
    readonly status: string;
    readonly failure: string | null;
    readonly same: boolean;
  }[];
  readonly kept: string | null;
  readonly drift: {
    readonly first: { readonly where: string; readonly name: string; readonly job: string };
    readonly explanation: string | null;
    readonly differences: readonly {
      where: string;
      name: string;
      job: string;
      recorded: string | null;
      reproduced: string | null;
    }[];
    readonly contents: readonly {
      path: string;
      kind: string;
      offset: number;
      items: readonly { place: string }[];
      diff: readonly string[];
    }[];
  };
}

const reproduce = (room: Room, id: string, status: number, ...more: readonly string[]): Reproduced =>
  stage.json(['reproduce', id, '--no-receipt', ...more], { cwd: room.path, status }) as Reproduced;

describe('a program that gives something else each time', () => {
  it('has drifted, with a difference of contents in the words of each format, and what came out is kept', () => {
    const room = stage.founded('noise', { 'noise.mjs': NOISE });
    const { id } = made(room, [...FORMS.flatMap((path) => ['-o', path]), '--', 'node', 'noise.mjs']);
    const { verdict, drift, kept } = reproduce(room, id, 19);
    expect([verdict, drift.first.where, drift.explanation]).toEqual(['drifted', 'output', null]);
    expect(drift.differences.map(({ name }) => name)).toEqual(FORMS);
    for (const { recorded, reproduced } of drift.differences)
      expect([recorded, reproduced].join(' ')).toMatch(/^bafk\w{55} bafk\w{55}$/);
    const [bytes, csv, json, text] = drift.contents;
    expect(drift.contents.map(({ kind }) => kind)).toEqual(['bytes', 'csv', 'json', 'text']);
    expect(bytes?.offset).toBeGreaterThanOrEqual(3);
    expect(csv?.items.map(({ place }) => place)).toEqual(['row 3, column value']);
    expect(json?.items.map(({ place }) => place)).toEqual(['noise.n']);
    expect(text?.diff.filter((line) => /^[-+]/.test(line))).toEqual([
      expect.stringMatching(/^-noise \d+$/),
      expect.stringMatching(/^\+noise \d+$/),
    ]);
    expect(readdirSync(join(kept ?? '', '1')).sort()).toEqual(FORMS);
    rmSync(kept ?? '', { recursive: true });
    const shown = room.run(['reproduce', id, '--no-receipt']);
    expect(shown.status).toBe(19);
    expect(shown.stdout).toMatch(/^✗ DRIFTED: 1 job run again\n4 outputs drifted\n/);
    rmSync(/what came out is in (.*)/.exec(shown.stderr)?.[1] ?? '', { recursive: true });
  });

  it('drifts in the first of two jobs, which the second shows as an input', () => {
    const room = stage.founded('two', { 'noise.mjs': NOISE, 'measure.mjs': MEASURE });
    const outputs = FORMS.flatMap((path) => ['-o', path]);
    const { id, jobs } = made(
      room,
      [...outputs, '--', 'node', 'noise.mjs'],
      ['-i', 'noise.json', '-o', 'measured.json', '--', 'node', 'measure.mjs'],
    );
    const keep = stage.at('kept-of-two');
    const { drift, jobs: again, kept } = reproduce(room, id, 19, '--keep', keep);
    expect(again.map(({ status, same }) => [status, same])).toEqual([
      ['succeeded', false],
      ['succeeded', false],
    ]);
    expect(drift.first).toMatchObject({ where: 'output', job: jobs[0] });
    const input = drift.differences.find(({ where }) => where === 'input');
    const output = drift.differences.find(({ where, name }) => where === 'output' && name === 'noise.json');
    expect(input).toMatchObject({
      job: jobs[1],
      name: 'noise.json',
      recorded: output?.recorded,
      reproduced: output?.reproduced,
    });
    expect(kept).toBe(keep);
    const { noise } = JSON.parse(readFileSync(join(keep, '1', 'noise.json'), 'utf8')) as { noise: { n: number } };
    expect(JSON.parse(readFileSync(join(keep, '2', 'measured.json'), 'utf8'))).toEqual({ twice: 2 * noise.n });
    const full = room.run(['reproduce', id, '--keep', keep]);
    expect([full.status, full.stdout]).toEqual([1, '']);
    expect(full.stderr).toContain('is not empty');
  });
});

describe('a library of the machine', () => {
  it('of another version that changes the output explains it', () => {
    const room = stage.founded('library', {
      'use.mjs':
        "import { writeFileSync } from 'node:fs';\nimport { pi } from 'constants-of-old';\nwriteFileSync('pi.txt', pi + '\\n');\n",
    });
    const install = (at: Room, version: string, pi: string): void => {
      const folder = join(at.path, 'node_modules', 'constants-of-old');
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, 'package.json'),
        JSON.stringify({ name: 'constants-of-old', version, type: 'module', exports: './x.js' }),
      );
      writeFileSync(join(folder, 'x.js'), `export const pi = '${pi}';\n`);
    };
    install(room, '1.0.0', '3.14');
    const { id } = made(room, ['--library', 'node_modules/constants-of-old', '-o', 'pi.txt', '--', 'node', 'use.mjs']);
    const clean = stage.cloned(room, 'library-clean');
    const missing = clean.run(['reproduce', id]);
    expect([missing.status, missing.stdout]).toEqual([20, '']);
    expect(missing.stderr).toContain('`node_modules/constants-of-old` is not here');
    install(clean, '1.0.0', '3.14');
    expect(reproduce(clean, id, 0, '--strict').verdict).toBe('identical');
    install(clean, '1.0.1', '3.14');
    expect(reproduce(clean, id, 0).drift.first).toMatchObject({
      where: 'environment',
      name: 'library node_modules/constants-of-old',
    });
    install(clean, '2.0.0', '3.1416');
    const { drift, kept } = reproduce(clean, id, 19);
    expect(drift.explanation).toBe('explained by: node_modules/constants-of-old 1.0.0 vs 2.0.0');
    expect(drift.contents[0]?.diff.filter((line) => /^[-+]/.test(line))).toEqual(['-3.14', '+3.1416']);
    rmSync(kept ?? '', { recursive: true });
  });
});

describe('a job that does not end as it was recorded', () => {
  const PICKY =
    "import { writeFileSync } from 'node:fs';\nif (process.env.PICK !== 'me') throw new Error('not me');\nwriteFileSync('o', '1');\n";
  it('has failed, says why, and succeeds when it is handed what it was handed', () => {
    const room = stage.founded('picky', { 'picky.mjs': PICKY });
    const env = { PICK: 'me' };
    const job = room.run(['run', '--pass', 'PICK', '-o', 'o', '--', 'node', 'picky.mjs'], { env });
    expect(job.status).toBe(0);
    const id = printed(room.run(['pox', 'create', '--title', 'x']));
    const failed = reproduce(room, id, 19);
    expect(failed).toMatchObject({ verdict: 'failed', kept: null, jobs: [{ status: 'failed', same: false }] });
    expect(failed.drift.differences.map(({ where, name }) => `${where} ${name}`)).toContain(
      'environment passed variable PICK',
    );
    const receipt = room.run(['reproduce', id]);
    expect(receipt.status).toBe(19);
    expect(receipt.stdout).toMatch(/^✗ FAILED to run as it was recorded: 1 job run again\njob \w+: /);
    expect(receipt.stdout).toMatch(/receipt: \w{26}\n$/);
    expect(room.run(['verify', id]).status).toBe(0);
    expect(room.run(['reproduce', id, '--pass', 'PICK', '--strict'], { env }).status).toBe(0);
    expect(room.run(['reproduce', id, '--pass', 'PICK']).stderr).toContain('no variable `PICK`');
  });
});

describe('other kinds of programs', () => {
  it('a quickjs job is reproduced in the sandbox', () => {
    const source =
      "export function run({ inputs }) { return { outputs: { 'o.json': JSON.stringify({ n: inputs['in.txt'].length }) } }; }\n";
    const room = stage.founded('quick', { 'pure.mjs': source, 'in.txt': 'x' });
    const run = room.run(['run', '--runner', 'quickjs', '-i', 'in.txt', '-o', 'o.json', '--', 'pure.mjs']);
    expect(run).toMatchObject({ status: 0 });
    const id = printed(room.run(['pox', 'create', '--title', 'pure']));
    const clean = stage.cloned(room, 'quick-clean');
    expect(clean.offline(['reproduce', id, '--strict'])).toMatchObject({ status: 0 });
  });

  it('a container job is unsupported without an engine, and says what it needs', () => {
    const room = stage.founded('container', { 'in.txt': 'x' });
    // Only what the command itself needs is on the search path.
    const bin = stage.at('bare-bin');
    mkdirSync(bin);
    const image = `docker.io/library/debian@sha256:${'a'.repeat(64)}`;
    const at = (program: string): string => stage.run(['sh', '-c', `command -v ${program}`]).stdout.trim();
    for (const program of ['git', 'node']) stage.run(['ln', '-s', at(program), join(bin, program)]);
    const args = ['run', '--runner', 'container', '--image', image, '-o', 'o', '--', 'true'];
    const gatos = fileURLToPath(new URL('../bin/git-gatos.cjs', import.meta.url));
    const { status, stderr } = stage.run([join(bin, 'node'), gatos, ...args], { cwd: room.path, env: { PATH: bin } });
    expect(status).toBe(30);
    expect(stderr).toContain('`container` are unsupported here');
    expect(stderr).toMatch(/hint: .*podman/);
    expect(existsSync(join(room.path, 'o'))).toBe(false);
  });
});
