import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../codec/index.js';
import { builtIn, GlobCache, Pool, RuleFault, resultType, SIGNATURES, toJson, type Work } from './index.js';

class CountedWork implements Work {
  readonly pool = new Pool();
  readonly globs = new GlobCache();
  spent = 0;

  spend(gas: number): void {
    this.spent += gas;
  }
}

const newWork = (): CountedWork => new CountedWork();

function call(name: string, ...args: readonly JsonValue[]): JsonValue {
  const work = newWork();
  const apply = builtIn(name, args.length);
  if (apply === null) throw new Error(`no ${name}`);
  return toJson(
    apply(
      args.map((arg) => work.pool.fromJson(arg)),
      work,
    ),
  );
}

function faultOf(name: string, ...args: readonly JsonValue[]): string {
  try {
    call(name, ...args);
  } catch (error) {
    if (error instanceof RuleFault) return error.code;
    throw error;
  }
  return 'none';
}

describe('built-ins', () => {
  it.each<[string, readonly JsonValue[], JsonValue]>([
    ['length', ['aé😀'], 3],
    ['lower', ['ÀAZé'], 'Àazé'],
    ['upper', ['àazé'], 'àAZé'],
    ['starts_with', ['abc', 'ab'], true],
    ['ends_with', ['abc', 'ab'], false],
    ['contains', ['abc', ''], true],
    ['split', ['a,b,', ','], ['a', 'b', '']],
    ['split', ['a😀', ''], ['a', '😀']],
    ['join', [['a', 'b'], '-'], 'a-b'],
    ['join', [[], '-'], ''],
    ['trim', [' \t\r\na b\u00a0 '], 'a b\u00a0'],
    ['replace', ['aaa', 'aa', 'b'], 'ba'],
    ['replace', ['a.b', '.', '$&'], 'a$&b'],
    ['substring', ['a😀bc', 1, 3], '😀b'],
    ['substring', ['abc', -5, 99], 'abc'],
    ['substring', ['abc', 2, 1], ''],
    ['text', [null], 'null'],
    ['text', [-7], '-7'],
    ['text', [true], 'true'],
    ['count', [[1, 1]], 2],
    ['count', [{ a: 1 }], 1],
    ['min', [[3, 1, 2]], 1],
    ['max', [['\u{ffff}', '\u{10000}']], '\u{10000}'],
    ['sort', [[[1], 'a', 2, null, 2]], [null, 2, 2, 'a', [1]]],
    ['reverse', [[1, 2]], [2, 1]],
    ['first', [[]], null],
    ['first', [[1, 2]], 1],
    ['last', [[1, 2]], 2],
    ['last', [[]], null],
    ['sum', [[]], 0],
    ['sum', [[1, -1]], 0],
    ['distinct', [[2, 1, 2, '1']], [1, 2, '1']],
    ['keys', [{ b: 1, '9': 2, '10': 3 }], ['10', '9', 'b']],
    ['values', [{ b: 1, '9': 2, '10': 3 }], [3, 2, 1]],
    ['has', [{ a: null }, 'a'], true],
    ['has', [{}, 'toString'], false],
    ['get', [{ a: null }, 'a', 1], null],
    ['get', [{}, '__proto__', 1], 1],
    ['concat', [[1], [1]], [1, 1]],
    ['glob.any', [['a', 'b*'], 'bc'], true],
    ['glob.any', [[], 'bc'], false],
    ['path.dir', ['a/b/c'], 'a/b'],
    ['path.dir', ['a'], ''],
    ['path.base', ['a/b.c'], 'b.c'],
    ['path.ext', ['a.d/b.tar.gz'], '.gz'],
    ['path.ext', ['a.d/.hidden'], ''],
    ['path.within', ['src', 'src/a'], true],
    ['path.within', ['src/', 'src/a'], true],
    ['path.within', ['src', 'srcs/a'], false],
    ['path.within', ['src', 'src'], true],
    ['path.within', ['', 'x'], true],
    ['path.depth', ['a/b/c'], 3],
    ['path.segments', ['/a//b/'], ['a', 'b']],
    ['time.between', [5, 5, 6], true],
    ['time.between', [6, 5, 6], false],
    ['time.weekday', [0, 0], 4],
    ['time.weekday', [-1, 0], 3],
    ['time.weekday', [1_795_132_800_000_000, 0], 5],
    ['time.weekday', [0, -1], 3],
    ['time.hour', [0, 90], 1],
    ['time.hour', [-1, 0], 23],
    ['time.date', [1_795_132_800_000_000, 0], '2026-11-20'],
    ['time.date', [1_795_132_800_000_000, -1], '2026-11-19'],
    ['time.date', [951_782_400_000_000, 0], '2000-02-29'],
    ['time.parse', ['2026-11-20T00:00:00Z'], 1_795_132_800_000_000],
    ['time.format', [1], '1970-01-01T00:00:00.000001Z'],
    ['div', [7, -2], -4],
    ['mod', [7, -2], -1],
    ['div', [-6, 3], -2],
    ['mod', [-6, 3], 0],
    ['div', [0, -5], 0],
    ['abs', [-3], 3],
  ])('%s %j is %j', (name, args, wanted) => {
    expect(call(name, ...args)).toStrictEqual(wanted);
  });

  it.each<[string, readonly JsonValue[], string]>([
    ['length', [1], 'policy/type'],
    ['join', [[1], ','], 'policy/type'],
    ['min', [[1, 'a']], 'policy/type'],
    ['min', [[]], 'policy/empty'],
    ['min', [[null]], 'policy/type'],
    ['sum', [['1']], 'policy/type'],
    ['sum', [[Number.MAX_SAFE_INTEGER, 1]], 'policy/overflow'],
    ['keys', [[1]], 'policy/type'],
    ['replace', ['a', '', 'b'], 'policy/argument'],
    ['replace', ['a'.repeat(10_000), 'a', 'b'.repeat(10_000)], 'policy/too-large'],
    ['join', [Array.from({ length: 1100 }, () => 'x'.repeat(1000)), ''], 'policy/too-large'],
    ['div', [1, 0], 'policy/division'],
    ['mod', [1, 0], 'policy/division'],
    ['semver.compare', ['1.0', '1.0.0'], 'policy/semver'],
    ['semver.major', ['9007199254740992.0.0'], 'policy/overflow'],
    ['semver.satisfies', ['1.0.0', '>=1 || '], 'policy/semver'],
    ['time.date', [Number.MAX_SAFE_INTEGER, 1], 'policy/time'],
    ['time.hour', [0, 1440], 'policy/time'],
    ['time.parse', ['2026-02-30T00:00:00Z'], 'policy/time'],
  ])('%s errs (%#)', (name, args, code) => {
    expect(faultOf(name, ...args)).toBe(code);
  });

  it('all have a signature and an implementation, and refuse another number of arguments', () => {
    for (const { name, params } of SIGNATURES.values()) {
      expect(builtIn(name, params.length), name).not.toBeNull();
      expect(builtIn(name, params.length + 1), name).toBeNull();
    }
    expect(builtIn('eval', 1)).toBeNull();
    expect(builtIn('toString', 0)).toBeNull();
  });

  it('never throw anything but a fault of the rule, whatever they are given', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger().map((n) => n + 0),
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.string({ unit: 'grapheme' })),
      fc.constant({ a: 1 }),
    );
    const property = fc.property(
      fc.constantFrom(...SIGNATURES.values()),
      fc.array(value, { minLength: 3, maxLength: 3 }),
      ({ name, params }, args) => {
        expect(faultOf(name, ...(args as JsonValue[]).slice(0, params.length))).toMatch(/^(none|policy\/[a-z-]+)$/);
      },
    );
    fc.assert(property, { seed: 12, numRuns: 3000 });
  });

  it('that read cost by what they read', () => {
    const gas = (text: string): number => {
      const work = newWork();
      builtIn('lower', 1)?.([text], work);
      return work.spent;
    };
    expect(gas('x'.repeat(8000))).toBe(1000);
    expect(gas('')).toBe(0);
  });

  it('div and mod are those of exact integers', () => {
    const int = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -20, max: 20 })).map((n) => n + 0);
    const property = fc.property(
      int,
      int.filter((n) => n !== 0),
      (a, b) => {
        const [x, y] = [BigInt(a), BigInt(b)];
        const rest = ((x % y) + y) % y;
        expect(call('mod', a, b)).toBe(Number(rest));
        expect(call('div', a, b)).toBe(Number((x - rest) / y));
      },
    );
    fc.assert(property, { seed: 13, numRuns: 2000 });
  });

  it('have result types that follow their arguments', () => {
    const of = (name: string, ...args: Parameters<typeof resultType>[1]) =>
      resultType(SIGNATURES.get(name) as never, args);
    const ints = { t: 'list', of: { t: 'int' } } as const;
    expect(of('length', { t: 'text' })).toEqual({ t: 'int' });
    expect(of('sort', ints)).toEqual(ints);
    expect(of('first', ints)).toEqual({ t: 'nullable', of: { t: 'int' } });
    expect(of('max', ints)).toEqual({ t: 'int' });
    expect(of('values', { t: 'map', of: { t: 'int' } })).toEqual(ints);
  });
});
