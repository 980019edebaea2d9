/** Fresh processes, other compilers, time zones and locales: the same answers. They run the build. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { VectorFile } from '../../../testing/vector.js';

const vectors = fileURLToPath(new URL('../../../../conformance/vectors/fold/fold-run.json', import.meta.url));
const built = new URL('../../../dist/src/fold/sandbox/index.js', import.meta.url).href;
const wasm = createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm');

/** Prints one line for each vector: its id, and its state and gas or the code of its error. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { createEngine, foldRange } from ${JSON.stringify(built)};
const engine = await createEngine({ wasm: new Uint8Array(readFileSync(${JSON.stringify(wasm)})) });
for (const { id, input } of JSON.parse(readFileSync(${JSON.stringify(vectors)}, 'utf8')).vectors) {
  const { source, rows, times = 1, initial = {}, gas, memory } = input;
  let out;
  try {
    const sandbox = await engine.instantiate({ source, gas, memory });
    const all = Array.from({ length: times }, () => rows).flat();
    const batch = { rows: JSON.stringify(all), groups: [{ actor: 'user:alice', time: 1700000000000000, count: all.length }], count: all.length };
    const { state, gasUsed } = foldRange({ sandbox, startIndex: 0, state: initial, batches: [batch] });
    out = JSON.stringify(state) + ' ' + gasUsed;
  } catch (error) {
    out = error.code + ' ' + error.message;
  }
  console.log(id + ' ' + out);
}
`;

const run = (flags: readonly string[], env: Readonly<Record<string, string>> = {}): string =>
  execFileSync(process.execPath, [...flags, '--input-type=module', '-e', PROGRAM], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
    maxBuffer: 64 * 1024 * 1024,
  });

describe('in processes of their own', () => {
  const reference = run([]);

  it('folds give the golden answers', async () => {
    const { vectors: all } = JSON.parse(readFileSync(vectors, 'utf8')) as VectorFile;
    const lines = reference.trimEnd().split('\n');
    expect(lines.length).toBe(all.length);
    for (const [i, { id, wantError }] of all.entries()) {
      expect(lines[i]).toMatch(new RegExp(`^${id} ${wantError ?? '\\{'}`));
    }
  });

  it.each([
    ['again', [], {}],
    ['with the baseline compiler only', ['--liftoff', '--no-wasm-tier-up'], {}],
    ['with the optimising compiler only', ['--no-liftoff'], {}],
    ['with less stack', ['--stack-size=700'], {}],
    ['in another zone and locale', [], { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' }],
  ] as const)('%s', (_name, flags, env) => {
    expect(run(flags, env)).toBe(reference);
  });
});
