import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { anyDigest } from '../../testing/arbitrary-can.js';
import { named } from '../../testing/mythos-samples.js';
import { encodeCan, formatHex, parseHex } from '../codec/index.js';
import { compareBytes, concatBytes } from '../kernel/index.js';
import { bucketSeed, hashN, hashScore, stratifiedHashN } from './index.js';

const seed = Number(process.env.GATOS_SEED ?? 20260707);
const ids = fc.uniqueArray(anyDigest, { selector: formatHex, maxLength: 40 });

describe(`HASH_N (seed ${seed})`, () => {
  it('takes the smallest scores, whatever the order of arrival, and gives them in ascending order', () => {
    fc.assert(
      fc.property(ids, anyDigest, fc.nat(45), (all, by, n) => {
        const chosen = hashN(all, { n, seed: by });
        expect(chosen.map(formatHex)).toEqual(hashN([...all].reverse(), { n: BigInt(n), seed: by }).map(formatHex));
        expect(chosen.length).toBe(Math.min(n, all.length));
        expect([...chosen].sort(compareBytes)).toEqual(chosen);
        const scoreOf = (id: Uint8Array) => BigInt(`0x${formatHex(sha256(concatBytes([by, id])).subarray(0, 8))}`);
        const names = new Set(chosen.map(formatHex));
        const worst =
          chosen
            .map(scoreOf)
            .sort((a, b) => (a < b ? -1 : 1))
            .at(-1) ?? 0n;
        for (const id of all) if (!names.has(formatHex(id))) expect(scoreOf(id) >= worst).toBe(true);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('has scores of eight bytes', () => {
    expect(hashScore(named('seed'), named('id'))).toEqual(
      sha256(concatBytes([named('seed'), named('id')])).subarray(0, 8),
    );
  });
});

describe('buckets', () => {
  const by = named('seed');

  it('have a seed of their key; a missing key is that of empty bytes', () => {
    expect(bucketSeed(by, undefined)).toEqual(sha256(concatBytes([by, parseHex('0500')])));
    expect(bucketSeed(by, encodeCan('a'))).not.toEqual(bucketSeed(by, encodeCan(Uint8Array.of(0x61))));
  });

  it('each give their own, and no bucket takes from another', () => {
    const candidates = Array.from({ length: 30 }, (_, n) => ({
      id: named(`id ${n}`),
      key: n % 3 === 0 ? undefined : encodeCan(BigInt(n % 3)),
    }));
    const chosen = stratifiedHashN(candidates, { n: 4, seed: by });
    expect(chosen.length).toBe(12);
    const bucket = candidates.filter(({ key }) => key === undefined).map(({ id }) => id);
    const own = hashN(bucket, { n: 4, seed: bucketSeed(by, undefined) });
    expect(own.every((id) => chosen.some((each) => formatHex(each) === formatHex(id)))).toBe(true);
    const turned = stratifiedHashN([...candidates].reverse(), { n: 4, seed: by });
    expect(turned.map(formatHex)).toEqual(chosen.map(formatHex));
  });
});
