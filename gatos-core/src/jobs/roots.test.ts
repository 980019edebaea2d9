import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { contentCid, jobFile, manifestOf } from '../../testing/experiment-world.js';
import { encode, formatHex, type Value } from '../codec/index.js';
import { compareText, concatBytes, utf8 } from '../kernel/index.js';
import { inputsRoot, jobId, namedRoot, programId } from './index.js';

const seed = 5;

/** RFC 9162 section 2.1.1, written from its text. */
function rootByTheBook(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0));
  const [first] = leaves;
  if (leaves.length === 1 && first !== undefined) return sha256(concatBytes([Uint8Array.of(0), first]));
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  const [left, right] = [rootByTheBook(leaves.slice(0, k)), rootByTheBook(leaves.slice(k))];
  return sha256(concatBytes([Uint8Array.of(1), left, right]));
}

const files = fc.uniqueArray(
  fc.record({ path: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), text: fc.string({ maxLength: 4 }) }),
  { selector: ({ path }) => path, maxLength: 20 },
);

describe('the root of named files', () => {
  it('of none is the hash of nothing', () => {
    expect(formatHex(namedRoot([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it(`is that of RFC 9162 over path and CID in the order of the bytes of paths, in whatever order they are given (seed ${seed})`, () => {
    const property = fc.property(files, fc.nat(), (given, turn) => {
      const named = given.map(({ path, text }) => ({ path, cid: contentCid(text) }));
      const sorted = [...named].sort((a, b) => compareText(a.path, b.path));
      const want = rootByTheBook(sorted.map(({ path, cid }) => encode([path, cid])));
      const at = named.length === 0 ? 0 : turn % named.length;
      expect(namedRoot([...named.slice(at), ...named.slice(0, at)])).toEqual(want);
      expect(namedRoot([...named].reverse())).toEqual(want);
    });
    fc.assert(property, { seed });
  });

  it(`changes with every name and every byte, and with nothing else (seed ${seed})`, () => {
    const property = fc.property(files, fc.nat(), (given, pick) => {
      const named = given.map(({ path, text }) => jobFile(path, text));
      if (named.length === 0) return;
      const at = pick % named.length;
      const change = (to: object) => namedRoot(named.map((file, i) => (i === at ? { ...file, ...to } : file)));
      const root = namedRoot(named);
      expect(change({ cid: contentCid('something else') })).not.toEqual(root);
      expect(change({ path: `${named[at]?.path}#` })).not.toEqual(root);
      expect(change({ size: 7 })).toEqual(root);
      expect(namedRoot(named.filter((_, i) => i !== at))).not.toEqual(root);
    });
    fc.assert(property, { seed });
  });

  it('sorts by the bytes of UTF-8, not by UTF-16 units', () => {
    const [bmp, astral] = [jobFile('\uffe6', 'a'), jobFile('\u{1f600}', 'b')];
    const leaves = [bmp, astral].map(({ path, cid }) => encode([path, cid]));
    expect(namedRoot([astral, bmp])).toEqual(rootByTheBook(leaves));
  });
});

describe('ids', () => {
  it('are CIDs of the DAG-CBOR', () => {
    const manifest = manifestOf();
    expect(jobId(manifest).digest).toEqual(sha256(encode(manifest as unknown as Value)));
    expect(programId(manifest.program).digest).toEqual(sha256(encode(manifest.program as unknown as Value)));
    expect([jobId(manifest).codec, programId(manifest.program).codec]).toEqual(['dag-cbor', 'dag-cbor']);
  });

  it('of inputs go by the names under which they are found, not by where they came from', () => {
    const manifest = manifestOf();
    const elsewhere = manifest.inputs.map((input) => ({ ...input, source: { path: null, state: 'given' as const } }));
    expect(inputsRoot({ ...manifest, inputs: elsewhere })).toEqual(inputsRoot(manifest));
    expect(jobId({ ...manifest, inputs: elsewhere }).equals(jobId(manifest))).toBe(false);
    expect(utf8('x')).toHaveLength(1);
  });
});
