/** The story of the product: run, prove, clone elsewhere, verify and reproduce without a network; and whatever was changed is named. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  alterAttached,
  DATA,
  type ExperimentStage,
  jobIn,
  openExperimentStage,
  printed,
  type Room,
  TRAIN,
} from './experiment-stage.js';

let stage: ExperimentStage;
let origin: Room;
let job: string;
let id: string;
let rooms = 0;
beforeAll(() => {
  stage = openExperimentStage();
  origin = stage.founded('origin', {
    'data.csv': DATA,
    'train.mjs': TRAIN,
    'package-lock.json': '{"lockfileVersion":3}\n',
  });
  const run = origin.run([
    'run',
    '-i',
    'data.csv',
    '-o',
    'model.json',
    '--',
    'node',
    'train.mjs',
    'data.csv',
    'model.json',
  ]);
  expect(run.stdout).toBe('slope 2\n');
  job = jobIn(run);
  id = printed(origin.run(['pox', 'create', '--title', 'the slope is two']));
});
afterAll(() => stage.close());

const elsewhere = (): Room => stage.cloned(origin, `clean-room-${rooms++}`);
const cidOf = (text: string): RegExp => {
  const digest = createHash('sha256').update(text).digest();
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let [bits, value, out] = [0, 0, ''];
  for (const byte of [1, 0x55, 0x12, 32, ...digest]) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) out += alphabet[(value >> (bits - 5)) & 31];
  }
  if (bits > 0) out += alphabet[(value << (5 - bits)) & 31];
  return new RegExp(`b${out}`);
};

describe('an experiment', () => {
  it('is verified and reproduced in a clean room without a network, and the receipt is signed', () => {
    const room = elsewhere();
    const verified = room.offline(['verify', id]);
    expect(verified).toMatchObject({ status: 0, stderr: '' });
    expect(verified.stdout).toContain(`Proof-of-Experiment ${id}\n`);
    for (const line of [
      `jobs/${job}: manifest, claims, execution, result`,
      `experiments/${id}: experiment, roots, policy, states`,
    ])
      expect(verified.stdout).toContain(line);
    const again = room.offline(['reproduce', id]);
    expect(again).toMatchObject({ status: 0 });
    expect(again.stdout).toMatch(/^✓ identical: 1 job run again\nreceipt: [0-9A-Z]{26}\n$/);
    const receipt = /receipt: (\w+)/.exec(again.stdout)?.[1] ?? '';
    expect(room.offline(['verify', receipt])).toMatchObject({ status: 0 });
    expect(room.offline(['pox', 'verify', id])).toMatchObject({ status: 0 });
    expect(room.run(['pox', 'show', id]).stdout).toContain(': identical');
    expect(room.run(['pox', 'list']).stdout).toContain('reproduced once');
  });

  it.each([
    ['input', 'jobs/JOB/job', 'inputs/data.csv', DATA, 'x,y\n1,3\n2,4\n3,6\n'],
    ['program', 'jobs/JOB/job', 'program/train.mjs', TRAIN, TRAIN.replace('slope', 'slopf')],
    ['output', 'audit/jobs/JOB', 'outputs/model.json', '{"k":2}', '{"k":3}'],
    ['log', 'audit/jobs/JOB', 'stdout', 'slope 2\n', 'slope 3\n'],
  ])(
    'of which one byte of an %s was changed is neither verified nor reproduced; the file is named, with both digests',
    (_, chain, path, before, after) => {
      const room = elsewhere();
      alterAttached(stage, room, { ref: `refs/gatos/${chain.replace('JOB', job)}`, path, text: after });
      for (const args of [
        ['verify', id],
        ['reproduce', id],
        ['pox', 'export', id, '--bundle', '-'],
      ]) {
        const { status, stdout } = room.offline(args);
        expect([args[0], status]).toEqual([args[0], 13]);
        expect(stdout).toContain(path);
        expect(stdout).toMatch(cidOf(before));
        expect(stdout).toMatch(cidOf(after));
      }
    },
  );

  it('whose stored bytes were changed behind the back of git is not verified', () => {
    const room = elsewhere();
    const packs = join(room.path, '.git', 'objects', 'pack');
    cpSync(packs, stage.at('packs'), { recursive: true });
    rmSync(packs, { recursive: true });
    stage.run(['sh', '-c', `for pack in ${stage.at('packs')}/*.pack; do git unpack-objects -q < $pack; done`], {
      cwd: room.path,
    });
    const oid = stage.git(['rev-parse', `refs/gatos/audit/jobs/${job}:outputs/model.json`], { cwd: room.path });
    const at = join(room.path, '.git', 'objects', oid.slice(0, 2), oid.slice(2));
    rmSync(at, { force: true });
    mkdirSync(join(at, '..'), { recursive: true });
    writeFileSync(at, deflateSync(Buffer.from('blob 7\0{"k":3}')));
    const { status, stdout } = room.offline(['verify', id]);
    expect(status).toBe(13);
    expect(stdout).toContain(oid);
    expect(stdout).toMatch(/its bytes hash to [0-9a-f]{40}/);
  });
});

describe('another machine', () => {
  it('with another interpreter that gives the same is told, and is no drift unless that is asked', () => {
    const room = elsewhere();
    const bin = stage.at('other-bin');
    mkdirSync(bin, { recursive: true });
    copyFileSync(process.execPath, join(bin, 'node'));
    appendFileSync(join(bin, 'node'), '\n');
    chmodSync(join(bin, 'node'), 0o755);
    const env = { PATH: `${bin}${delimiter}${stage.env.PATH}` };
    const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
    const { status, stdout } = room.offline(['reproduce', id], { env });
    expect(status).toBe(0);
    expect(stdout).toContain('✓ identical: 1 job run again, and yet something before the outputs differs');
    expect(stdout).toContain('first: environment tool node');
    expect(stdout).toContain(digest(process.execPath));
    expect(stdout).toContain(digest(join(bin, 'node')));
    expect(stdout).not.toMatch(/^(?:inputs|program|outputs)$/m);
    expect(room.offline(['reproduce', id, '--strict', '--no-receipt'], { env }).status).toBe(19);
    expect(room.offline(['reproduce', id, '--strict', '--no-receipt']).status).toBe(0);
    rmSync(bin, { recursive: true });
  });

  it('with another lock file is told, with both digests; without one there is nothing to tell', () => {
    const room = elsewhere();
    const other = '{"lockfileVersion":2}\n';
    const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
    room.write({ 'package-lock.json': other });
    const { status, stdout } = room.offline(['reproduce', id, '--no-receipt']);
    expect(status).toBe(0);
    expect(stdout).toContain('first: environment lockfile package-lock.json');
    expect(stdout).toContain(sha256(other));
    expect(stdout).toContain(sha256('{"lockfileVersion":3}\n'));
    rmSync(join(room.path, 'package-lock.json'));
    expect(room.offline(['reproduce', id, '--no-receipt', '--strict'])).toMatchObject({
      status: 0,
      stdout: '✓ identical: 1 job run again\n',
    });
  });

  it('without the interpreter says which one is missing', () => {
    const bin = stage.at('odd-bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'oddity'), '#!/bin/sh\ncat "$1" > "$2"\n', { mode: 0o755 });
    const room = stage.founded('odd', { 'in.txt': 'x' });
    const env = { PATH: `${bin}${delimiter}${stage.env.PATH}` };
    expect(
      room.run(['run', '-i', 'in.txt', '-o', 'out.txt', '--', 'oddity', 'in.txt', 'out.txt'], { env }).status,
    ).toBe(0);
    const odd = printed(room.run(['pox', 'create', '--title', 'odd']));
    const { status, stdout, stderr } = room.run(['reproduce', odd]);
    expect(status).toBe(20);
    expect(stdout).toBe('');
    expect(stderr).toContain('`oddity`');
    expect(stderr).toContain('hint: ');
  });
});

describe('changed on purpose', () => {
  it('two experiments differ in exactly what was changed', () => {
    const room = stage.founded('changing', { 'data.csv': DATA, 'train.mjs': TRAIN });
    const make = (change: Readonly<Record<string, string>>): string => {
      room.write(change);
      stage.git(['commit', '-qam', 'y', '--allow-empty'], { cwd: room.path });
      printed(
        room.run(['run', '-i', 'data.csv', '-o', 'model.json', '--', 'node', 'train.mjs', 'data.csv', 'model.json']),
      );
      return printed(room.run(['pox', 'create', '--title', 'one of three']));
    };
    const [one, two, three] = [make({}), make({ 'data.csv': `${DATA}4,9\n` }), make({ 'train.mjs': `${TRAIN}// x\n` })];
    const diff = (a: string, b: string) => room.run(['pox', 'diff', a, b]);
    const input = diff(one, two);
    expect(input.status).toBe(1);
    expect(input.stdout).toMatch(/^one output drifted\nexplained by: input data\.csv/);
    expect(input.stdout).toContain('first: input data.csv');
    expect(input.stdout).toMatch(cidOf(DATA));
    expect(input.stdout).toMatch(cidOf(`${DATA}4,9\n`));
    expect(input.stdout).toContain('    k: 2 → 2.1333333333333333');
    const program = diff(two, three);
    expect(program.stdout).toContain('first: program file train.mjs');
    expect(program.stdout).toMatch(cidOf(TRAIN));
    expect(program.stdout).not.toContain('data.csv');
    expect(diff(one, one)).toMatchObject({ status: 0, stdout: 'nothing differs\n' });
    expect(diff(one, '01HF7YAT00000000000000000A').status).toBe(20);
  });

  it('an input that differs from what is committed is refused, or told of', () => {
    const room = stage.founded('dirty', { 'data.csv': DATA, 'train.mjs': TRAIN });
    room.write({ 'data.csv': `${DATA}4,9\n` });
    printed(
      room.run(['run', '-i', 'data.csv', '-o', 'model.json', '--', 'node', 'train.mjs', 'data.csv', 'model.json']),
    );
    const refused = room.run(['pox', 'create', '--title', 'x']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('`data.csv` differed from what is committed');
    const dirty = stage.json(['pox', 'create', '--title', 'x', '--allow-dirty'], { cwd: room.path });
    expect(dirty).toMatchObject({ dirty: ['data.csv'] });
    expect(room.run(['verify', (dirty as { id: string }).id]).status).toBe(0);
  });
});
