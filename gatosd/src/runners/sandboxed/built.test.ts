/** The thread as it is shipped: from the build of the workspace, and beside the bundled command line. They run the build. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import wabt from 'wabt';
import { watTools } from './scratch-wat.js';

const { command } = watTools(await wabt());

const folder = mkdtempSync(join(tmpdir(), 'gatos-built-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const root = new URL('../../../../', import.meta.url);
const built = new URL('gatosd/dist/runners/sandboxed/index.js', root).href;
const core = new URL('gatos-core/dist/src/index.js', root).href;
const THREADS = {
  'of the workspace': undefined,
  'beside the command line': new URL('git-gatos/dist/job-thread.cjs', root).href,
};

/** Runs a job of each kind and prints what came of it. Nothing closes the runners: they must not keep the process alive. */
const PROGRAM = `
import { Cid } from ${JSON.stringify(core)};
import { quickjsRunner, wasmRunner } from ${JSON.stringify(built)};
const { thread, jobs } = JSON.parse(process.argv[2]);
const options = { concurrency: 1, ...(thread === undefined ? {} : { thread: new URL(thread) }) };
const runners = { quickjs: quickjsRunner(options), wasm: wasmRunner(options) };
for (const { kind, base64 } of jobs) {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const file = { path: 'main', size: bytes.length, executable: false };
  const manifest = {
    program: { kind, ref: null, entry: 'main', args: [], env: {}, files: [{ ...file, cid: Cid.hash('raw', bytes) }] },
    inputs: [], outputs: [], libraries: [], network: false, policy_root: null,
    limits: { time_ms: 60000, memory_bytes: 1 << 26, output_bytes: 1000 },
  };
  const program = [{ ...file, read: async () => bytes }];
  const ran = await runners[kind].run({ manifest, inputs: [], program, libraries: null, passed: {} });
  console.log(kind, ran.status, ran.failure, ran.environment.engine.split('@')[0], ran.exit);
}
console.log('end');
`;

describe('the built thread', () => {
  const program = join(folder, 'program.mjs');
  writeFileSync(program, PROGRAM);
  const quickjs = Buffer.from('export function run(input) { return { log: "x" }; }');
  const wasm = command(['proc_exit'], '(call $proc_exit (i32.const 7))');
  const jobs = [
    { kind: 'quickjs', base64: quickjs.toString('base64') },
    { kind: 'wasm', base64: Buffer.from(wasm).toString('base64') },
  ];

  it.each(Object.entries(THREADS))('%s runs both kinds, and lets the process end', (_where, thread) => {
    const started = execFileSync(process.execPath, [program, JSON.stringify({ thread, jobs })], {
      encoding: 'utf8',
      cwd: fileURLToPath(root),
    });
    expect(started.split('\n')).toEqual([
      'quickjs succeeded null quickjs 0',
      'wasm failed it exited with status 7 wasi-preview1 7',
      'end',
      '',
    ]);
  });
});
