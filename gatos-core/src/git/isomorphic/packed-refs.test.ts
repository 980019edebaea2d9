import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../../kernel/index.js';
import { formatPackedRefs, packedBelow, parsePackedRefs } from './packed-refs.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('packed-refs', () => {
  it('reads names, ids and what tags point at, and writes them sorted by bytes', () => {
    const text = `# pack-refs with: peeled fully-peeled sorted \n${A} refs/tags/v1\n^${B}\n${B} refs/heads/é\n${A} refs/heads/z\n`;
    const refs = parsePackedRefs(utf8(text));
    expect([...refs]).toEqual([
      ['refs/tags/v1', { oid: A, peeled: B }],
      ['refs/heads/é', { oid: B }],
      ['refs/heads/z', { oid: A }],
    ]);
    const written = fromUtf8(formatPackedRefs(refs));
    expect(written).toBe(`# pack-refs with: sorted \n${A} refs/heads/z\n${B} refs/heads/é\n${A} refs/tags/v1\n^${B}\n`);
    expect(parsePackedRefs(utf8(written))).toEqual(refs);
  });

  it('is empty without lines', () => {
    expect(parsePackedRefs(new Uint8Array()).size).toBe(0);
    expect(fromUtf8(formatPackedRefs(new Map()))).toBe('# pack-refs with: sorted \n');
  });

  it.each([
    ['no name', `${A} \n`],
    ['a short id', `${A.slice(1)} refs/x\n`],
    ['upper case', `${A.toUpperCase()} refs/x\n`],
    ['the null id', `${'0'.repeat(40)} refs/x\n`],
    ['a peeled line without a ref', `^${A}\n`],
    ['a malformed peeled line', `${A} refs/x\n^${A}0\n`],
    ['not text', null],
  ])('refuses %s', (_, text) => {
    const bytes = text === null ? Uint8Array.of(0xff) : utf8(text);
    expect(() => parsePackedRefs(bytes)).toThrow(
      expect.objectContaining({ code: 'git/corrupt-ref', data: expect.objectContaining({ ref: 'packed-refs' }) }),
    );
  });

  it('finds what lies below a prefix, and skips names that git would ignore', () => {
    const refs = parsePackedRefs(utf8(`${A} refs/a/x\n${A} refs/a/b/y\n${A} refs/ab\n${A} refs/a/bad..name\n`));
    expect([...packedBelow(refs, 'refs/a/')]).toEqual(['refs/a/x', 'refs/a/b/y']);
  });
});
