/// <reference path="../../kernel/platform.d.ts" />
/// <reference path="./wasm.d.ts" />
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { createEngine } from './engine.js';
import { EXPORTS, MEMORY, STACK_RESTORE, STACK_SAVE, START } from './engine-binary.js';
import { Guest } from './guest.js';
import { encodeJsonRows } from './guest-events.js';
import { makeImports } from './imports.js';
import { PRELUDE } from './prelude/index.js';
import { foldScript } from './script.js';
import { parseModule } from './syntax.js';
import { engineId, GAS_VERSION, KNOWN_WASM, WINDOW } from './version.js';
import { patchWasm } from './wasm-patch.js';

const require = createRequire(import.meta.url);
const wasm = new Uint8Array(readFileSync(require.resolve('@jitl/quickjs-wasmfile-release-sync/wasm')));
const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

function parsed(source: string) {
  const module = parseModule(source);
  if ('why' in module) throw new Error(module.why);
  return module;
}

describe('the pinned binary', () => {
  it('is the one that the installed package has', () => {
    expect(`sha256:${sha256(wasm)}`).toBe(KNOWN_WASM);
  });

  it('has its exports under the names of the package’s own loader', () => {
    const loader = readFileSync(require.resolve('@jitl/quickjs-wasmfile-release-sync/emscripten-module'), 'utf8');
    const names = Object.fromEntries(
      [...loader.matchAll(/\._(\w+)=\w+\.([\w$]+)/g)].map(([, name, letter]) => [name, letter]),
    );
    expect(Object.keys(names).length).toBeGreaterThan(60);
    for (const [name, letter] of Object.entries(EXPORTS)) expect(names[name], name).toBe(letter);
    // cwrap saves the stack pointer, makes room, and restores it.
    const [, save = '', restore = ''] = /0===\w+&&\(\w+=(\w+)\(\)\).*?0!==\w+&&(\w+)\(\w+\)/s.exec(loader) ?? [];
    expect(loader).toContain(`${save}=b.${STACK_SAVE}`);
    expect(loader).toContain(`${restore}=b.${STACK_RESTORE}`);
    expect(loader).toContain(`.${START}();`);
  });

  it('asks for the imports that we have, and no others', () => {
    const asked = WebAssembly.Module.imports(new WebAssembly.Module(wasm));
    const memory = new WebAssembly.Memory({ initial: 82, maximum: 100 });
    const hooks = {
      call: () => {
        throw new Error('never');
      },
      interrupt: () => {},
      work: () => {},
      maxBytes: 0,
    };
    expect(asked.map(({ name }) => name).sort()).toEqual(Object.keys(makeImports(memory, hooks)).sort());
  });

  it('is patched to one result', () => {
    // Changed patches are another engine: raise GAS_VERSION, then change this.
    expect(sha256(patchWasm(wasm))).toBe('ba4ddc14b392419096bc3e420f7b3fa41c5c143f8a96d3f7098a152822616720');
    expect(() => patchWasm(patchWasm(wasm))).toThrow(/patch/);
  });
});

describe('the engine id', () => {
  it('names release, binary and gas', async () => {
    expect(engineId(wasm)).toBe(`quickjs@2025-09-13+wasm@sha256:${sha256(wasm)}+gas@${GAS_VERSION}`);
    expect((await createEngine({ wasm })).id).toBe(engineId(wasm));
  });

  it('changes with every byte of the binary, and another binary is refused', async () => {
    const changed = Uint8Array.from(wasm);
    changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
    for (const other of [
      changed,
      wasm.subarray(0, wasm.length - 1),
      Uint8Array.of(),
      Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    ]) {
      expect(engineId(other)).not.toBe(engineId(wasm));
      await expect(createEngine({ wasm: other })).rejects.toMatchObject({
        code: 'fold/engine-unknown',
        kind: 'unsupported',
      });
    }
  });

  it('covers all that a result depends on', () => {
    // If this fails, results or gas may have changed: raise GAS_VERSION, then change these.
    expect(GAS_VERSION).toBe(1);
    expect(WINDOW).toBe(1024);
    expect(sha256(PRELUDE)).toBe('69f145de5e35fd36be49ce860838db144b43306cdaba844f4ccc30353374eb08');
    const sample = `const [a, ...b] = [1, 2]; class C { x = 1; static { for (;;) break; } get y() { return () => [...b, a]; } }
export function fold(state, { payload: [p, ...q] = [] }) { for (const k in state) do ; while (0); try { [a, ...b] = q; } catch ({ x: [...r] }) { f(...r); } return { ...state, p }; }`;
    expect(sha256(foldScript(parsed(sample), 1000))).toBe(
      '87fb9a432873ca22cbd5bf2217b6571eb40dbefa5174972aefb9bf6615c852f8',
    );
  });
});

describe('a guest', () => {
  const module = new WebAssembly.Module(patchWasm(wasm));
  const options = { entry: 'fold' as const, gas: 100_000, memory: 32 * 1024 * 1024 };

  it('starts every window from the same memory, byte for byte', async () => {
    const source = `const kept = []; export function fold(state, event) { kept.push(event); state.n = kept.length; if (event.payload === 3) throw new Error(String(state.n)); return { ...state, [event.type]: 'x'.repeat(1000 * state.n) }; }`;
    const guest = await Guest.start(module, { ...options, parsed: parsed(source) });
    const { bytes, offsets } = encodeJsonRows('[["u","t",null,1],["u","s","k",2],["u","t",null,3]]');
    const state = { b: [1, 2.5, 'é漢'], a: { z: null, y: true } };
    guest.reset(state);
    const first = guest.capture();
    for (let round = 0; round < 3; round++) {
      guest.deliver(bytes);
      guest.group('user:a', round);
      guest.step(offsets[0] as number);
      guest.step(offsets[1] as number);
      if (round === 1) expect(() => guest.step(offsets[2] as number)).toThrow();
      if (round === 2) guest.state();
      guest.reset(state);
      const again = guest.capture();
      expect(again.heap.length).toBe(first.heap.length);
      expect(Buffer.compare(again.heap, first.heap)).toBe(0);
      expect(Buffer.compare(again.data.subarray(MEMORY.scratch + 64), first.data.subarray(MEMORY.scratch + 64))).toBe(
        0,
      );
    }
  });

  it('is made the same each time', async () => {
    const source =
      'const table = new Map([["a", 1]]); export function fold(state, event) { return { n: table.size }; }';
    const [one, two] = [
      await Guest.start(module, { ...options, parsed: parsed(source) }),
      await Guest.start(module, { ...options, parsed: parsed(source) }),
    ];
    expect(Buffer.compare(one.capture().heap, two.capture().heap)).toBe(0);
    expect(Buffer.compare(one.capture().data, two.capture().data)).toBe(0);
  });
});
