import fc from 'fast-check';
import { CID as IpldCid } from 'multiformats/cid';
import { describe, expect, it } from 'vitest';
import { anyCid } from '../../testing/arbitrary-value.js';
import { codeOf, refusalOf } from '../../testing/refusal.js';
import { concatBytes } from '../kernel/index.js';
import { CID_LENGTH, Cid } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260101);

describe('Cid', () => {
  it(`agrees with multiformats in text and bytes (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyCid, (cid) => {
        expect(cid.bytes.length).toBe(CID_LENGTH);
        expect(IpldCid.decode(cid.bytes).toString()).toBe(cid.toString());
        expect(Cid.parse(IpldCid.decode(cid.bytes).toString()).equals(cid)).toBe(true);
        expect(Cid.decode(cid.bytes).equals(cid)).toBe(true);
        expect(Cid.of(cid.codec, cid.digest).equals(cid)).toBe(true);
      }),
      { seed, numRuns: 300 },
    );
  });

  it(`no other text is read as the same CID (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyCid, fc.nat(58), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }), (cid, at, letter) => {
        const text = cid.toString();
        const other = text.slice(0, at) + letter + text.slice(at + 1);
        fc.pre(other !== text);
        const parsed = codeOf(() => expect(Cid.parse(other).toString()).toBe(other));
        expect([undefined, 'codec/cid']).toContain(parsed);
      }),
      { seed, numRuns: 1000 },
    );
  });

  it('hashes the concatenation of its parts', () => {
    const parts = [new Uint8Array([1, 2]), new Uint8Array(), new Uint8Array([3])];
    expect(Cid.hash('raw', ...parts).equals(Cid.hash('raw', concatBytes(parts)))).toBe(true);
    expect(Cid.hash('raw').equals(Cid.hash('raw', new Uint8Array()))).toBe(true);
  });

  it('does not hold on to the bytes it was decoded from', () => {
    const bytes = Cid.hash('raw').bytes.slice();
    const cid = Cid.decode(bytes);
    bytes.fill(0);
    expect(cid.equals(Cid.hash('raw'))).toBe(true);
  });

  it('is ordered by its bytes', () => {
    const cids = Array.from({ length: 50 }, (_, i) => Cid.hash(i % 2 === 0 ? 'raw' : 'dag-cbor', new Uint8Array([i])));
    const sorted = [...cids].sort(Cid.compare).map(({ bytes }) => Buffer.from(bytes).toString('hex'));
    expect(sorted).toEqual([...sorted].sort());
    const [first] = cids;
    if (first !== undefined) expect(Cid.compare(first, first)).toBe(0);
  });

  it('tells codecs of the same content apart', () => {
    expect(Cid.hash('raw').equals(Cid.hash('dag-cbor'))).toBe(false);
    expect(Cid.hash('raw').toString().slice(0, 4)).toBe('bafk');
    expect(Cid.hash('dag-cbor').toString().slice(0, 4)).toBe('bafy');
    expect(String(JSON.stringify([Cid.hash('raw')]))).toBe(`["${Cid.hash('raw')}"]`);
  });

  it('refuses digests of another length, and says what a CID is', () => {
    expect(codeOf(() => Cid.of('raw', new Uint8Array(31)))).toBe('codec/cid');
    expect(codeOf(() => Cid.decode(new Uint8Array(36)))).toBe('codec/cid');
    const refusal = refusalOf(() => Cid.parse('Qm\u001b[31m'));
    expect(refusal.message).toBe(
      '`Qm\\u{1b}[31m` is not a CID of ours: it does not start with `b` (lower-case base32)',
    );
    expect(refusal.hint).toContain('bafy');
  });
});
