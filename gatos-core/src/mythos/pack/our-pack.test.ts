/** Our own pack of MYTHOS vectors: it is what it is made from, it passes, and a changed byte of it is named. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { loadWasmZstd } from '../../../node/zstd.js';
import { buildMythosPack } from '../../../testing/mythos-pack.js';
import { formatHex } from '../../codec/index.js';
import { nobleEngine } from '../../identity/index.js';
import { utf8 } from '../../kernel/index.js';
import { type PackReport, type PackSource, verifyPack } from './index.js';

const FOLDER = new URL('../../../../conformance/vectors/mythos/', import.meta.url);

function filesBelow(folder: URL, prefix = ''): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(new URL(`${entry.name}/`, folder), `${prefix}${entry.name}/`)
      : [prefix + entry.name],
  );
}

const stored = new Map(filesBelow(FOLDER).map((path) => [path, new Uint8Array(readFileSync(new URL(path, FOLDER)))]));

async function verify(files: ReadonlyMap<string, Uint8Array>, suite?: string): Promise<PackReport> {
  const source: PackSource = { read: async (path) => files.get(path) };
  return verifyPack({ source, engine: nobleEngine(), zstd: await loadWasmZstd(), suite });
}

function told(report: PackReport): readonly string[] {
  return report.vectors.flatMap(({ id, checks }) =>
    checks.filter(({ outcome }) => outcome !== 'pass').map(({ detail }) => `${id}: ${detail}`),
  );
}

describe('conformance/vectors/mythos', () => {
  it('is what gatos-core/testing/mythos-pack.ts makes', async () => {
    const made = await buildMythosPack();
    expect([...stored.keys()].sort()).toEqual([...made.keys()].sort());
    for (const [path, bytes] of made) expect(stored.get(path), path).toEqual(Uint8Array.from(bytes));
  });

  it('passes', async () => {
    const report = await verify(stored);
    expect(told(report)).toEqual([]);
    expect(report.outcome).toBe('pass');
    const count = (suite: string): number => report.vectors.filter((vector) => vector.suite === suite).length;
    expect({
      all: report.vectors.length,
      capability: count('capability'),
      attestation: count('attestation'),
      divergence: count('divergence'),
      negative: count('negative'),
      list: count('list'),
      tree: count('tree'),
      proof: count('proof'),
      wire: count('wire'),
      refuse: count('refuse'),
    }).toEqual({
      all: 99,
      capability: 11,
      attestation: 2,
      divergence: 3,
      negative: 4,
      list: 2,
      tree: 1,
      proof: 8,
      wire: 5,
      refuse: 60,
    });
  });

  it('says of an empty signature what it is', async () => {
    const { vectors } = await verify(stored, 'wire');
    const unsigned = vectors.filter(({ remarks }) => remarks.some((remark) => remark.startsWith('unsigned: ')));
    expect(unsigned.map(({ id }) => id)).toEqual(['WIRE_104', 'WIRE_105']);
  });

  it('a flipped bit in any binary file is found, and named with the file', async () => {
    for (const [path, bytes] of stored) {
      if (!path.endsWith('.bin') || bytes.length === 0) continue;
      const changed = bytes.slice();
      const at = Math.floor(bytes.length / 2);
      changed[at] = (changed[at] as number) ^ 1;
      const id = path.replace(/^.*\/([a-z]+_[0-9]+).*$/, '$1');
      const report = await verify(new Map([...stored, [path, changed]]), id);
      expect(report.outcome, path).toBe('fail');
      expect(told(report).join('\n'), path).toContain(path);
      // Whoever changes the digest beside it, too, is found by what the bytes say; what is refused anyway stays refused.
      if (/^(refuse|proof)_/.test(id)) continue;
      const digest = utf8(formatHex(sha256(changed)));
      const hidden = await verify(new Map([...stored, [path, changed], [`${path}.sha256`, digest]]), id);
      expect(hidden.outcome, path).toBe('fail');
    }
  });
});
