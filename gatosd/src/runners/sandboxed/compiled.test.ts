/** A program of a real compiler: runs where rustc has the target `wasm32-wasip1`. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { wasmRunner } from './index.js';
import { ScratchThread, scratchTask, told } from './scratch-jobs.js';

const TARGET = 'wasm32-wasip1';

function hasTarget(): boolean {
  try {
    const output = execFileSync('rustc', ['--print', 'target-libdir', '--target', TARGET], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return existsSync(output.trim());
  } catch {
    return false;
  }
}

const PROGRAM = `
use std::collections::HashMap;
use std::fs;
use std::time::SystemTime;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = fs::read_to_string(&args[1]).unwrap();
    let sum: f64 = text.lines().map(|line| line.parse::<f64>().unwrap()).sum();
    fs::create_dir_all("out/deep").unwrap();
    fs::write("/out/deep/sum.txt", format!("{} {}", sum, std::env::var("UNIT").unwrap())).unwrap();
    let refused = fs::write(&args[1], "x").unwrap_err();
    let names: Vec<String> = fs::read_dir(".").unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let mut map = HashMap::new();
    for i in 0..8 { map.insert(i, i); }
    let order: Vec<i32> = map.keys().cloned().collect();
    println!("{:?} {:?} {:?} {:?}", names, refused.raw_os_error(), SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap(), order);
    std::process::exit(0);
}
`;

describe.skipIf(!hasTarget())(`a program of rustc for ${TARGET} (skipped where it is not installed)`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatos-rust-'));
  const thread = new ScratchThread();
  const runner = wasmRunner({ concurrency: 1, thread: thread.url });
  afterAll(async () => {
    await runner.close();
    thread.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds its files by both kinds of paths, and gives the same twice', async () => {
    writeFileSync(join(folder, 'main.rs'), PROGRAM);
    execFileSync('rustc', ['--target', TARGET, '-O', '-o', join(folder, 'main.wasm'), join(folder, 'main.rs')]);
    const module = new Uint8Array(readFileSync(join(folder, 'main.wasm')));
    const job = {
      kind: 'wasm',
      entry: 'main.wasm',
      program: { 'main.wasm': module },
      inputs: { 'data.csv': '1\n2.5\n' },
      args: ['data.csv'],
      env: { UNIT: 'm' },
      outputs: ['out/**'],
    } as const;
    const ran = await told(await runner.run(scratchTask(job)));
    expect(ran).toMatchObject({ status: 'succeeded', outputs: { 'out/deep/sum.txt': '3.5 m' }, stderr: '' });
    expect(ran.stdout).toMatch(/^\["data.csv", "main.wasm", "out"\] Some\(69\) [0-9]+ms /);
    expect(await told(await runner.run(scratchTask(job)))).toEqual(ran);
  });
});
