/** A second implementation of MYTHOS-CAN, in another language, says of the same bytes what ours says. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { canCorpus } from '../../testing/arbitrary-can.js';
import { generator, mutateBytes } from '../../testing/mutate-bytes.js';
import { decodeCan, encodeCan, formatHex } from './index.js';

const SEED = Number(process.env.GATOS_SEED ?? 20260808);
const SCRIPT = fileURLToPath(new URL('../../../conformance/mythos/can.py', import.meta.url));
const isHere = spawnSync('python3', ['--version']).status === 0;

function python(inputs: readonly Uint8Array[]): readonly string[] {
  const { status, stdout, stderr } = spawnSync('python3', [SCRIPT], {
    input: `${inputs.map(formatHex).join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout.trimEnd().split('\n');
}

function ours(bytes: Uint8Array): string {
  try {
    return formatHex(encodeCan(decodeCan(bytes)));
  } catch (error) {
    expect((error as { code?: string }).code).toMatch(/^codec\//);
    return 'refused';
  }
}

describe.skipIf(!isHere)(`MYTHOS-CAN in Python (seed ${SEED})`, () => {
  it('agrees on values, and on bytes that are almost values', () => {
    const next = generator(SEED);
    const values = canCorpus(SEED);
    const almost = values.flatMap((bytes) => Array.from({ length: 8 }, () => mutateBytes(bytes, next)));
    const inputs = [...values, ...almost].filter(({ length }) => length > 0);
    const answers = python(inputs);
    expect(answers.length).toBe(inputs.length);
    for (const [i, bytes] of inputs.entries())
      expect(`${formatHex(bytes)}: ${ours(bytes)}`).toBe(`${formatHex(bytes)}: ${answers[i]}`);
    expect(answers.filter((answer) => answer === 'refused').length).toBeGreaterThan(500);
    expect(answers.filter((answer) => answer !== 'refused').length).toBeGreaterThan(500);
  });

  it('agrees on every file of our pack', () => {
    const folder = new URL('../../../conformance/vectors/mythos/vectors/', import.meta.url);
    const files = ['objects', 'merkle', 'refuse'].flatMap((name) =>
      readdirSync(new URL(`${name}/`, folder))
        .filter((file) => file.endsWith('.bin'))
        .map((file) => new Uint8Array(readFileSync(new URL(`${name}/${file}`, folder)))),
    );
    const inputs = files.filter(({ length }) => length > 0);
    expect(python(inputs)).toEqual(inputs.map(ours));
  });
});
