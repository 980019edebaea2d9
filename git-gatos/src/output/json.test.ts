import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJsonOutput } from './json.js';

const compact = (value: unknown): string => formatJsonOutput(value, { indent: 0 });

class Id {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

describe('formatJsonOutput', () => {
  it.each<[unknown, string]>([
    [null, 'null'],
    [undefined, 'null'],
    [true, 'true'],
    [-0, '0'],
    [1e21, '1e+21'],
    [Number.NaN, 'null'],
    [12345678901234567890n, '12345678901234567890'],
    ['a"\n\u001b\u007f\u2028', '"a\\"\\n\\u001b\\u007f\\u2028"'],
    ['\ud800', '"\\ud800"'],
    [[1, undefined, [2]], '[1,null,[2]]'],
    [{ b: 1, a: undefined, c: {} }, '{"b":1,"c":{}}'],
    [new Uint8Array([251, 255, 254, 1]), '"-__-AQ"'],
    [new Uint8Array(0), '""'],
    [{ cid: new Id('bafyreia') }, '{"cid":"bafyreia"}'],
    [
      new Map([
        ['y', 1],
        ['x', 2],
      ]),
      '{"x":2,"y":1}',
    ],
    [new Set(['a']), '["a"]'],
    [new Error('why'), '"why"'],
    [Object.assign(Object.create(null), { __proto__x: 1 }), '{"__proto__x":1}'],
    [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  ])('%#', (value, want) => {
    expect(compact(value)).toBe(want);
  });

  it('sorts keys by their UTF-8 bytes, not by UTF-16 units', () => {
    expect(compact({ '\u{1f600}': 1, '\uff01': 2, a: 3, A: 4, 10: 5, 9: 6 })).toBe(
      '{"10":5,"9":6,"A":4,"a":3,"\uff01":2,"\u{1f600}":1}',
    );
  });

  it('indents for people', () => {
    expect(formatJsonOutput({ b: [1, { c: [] }], a: {} }, { indent: 2 })).toBe(
      '{\n  "a": {},\n  "b": [\n    1,\n    {\n      "c": []\n    }\n  ]\n}',
    );
  });

  it('gives bytes the base64url that Buffer gives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(compact(bytes)).toBe(JSON.stringify(Buffer.from(bytes).toString('base64url')));
      }),
      { seed: 1 },
    );
  });

  it('says the same as the value, at any indent', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.constantFrom(0, 2), (value, indent) => {
        expect(JSON.parse(formatJsonOutput(value, { indent }))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { seed: 1 },
    );
  });
});
