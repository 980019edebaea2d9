import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../kernel/index.js';
import { hashObject } from '../oid.js';
import type { NewObject } from '../ports.js';
import { PackFault, PackIndex } from './pack-index.js';
import { encodePack } from './pack-writer.js';

const SEED = 20260102;

const named = (objects: readonly NewObject[]) => {
  const byOid = new Map(objects.map((object) => [hashObject('sha1', object.type, object.content), object]));
  return [...byOid].map(([oid, object]) => ({ oid, object }));
};

/** git's own index of a pack, which git writes only after it checked every byte. */
function indexByGit(pack: Uint8Array): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), 'gatos-pack-'));
  try {
    writeFileSync(join(directory, 'x.pack'), pack);
    execFileSync('git', ['init', '-q', '--bare', join(directory, 'repo')]);
    execFileSync('git', ['-C', join(directory, 'repo'), 'index-pack', '--strict', '-o', '../x.idx', '../x.pack']);
    return Uint8Array.from(readFileSync(join(directory, 'x.idx')));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('packs that we write', () => {
  it('have the index that git makes for them, at every size where something changes', () => {
    const sizes = [0, 1, 15, 16, 2047, 2048, 65534, 65535, 65536, 131070, 131071, 262143, 262144, 1_000_000];
    const objects = sizes.map((size): NewObject => ({ type: 'blob', content: new Uint8Array(size).fill(size % 251) }));
    objects.push({ type: 'tree', content: new Uint8Array() });
    const { pack, index, name } = encodePack(named(objects));
    expect(index).toEqual(indexByGit(pack));
    expect(name).toMatch(/^[0-9a-f]{40}$/);
  });

  it(`have it for any batch of objects (fast-check seed ${SEED})`, () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }).map((a) => new Uint8Array(a)),
    );
    const batch = fc.array(
      content.map((c): NewObject => ({ type: 'blob', content: c })),
      { minLength: 1, maxLength: 300 },
    );
    fc.assert(
      fc.property(batch, (objects) => {
        const { pack, index } = encodePack(named(objects));
        expect(index).toEqual(indexByGit(pack));
      }),
      { seed: SEED, numRuns: 25 },
    );
  });
});

describe('the index of a pack', () => {
  const objects = named(
    Array.from({ length: 700 }, (_, i): NewObject => ({ type: 'blob', content: utf8(`object ${i}`) })),
  );
  const { pack, index: bytes } = encodePack(objects);

  it('finds every object and its end, and nothing else', () => {
    const index = new PackIndex(bytes);
    expect([...index.oids()]).toEqual(objects.map(({ oid }) => oid).sort());
    let at = 12;
    for (const { oid } of objects) {
      const span = index.find(oid, pack.length);
      expect(span?.start).toBe(at);
      at = span?.end ?? 0;
    }
    expect(at).toBe(pack.length - 20);
    for (const oid of ['0'.repeat(40), 'f'.repeat(40), hashObject('sha1', 'blob', utf8('no'))]) {
      expect(index.has(oid)).toBe(false);
      expect(index.find(oid, pack.length)).toBeNull();
    }
    expect(index.spanAt(12, pack.length)?.start).toBe(12);
    expect(index.spanAt(13, pack.length)).toBeNull();
    expect(index.spanAt(0, pack.length)).toBeNull();
  });

  it('is refused when any byte is changed or missing', () => {
    for (let at = 0; at < bytes.length; at += 97) {
      const changed = bytes.slice();
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => new PackIndex(changed), `byte ${at}`).toThrow(PackFault);
      expect(() => new PackIndex(bytes.subarray(0, at)), `length ${at}`).toThrow(PackFault);
    }
  });
});
