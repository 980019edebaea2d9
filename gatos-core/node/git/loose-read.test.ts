import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { emptyTreeOid, encodeCommit, encodeTree, type Oid } from '../../src/git/index.js';
import { utf8 } from '../../src/kernel/index.js';
import { openNativeBackend } from './index.js';
import { CLEAN, ScratchRepository } from './scratch-repository.js';

const made: ScratchRepository[] = [];
async function scratch() {
  const repository = new ScratchRepository({ bare: true });
  made.push(repository);
  return { repository, backend: await openNativeBackend({ path: repository.path, env: CLEAN }) };
}
afterEach(() => {
  for (const repository of made.splice(0)) repository.dispose();
});

const WHO = 'user:alice <k@gatos> 1700000000 +0000';

/** Skewed letters and repetitions of many lengths, which give the longest code tables. */
function skewed(seed: number, length: number): Uint8Array {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const bytes: number[] = [];
  while (bytes.length < length) {
    bytes.push(Math.floor(random() ** 6 * 256));
    if (random() >= 0.1) continue;
    const repeat = 3 + Math.floor(random() * 200);
    for (let i = 0; i < repeat && bytes.length > 400; i++) bytes.push(bytes.at(-300) as number);
  }
  return Uint8Array.from(bytes);
}

describe('loose objects of others', () => {
  it('at any compression are read, also long ones', async () => {
    const { repository, backend } = await scratch();
    for (const level of ['0', '1', '9']) {
      for (const size of [0, 1, 100, 8191, 8192, 8193, 70_000, 1_000_000]) {
        const content = `${level} ${'z'.repeat(size)}`;
        const oid = repository
          .gitWith({ input: content }, '-c', `core.looseCompression=${level}`, 'hash-object', '-w', '--stdin')
          .trim();
        expect(Buffer.compare((await backend.objects.read(oid)).content, utf8(content))).toBe(0);
      }
    }
  });

  it('also when the code tables of their compression come before the header', async () => {
    const { repository, backend } = await scratch();
    const outputOf = (stream: Uint8Array) =>
      inflateSync(stream.subarray(0, 128), { finishFlush: constants.Z_SYNC_FLUSH }).length;
    let found = 0;
    for (let seed = 0; seed < 60 && found === 0; seed++) {
      const content = skewed(seed, 20_000 + 300 * seed);
      const framed = Buffer.concat([Buffer.from(`blob ${content.length}\0`), content]);
      if (outputOf(deflateSync(framed, { level: 9 })) >= 8) continue;
      const path = join(repository.root, 'content');
      writeFileSync(path, content);
      const oid = repository.git('-c', 'core.looseCompression=9', 'hash-object', '-w', path).trim();
      expect(outputOf(readFileSync(repository.loosePath(oid)))).toBeLessThan(8);
      expect(Buffer.compare((await backend.objects.read(oid)).content, content)).toBe(0);
      found++;
    }
    expect(found).toBe(1);
  });

  it('annotated tags too', async () => {
    const { repository, backend } = await scratch();
    const [commit] = await backend.objects.write([
      {
        type: 'commit',
        content: encodeCommit({ tree: emptyTreeOid('sha1'), parents: [], author: WHO, committer: WHO, message: 'x\n' }),
      },
      { type: 'tree', content: encodeTree([]) },
    ]);
    repository.git('tag', '-a', '-m', 'note', 'v1', commit as Oid);
    const oid = (await backend.refs.read('refs/tags/v1')) as Oid;
    expect((await backend.objects.read(oid)).type).toBe('tag');
    repository.git('pack-refs', '--all');
    await backend.refs.transaction([
      { name: 'refs/gatos/a', expected: null, next: commit as Oid },
      { name: 'refs/gatos/b', expected: null, next: commit as Oid },
    ]);
    // Rewriting the packed refs keeps what git knows of the tag.
    expect(repository.git('show-ref', '-d', 'v1').trim().split('\n')).toEqual([
      `${oid} refs/tags/v1`,
      `${commit} refs/tags/v1^{}`,
    ]);
    expect(repository.fsck()).toBe('');
  });
});
