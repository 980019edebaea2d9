/** Bundles: what `fold.json` may say, and that the root names manifest and source, byte for byte. */
import { describe, expect, it } from 'vitest';
import { Cid, encode, formatJson, type JsonValue } from '../codec/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import { filesOfBundle, makeBundle, readBundle } from './index.js';

const MANIFEST = { name: 'sum', ns: 'default', version: 1, gas: 1000, memory: 1024 * 1024 };
const SOURCE = 'export function fold(state) { return state; }\n';

const read = (manifest: JsonValue | Uint8Array, source: string | Uint8Array = SOURCE) =>
  readBundle({
    manifest: manifest instanceof Uint8Array ? manifest : utf8(formatJson(manifest)),
    source: typeof source === 'string' ? utf8(source) : source,
  });

describe('a bundle', () => {
  it('has the root that manifest and source make', () => {
    const { foldRoot } = makeBundle(MANIFEST, SOURCE);
    expect(foldRoot.equals(Cid.hash('dag-cbor', encode({ manifest: MANIFEST, source: SOURCE })))).toBe(true);
    const roots = [
      foldRoot,
      makeBundle({ ...MANIFEST, gas: 1001 }, SOURCE).foldRoot,
      makeBundle({ ...MANIFEST, initial: {} }, SOURCE).foldRoot,
      makeBundle(MANIFEST, `${SOURCE} `).foldRoot,
    ];
    expect(new Set(roots.map(String)).size).toBe(roots.length);
  });

  it('does not depend on how its manifest is written', () => {
    const { name, ns, version, memory } = MANIFEST;
    const spelt = utf8(`{ "memory": ${memory}, "gas": 1e3, "version": ${version},\n"ns": "${ns}", "name": "${name}" }`);
    expect(read(spelt).foldRoot.equals(makeBundle(MANIFEST, SOURCE).foldRoot)).toBe(true);
  });

  it('has defaults for what its manifest leaves out', () => {
    const { manifest } = read({ name: 'sum', ns: 'default' });
    expect(manifest).toEqual({
      name: 'sum',
      ns: 'default',
      version: 1,
      gas: LIMITS.foldGas,
      memory: LIMITS.foldMemory,
    });
  });

  it.each([
    ['as it is', {}],
    ['with numbers that only a float holds', { initial: { a: 2 ** 60, b: 1e21, c: 5e-324, d: -(2 ** 53) } }],
    ['with any text', { initial: { 'é ✓ "\\': 'a\nb' } }],
    ['with a key that is no prototype', { initial: Object.fromEntries([['__proto__', { x: 1 }]]) }],
  ])('is read back from its files: %s', (_what, more) => {
    const bundle = makeBundle({ ...MANIFEST, ...more }, SOURCE);
    const [manifest, source] = filesOfBundle(bundle);
    expect([manifest?.path, source?.path]).toEqual(['fold.json', 'fold.mjs']);
    const again = readBundle({ manifest: manifest?.bytes as Uint8Array, source: source?.bytes as Uint8Array });
    expect(again).toEqual(bundle);
    expect(filesOfBundle(again)).toEqual(filesOfBundle(bundle));
  });

  it.each<[string, JsonValue | Uint8Array]>([
    ['no JSON', utf8('{')],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['a list', []],
    ['null', null],
    ['nothing', {}],
    ['no namespace', { name: 'sum' }],
    ['an unknown field', { ...MANIFEST, color: 'red' }],
    ['a name in capitals', { ...MANIFEST, name: 'Sum' }],
    ['a name that is no part of a ref', { ...MANIFEST, name: 'a..b' }],
    ['a name that git locks with', { ...MANIFEST, name: 'a.lock' }],
    ['a path as a name', { ...MANIFEST, name: 'a/b' }],
    ['a long name', { ...MANIFEST, name: 'a'.repeat(65) }],
    ['a namespace in capitals', { ...MANIFEST, ns: 'Lab' }],
    ['version 0', { ...MANIFEST, version: 0 }],
    ['half a version', { ...MANIFEST, version: 1.5 }],
    ['no gas', { ...MANIFEST, gas: 0 }],
    ['too much gas', { ...MANIFEST, gas: LIMITS.foldGasMax + 1 }],
    ['too little memory', { ...MANIFEST, memory: 1000 }],
    ['too much memory', { ...MANIFEST, memory: LIMITS.foldMemoryMax + 1 }],
    ['an initial state that is a list', { ...MANIFEST, initial: [] }],
    ['an initial state that is null', { ...MANIFEST, initial: null }],
    ['an initial state with an empty key', { ...MANIFEST, initial: { '': 1 } }],
    ['an initial state with a long key', { ...MANIFEST, initial: { ['k'.repeat(600)]: 1 } }],
    ['a number that has no double', utf8('{"name":"sum","ns":"default","initial":{"a":9007199254740993}}')],
  ])('is refused with %s', (_what, manifest) => {
    expect(() => read(manifest)).toThrowError(expect.objectContaining({ code: 'fold/bad-manifest', exit: 1 }));
  });

  it('is refused without a source that is text of bounded size', () => {
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => read(MANIFEST, Uint8Array.of(0xff))).toThrowError(refused('fold/bad-manifest'));
    expect(() => makeBundle(MANIFEST, '// \ud800')).toThrowError(refused('fold/bad-manifest'));
    const most = 'x'.repeat(LIMITS.foldSourceBytes);
    expect(makeBundle(MANIFEST, most).source).toHaveLength(LIMITS.foldSourceBytes);
    expect(() => makeBundle(MANIFEST, `${most}x`)).toThrowError(refused('fold/source-too-large'));
    expect(() => makeBundle(MANIFEST, 'é'.repeat(LIMITS.foldSourceBytes / 2 + 1))).toThrowError(
      refused('fold/source-too-large'),
    );
  });
});
