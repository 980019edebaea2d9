import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { GatosError } from '../../kernel/index.js';
import type { EventBatch } from './batch.js';
import { createEngine } from './engine.js';
import type { Sandbox } from './sandbox.js';

const wasm = readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm'));
const engine = await createEngine({ wasm });
const MEMORY = 16 * 1024 * 1024;

function batchOf(payloads: readonly unknown[], actor = 'user:a', time = 7): EventBatch {
  const rows = payloads.map((payload, i) => [`u${i}`, 't', null, payload]);
  return { rows: JSON.stringify(rows), groups: [{ actor, time, count: rows.length }], count: rows.length };
}

async function start(body: string, { gas = 100_000, memory = MEMORY, head = '' } = {}): Promise<Sandbox> {
  const source = `${head}\nexport function fold(state, event) { ${body} }`;
  const sandbox = await engine.instantiate({ source, gas, memory });
  sandbox.reset({});
  return sandbox;
}

function failure(body: () => unknown): GatosError {
  try {
    body();
  } catch (error) {
    if (error instanceof GatosError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const COUNT = 'return { n: (state.n ?? 0) + event.payload };';

describe('a sandbox', () => {
  it('keeps the state inside between batches, and tells the gas of each event', async () => {
    const sandbox = await start(
      'for (let i = 0; i < event.payload; i++) ; return { n: (state.n ?? 0) + event.payload };',
    );
    expect(sandbox.run(batchOf([1, 2]))).toEqual({ gas: [2, 3], gasUsed: 5 });
    expect(sandbox.run(batchOf([10]))).toEqual({ gas: [11], gasUsed: 11 });
    expect(sandbox.run(batchOf([]))).toEqual({ gas: [], gasUsed: 0 });
    expect(sandbox.snapshot()).toEqual({ n: 13 });
  });

  it('gives actor and time of each group to its events', async () => {
    const sandbox = await start('return { seen: [...(state.seen ?? []), [event.actor, event.time, event.key]] };');
    const rows = JSON.stringify([
      ['a', 't', null, 0],
      ['b', 't', 'k', 0],
      ['c', 't', null, 0],
    ]);
    const groups = [
      { actor: 'user:ü', time: 1, count: 1 },
      { actor: 'user:none', time: 0, count: 0 },
      { actor: 'service:\u0000\u2028', time: -(2 ** 52), count: 2 },
    ];
    sandbox.run({ rows, groups, count: 3 });
    expect(sandbox.snapshot()).toEqual({
      seen: [
        ['user:ü', 1, 'a'],
        ['service:\u0000\u2028', -(2 ** 52), 'k'],
        ['service:\u0000\u2028', -(2 ** 52), 'c'],
      ],
    });
  });

  it('forgets everything with reset', async () => {
    const sandbox = await start('calls++; kept.push(event); return { calls, kept: kept.length, n: state.n ?? 0 };', {
      head: 'let calls = 0; const kept = [];',
    });
    sandbox.run(batchOf([1, 2, 3]));
    expect(sandbox.snapshot()).toEqual({ calls: 3, kept: 3, n: 0 });
    sandbox.reset({ n: 5 });
    sandbox.run(batchOf([1]));
    expect(sandbox.snapshot()).toEqual({ calls: 1, kept: 1, n: 5 });
  });

  it('can be looked at without being disturbed', async () => {
    const body = 'seen++; state.list ??= []; state.list.push(seen); return state;';
    const [looked, alone] = [
      await start(body, { head: 'let seen = 0;' }),
      await start(body, { head: 'let seen = 0;' }),
    ];
    for (let i = 0; i < 20; i++) {
      expect(looked.run(batchOf([i]))).toEqual(alone.run(batchOf([i])));
      expect(looked.snapshot()).toEqual(looked.snapshot());
    }
    expect(looked.snapshot()).toEqual(alone.snapshot());
  });

  it('is not disturbed by a look that would run code of the fold', async () => {
    // A getter on a list element runs natively while the state is written, unless it is refused before.
    const sandbox = await start(
      'runs.n ??= 0; if (event.payload === 1) { const l = [0]; Object.defineProperty(l, 0, { get() { return ++runs.n; }, enumerable: true }); return { l }; } return { n: runs.n };',
      { head: 'const runs = {};' },
    );
    sandbox.run(batchOf([1]));
    expect(failure(() => sandbox.snapshot()).data).toMatchObject({ path: 'state.l[0]', window: 0 });
    sandbox.reset({});
    sandbox.run(batchOf([1, 2]));
    expect(sandbox.snapshot()).toEqual({ n: 0 });
  });

  it('does not influence another one', async () => {
    const head = 'let n = 0;';
    const body = 'if (event.payload === null) throw 1; n += event.payload; return { n };';
    const [a, b] = [await start(body, { head }), await start(body, { head })];
    for (let i = 1; i <= 100; i++) {
      a.run(batchOf([i]));
      b.run(batchOf([1000 * i]));
      if (i % 30 !== 0) continue;
      expect(failure(() => b.run(batchOf([null, undefined]))).code).toBe('fold/threw');
      b.reset({});
    }
    expect(b.snapshot()).toEqual({ n: 955_000 });
    expect(a.snapshot()).toEqual({ n: 5050 });
  });

  it('takes events of any size', async () => {
    const sandbox = await start('return { n: (state.n ?? 0) + event.payload.length, last: event.payload.slice(-2) };', {
      memory: 64 * 1024 * 1024,
    });
    const large = `${'x'.repeat(5_000_000)}é`;
    sandbox.run(batchOf(['ab', large, 'cd', `${'y'.repeat(3_000_000)}漢`, 'z'.repeat(3_000_000), 'ef']));
    expect(sandbox.snapshot()).toEqual({ n: 2 + 5_000_001 + 2 + 3_000_001 + 3_000_000 + 2, last: 'ef' });
  });
});

describe('an error of a fold', () => {
  it.each([
    ['fold/threw', 'if (event.payload === 2) throw new TypeError("two"); return state;'],
    ['fold/gas', 'if (event.payload === 2) for (;;) ; return state;'],
    ['fold/stack', 'const f = () => f() + 1; if (event.payload === 2) f(); return state;'],
    [
      'fold/memory',
      'if (event.payload === 2) { let s = "x"; while (true) { s += s; s.charCodeAt(0); } } return state;',
    ],
    ['fold/state-value', 'if (event.payload === 2) return undefined; return state;'],
    ['fold/engine-limit', 'if (event.payload === 2) { let s = "x"; while (true) s += s; } return state;'],
  ])('%s names its event by the index in the batch', async (code, body) => {
    const sandbox = await start(body);
    sandbox.run(batchOf([0, 0]));
    const error = failure(() => sandbox.run(batchOf([0, 1, 1, 2, 0])));
    expect(error.code).toBe(code);
    expect(error.data.index).toBe(3);
    expect(() => sandbox.run(batchOf([0]))).toThrow(/reset/);
    expect(() => sandbox.snapshot()).toThrow(/reset/);
    sandbox.reset({ again: 1 });
    sandbox.run(batchOf([0]));
    expect(sandbox.snapshot()).toEqual({ again: 1 });
  });

  it('in the state names the event that brought it in', async () => {
    const sandbox = await start(
      'state.n = (state.n ?? 0) + 1; if (event.payload === "bad") state.x = NaN; return state;',
    );
    const payloads: unknown[] = new Array(700).fill(0);
    payloads[413] = 'bad';
    sandbox.run(batchOf(payloads.slice(0, 300)));
    sandbox.run(batchOf(payloads.slice(300)));
    const error = failure(() => sandbox.snapshot());
    expect(error.code).toBe('fold/state-value');
    expect(error.data).toMatchObject({ path: 'state.x', why: 'NaN', window: 413 });
  });

  it('tells message and line, bounded and without control characters', async () => {
    const sandbox = await engine.instantiate({
      source:
        'const Odd = RangeError;\n\n/* a\ncomment */ export function fold(state,\n  event) {\n  const f = (x) =>\n    x.y.z;\n  if (event.payload === 1) throw new Odd("a\\u001b[31m\\u202e\\ud800" + "b".repeat(5000));\n  return f(event.payload); }',
      gas: 1000,
      memory: MEMORY,
    });
    sandbox.reset({});
    const native = failure(() => sandbox.run(batchOf([{}])));
    expect(native.message).toBe(
      "the fold threw TypeError: cannot read property 'z' of undefined (line 7 of the module)",
    );
    sandbox.reset({});
    const odd = failure(() => sandbox.run(batchOf([1])));
    expect(odd.data).toMatchObject({ line: 8 });
    expect(odd.message).toMatch(/^the fold threw RangeError: a\\u001b\[31m\\u202e\ufffd+b+… \(line 8 of the module\)$/);
    expect(odd.message.length).toBeLessThan(600);
  });

  it.each([
    ['1', '1'],
    ['null', 'null'],
    ['undefined', 'undefined'],
    ['Symbol("x")', 'a symbol'],
    ['() => 1', 'a function'],
    ['{}', 'an object'],
    ['{ get message() { for (;;) ; }, name: 7 }', 'an object'],
    ['Object.create(null)', 'an object'],
    ['{ toString() { throw 1; } }', 'an object'],
  ])('describes what is thrown without running it: %s', async (thrown, why) => {
    const sandbox = await start(`throw ${thrown.startsWith('{') ? `(${thrown})` : thrown};`);
    const error = failure(() => sandbox.run(batchOf([1])));
    expect(error.code).toBe('fold/threw');
    expect(error.data.why).toBe(why);
  });
});

describe('limits', () => {
  it.each([1, 2, 5, 17])(
    'memory: a heap of %i MiB holds less than that, and more than a quarter',
    async (mebibytes) => {
      const memory = mebibytes * 1024 * 1024;
      const sandbox = await start(
        'const l = []; for (let i = 0; i < event.payload; i++) l.push([i, i, i, i]); return { n: l.length };',
        { memory, gas: 1e9 },
      );
      const small = Math.floor(memory / 4 / 150);
      sandbox.run(batchOf([small]));
      expect(sandbox.snapshot()).toEqual({ n: small });
      expect(failure(() => sandbox.run(batchOf([Math.ceil(memory / 50)]))).code).toBe('fold/memory');
    },
  );

  it('memory: a window that failed leaves nothing behind', async () => {
    const sandbox = await start(
      'if (event.payload === 1) { const l = []; for (;;) l.push({}); } return { n: event.payload };',
      { memory: 8 * 1024 * 1024, gas: 1e9 },
    );
    for (let i = 0; i < 3; i++) {
      expect(failure(() => sandbox.run(batchOf([0, 1]))).data).toMatchObject({ index: 1 });
      sandbox.reset({});
    }
    sandbox.run(batchOf([5]));
    expect(sandbox.snapshot()).toEqual({ n: 5 });
  });

  it('memory: where it ends does not depend on the batches', async () => {
    const body = 'state.l ??= []; state.l.push("x".repeat(event.payload)); return state;';
    const sizes = Array.from({ length: 400 }, (_, i) => 10_000 + i);
    const ends: number[] = [];
    for (const size of [1, 7, 400]) {
      const sandbox = await start(body, { memory: 2 * 1024 * 1024 });
      let done = 0;
      const error = failure(() => {
        for (; done < sizes.length; done += size) sandbox.run(batchOf(sizes.slice(done, done + size)));
      });
      expect(error.code).toBe('fold/memory');
      ends.push(done + (error.data.index as number));
    }
    expect(new Set(ends).size).toBe(1);
  });

  it('gas: the same for every cut of the events', async () => {
    const body =
      'for (let i = 0; i < event.payload; i++) kept.push(i); return { n: kept.map((x) => x).length, s: [...kept].sort().join("").length };';
    const payloads = Array.from({ length: 60 }, (_, i) => (i * 7) % 11);
    const runs: number[][] = [];
    for (const size of [1, 3, 60]) {
      const sandbox = await start(body, { head: 'const kept = [];' });
      const gas: number[] = [];
      for (let i = 0; i < payloads.length; i += size)
        gas.push(...sandbox.run(batchOf(payloads.slice(i, i + size))).gas);
      runs.push(gas);
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it('a wish to end from outside gives no result', async () => {
    let looks = 0;
    const signal = {
      get aborted() {
        looks++;
        return looks > 5;
      },
      throwIfAborted() {},
    };
    const sandbox = await engine.instantiate({
      source: `export function fold(state, event) { for (;;) ; }`,
      gas: 1e9,
      memory: MEMORY,
      signal,
    });
    sandbox.reset({});
    const error = failure(() => sandbox.run(batchOf([1])));
    expect(error).toMatchObject({ code: 'fold/aborted', kind: 'unavailable', data: { index: 0 } });
    expect(looks).toBe(6);
  });
});

describe('a module that cannot start', () => {
  it.each([
    ['fold/lint', 'export const fold = (state) => Date.now();'],
    ['fold/lint', 'not a module'],
    ['fold/start', 'const x = null; x.y; export function fold(s, e) {}'],
    ['fold/start', 'export const fold = 5;'],
    ['fold/start', 'export const fold = a; const a = (s, e) => s;'],
    ['fold/gas', 'for (;;) ; export function fold(s, e) {}'],
    ['fold/stack', 'const f = () => f(); f(); export function fold(s, e) {}'],
    ['fold/memory', 'let s = "x"; for (let i = 0; i < 27; i++) s += s; s.charCodeAt(0); export function fold(s, e) {}'],
  ])('%s: %s', async (code, source) => {
    const error = await engine.instantiate({ source, gas: 10_000, memory: MEMORY }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code });
  });

  it('a batch must count its rows', async () => {
    const sandbox = await start(COUNT);
    expect(() => sandbox.run({ ...batchOf([1]), count: 2 })).toThrow(/counts its rows/);
    expect(failure(() => sandbox.run({ ...batchOf([1]), rows: '[["a","b",null]]' })).code).toBe('fold/event-value');
  });
});
