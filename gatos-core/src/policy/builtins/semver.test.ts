import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../codec/index.js';
import { builtIn, GlobCache, Pool, RuleFault, toJson, type Work } from './index.js';

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

describe('semver', () => {
  const ORDER = [
    '0.0.0-0',
    '0.0.0-1',
    '0.0.0-1.0',
    '0.0.0-10',
    '0.0.0-99999999999999999999',
    '0.0.0--',
    '0.0.0-A',
    '0.0.0-a',
    '0.0.0',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.2.0',
    '1.10.0',
    '2.0.0',
    '2.1.0',
    '2.1.1',
    '99999999999999999999.0.0',
  ];

  it('orders as section 11 of the specification does', () => {
    ORDER.forEach((a, i) => {
      ORDER.forEach((b, j) => {
        expect(call('semver.compare', a, b), `${a} ${b}`).toBe(Math.sign(i - j));
      });
    });
    expect(call('semver.compare', '1.0.0+a', '1.0.0+b')).toBe(0);
  });

  it.each([
    '1.0.0',
    '1.0.0-0A.is.legal',
    '1.1.2+meta-valid',
    '1.0.0--',
    '1.0.0-alpha-a.b-c+build.1-aef.1-its',
    '1.2.3----RC-SNAPSHOT.12.9.1--.12',
    '1.0.0+0.build.1',
    '0.0.4-01a',
  ])('`%s` is a version', (version) => expect(call('semver.valid', version)).toBe(true));

  it.each([
    '',
    '1',
    '1.2',
    '1.2.3-0123',
    '1.2.3-',
    '1.2.3+',
    '1.2.3+a+b',
    '01.1.1',
    '1.01.1',
    '1.1.01',
    'v1.2.3',
    ' 1.2.3',
    '1.2.3\n',
    '1.2.3-a..b',
    '1.2.3-é',
    '-1.0.0',
    '1.2.3.4',
  ])('`%s` is none', (version) => expect(call('semver.valid', version)).toBe(false));

  it.each<[string, readonly string[], readonly string[]]>([
    ['1.2.3', ['1.2.3', '1.2.3+x'], ['1.2.4', '1.2.3-a']],
    ['=1.2.3', ['1.2.3'], ['1.2.4']],
    ['>=1.2 <2', ['1.2.0', '1.99.0'], ['1.1.9', '2.0.0', '1.3.0-a', '2.0.0-a']],
    ['>= 1.2 < 2', ['1.2.0'], ['2.0.0']],
    ['^1.2.3', ['1.2.3', '1.9.0'], ['1.2.2', '2.0.0', '1.3.0-a']],
    ['^0.2.3', ['0.2.3', '0.2.9'], ['0.3.0', '0.2.2']],
    ['^0.0.3', ['0.0.3'], ['0.0.4', '0.0.2']],
    ['^0.0', ['0.0.9'], ['0.1.0']],
    ['^0', ['0.9.0'], ['1.0.0']],
    ['^1.x', ['1.0.0', '1.9.9'], ['2.0.0']],
    ['~1.2', ['1.2.0', '1.2.9'], ['1.3.0', '1.1.9']],
    ['~1.2.3', ['1.2.3', '1.2.9'], ['1.2.2', '1.3.0']],
    ['~1', ['1.0.0', '1.9.0'], ['2.0.0']],
    ['1.x', ['1.0.0', '1.5.5'], ['2.0.0', '0.9.9', '1.0.0-a']],
    ['1.2.*', ['1.2.7'], ['1.3.0']],
    ['*', ['0.0.0', '9.9.9'], ['1.0.0-a']],
    ['>1.2', ['1.3.0'], ['1.2.9', '1.2.0']],
    ['>1.2.3', ['1.2.4'], ['1.2.3']],
    ['<=1.2', ['1.2.9', '0.1.0'], ['1.3.0']],
    ['<=1.2.3', ['1.2.3'], ['1.2.4']],
    ['<1.2', ['1.1.9'], ['1.2.0', '1.2.0-a']],
    ['>*', [], ['1.0.0', '0.0.0']],
    ['<*', [], ['1.0.0', '0.0.0']],
    ['^1.2.3 || ~3.1', ['1.5.0', '3.1.4'], ['2.0.0', '3.2.0']],
    ['>=1.0.0-beta.2', ['1.0.0-beta.2', '1.0.0-rc.1', '1.0.0', '5.0.0'], ['1.0.0-beta.1', '2.0.0-rc.1']],
    ['^1.2.3-beta.2', ['1.2.3-beta.4', '1.2.3', '1.9.0'], ['1.2.4-beta.2', '1.2.3-alpha', '2.0.0-a']],
  ])('range `%s`', (range, yes, no) => {
    for (const version of yes) expect(call('semver.satisfies', version, range), version).toBe(true);
    for (const version of no) expect(call('semver.satisfies', version, range), version).toBe(false);
  });

  it.each(['', '||', '1.2.3 ||', 'a', '>', '1.2.3.4', '01.x', '>=1.2-a', '^^1', '1.2.3 - 2.0.0', '1,2'])(
    'range `%s` is malformed',
    (range) => {
      expect(faultOf('semver.satisfies', '1.2.3', range)).toBe('policy/semver');
    },
  );
});
