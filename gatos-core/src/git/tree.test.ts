import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, LIMITS, utf8 } from '../kernel/index.js';
import { hashObject, isNullOid, isOid, putOid } from './oid.js';
import type { ObjectFormat } from './ports.js';
import { decodeTree, encodeTree, entryNameFault, type TreeEntry, type TreeMode } from './tree.js';

const A = 'a'.repeat(40);
const entry = (name: string, mode: TreeMode = '100644', oid = A): TreeEntry => ({ mode, name, oid });

/** A tree written without any check. */
function raw(...entries: readonly { mode: string; name: string | Uint8Array; oid?: string }[]): Uint8Array {
  return concatBytes(
    entries.map(({ mode, name, oid = A }) => {
      const bytes = new Uint8Array(oid.length / 2);
      putOid(oid, bytes, 0);
      return concatBytes([utf8(`${mode} `), typeof name === 'string' ? utf8(name) : name, utf8('\0'), bytes]);
    }),
  );
}

const malformed = (why: RegExp) =>
  expect.objectContaining({ code: 'git/malformed-object', message: expect.stringMatching(why) });

describe('trees', () => {
  it('have the id that git gives them', () => {
    expect(hashObject('sha1', 'tree', encodeTree([]))).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    const hello = entry('hello', '100644', 'ce013625030ba8dba906f756967f9e9ca394464a');
    expect(hashObject('sha1', 'tree', encodeTree([hello]))).toBe('b4d01e9b0c4a9356736dfddf8830ba9a54f5271c');
  });

  it('sort directories as if their names ended in a slash', () => {
    const names = (entries: TreeEntry[]) => decodeTree(encodeTree(entries), 'sha1').map(({ name }) => name);
    expect(names([entry('a', '40000'), entry('a.b'), entry('a-b'), entry('a0')])).toEqual(['a-b', 'a.b', 'a', 'a0']);
    expect(names([entry('a'), entry('a.b'), entry('a-b')])).toEqual(['a', 'a-b', 'a.b']);
    expect(names([entry('\u{1f600}'), entry('\uffe6')])).toEqual(['\uffe6', '\u{1f600}']);
  });

  it.each<[string, TreeEntry[]]>([
    ['no name', [entry('')]],
    ['a slash', [entry('a/b')]],
    ['a NUL', [entry('a\0')]],
    ['a dot', [entry('.')]],
    ['two dots', [entry('..')]],
    ['.git', [entry('.GiT')]],
    ['what HFS takes for .git', [entry('.g\u200cit')]],
    ['what NTFS takes for .git', [entry('git~1')]],
    ['trailing dots and blanks after .git', [entry('.git. .')]],
    ['an NTFS stream of .git', [entry('.git::$INDEX_ALLOCATION')]],
    ['a lone surrogate', [entry('\ud800')]],
    ['a name that is too long', [entry('x'.repeat(LIMITS.treeNameBytes + 1))]],
    ['a name that is too long in UTF-8', [entry('\u20ac'.repeat(1366))]],
    ['a name twice', [entry('x'), entry('x')]],
    ['a file and a directory of one name', [entry('x'), entry('x', '40000')]],
    ['a padded mode', [entry('x', '040000' as TreeMode)]],
    ['a group-writable mode', [entry('x', '100664' as TreeMode)]],
    ['an id of the wrong length', [entry('x', '100644', 'ab')]],
    ['a null id', [entry('x', '100644', '0'.repeat(40))]],
    ['ids of two formats', [entry('x'), entry('y', '100644', 'a'.repeat(64))]],
  ])('are not written with %s', (_, entries) => {
    expect(() => encodeTree(entries)).toThrow(expect.objectContaining({ code: 'git/invalid-object' }));
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a cut id', raw(entry('x')).subarray(0, -1), /cut off/],
    ['a trailing byte', concatBytes([raw(entry('x')), utf8('1')]), /mode/],
    ['no NUL', utf8('100644 x'), /cut off/],
    ['a padded mode', raw({ mode: '040000', name: 'x' }), /mode/],
    ['an empty mode', raw({ mode: '', name: 'x' }), /mode/],
    ['a very long mode', utf8(`${'1'.repeat(1000)} x`), /mode/],
    ['a null id', raw({ mode: '100644', name: 'x', oid: '0'.repeat(40) }), /null/],
    ['names out of order', raw(entry('b'), entry('a')), /order/],
    ['a directory before a name that sorts first', raw(entry('a', '40000'), entry('a.b')), /order/],
    ['a name twice', raw(entry('a'), entry('a')), /two entries/],
    ['a file and a directory of one name', raw(entry('a'), entry('a.b'), entry('a', '40000')), /two entries/],
    ['.git', raw(entry('.git')), /reserved/],
    ['a slash', raw(entry('a/b')), /slash/],
    ['a name that is not UTF-8', raw({ mode: '100644', name: Uint8Array.of(0xff) }), /UTF-8/],
  ])('are not read with %s', (_, bytes, why) => {
    expect(() => decodeTree(bytes, 'sha1')).toThrow(malformed(why));
  });

  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((each) => entryNameFault(each) === null);
  const mode = fc.constantFrom<TreeMode>('100644', '100755', '120000', '40000', '160000');
  const treeOf = (format: ObjectFormat) => {
    const digits = format === 'sha1' ? 40 : 64;
    const oid = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits });
    return fc.uniqueArray(fc.record({ mode, name, oid: oid.filter((each) => !isNullOid(each)) }), {
      selector: (each) => each.name,
      maxLength: 12,
    });
  };

  it.each<ObjectFormat>(['sha1', 'sha256'])('come back as they were written, %s (seed 2)', (format) => {
    fc.assert(
      fc.property(treeOf(format), (entries) => {
        const bytes = encodeTree(entries);
        const back = decodeTree(bytes, format);
        expect(encodeTree([...back].reverse())).toEqual(bytes);
        expect(new Map(back.map((each) => [each.name, each]))).toEqual(
          new Map(entries.map((each) => [each.name, each])),
        );
      }),
      { seed: 2 },
    );
  });

  it('whatever decodes is what would have been written (seed 3)', () => {
    const bytes = fc.tuple(treeOf('sha1'), fc.nat(), fc.nat(255), fc.boolean()).map(([entries, at, value, cut]) => {
      const out = encodeTree(entries).slice();
      if (out.length > 0) out[at % out.length] = value;
      return cut ? out.subarray(0, at % (out.length + 1)) : out;
    });
    fc.assert(
      fc.property(bytes, (input) => {
        let entries: TreeEntry[];
        try {
          entries = decodeTree(input, 'sha1');
        } catch (error) {
          expect(error).toMatchObject({ code: 'git/malformed-object' });
          return;
        }
        expect(encodeTree(entries)).toEqual(input);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe('object ids', () => {
  it('are lower-case hex of one length, and not null', () => {
    expect(isOid(A, 'sha1')).toBe(true);
    expect(isOid('a'.repeat(64), 'sha256')).toBe(true);
    for (const bad of [
      '',
      'A'.repeat(40),
      'a'.repeat(39),
      'a'.repeat(41),
      `${A}\n`,
      'g'.repeat(40),
      '0'.repeat(40),
      'a'.repeat(64),
    ]) {
      expect(isOid(bad, 'sha1'), bad).toBe(false);
    }
    expect(isOid(A, 'sha256')).toBe(false);
  });

  it('are those of git, for contents short and long', () => {
    expect(hashObject('sha1', 'blob', new Uint8Array(0))).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
    expect(hashObject('sha256', 'blob', new Uint8Array(0))).toBe(
      '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
    );
    // git hash-object of 100,000 NUL bytes
    expect(hashObject('sha1', 'blob', new Uint8Array(100_000))).toBe('f18c9a678f421d5c52f6c5acc23670267d5f632f');
  });
});

describe('foreign names', () => {
  it('up to the bound are read, beyond it they are refused', () => {
    for (const name of ['x'.repeat(LIMITS.treeNameBytes), '\u20ac'.repeat(1365)])
      expect(decodeTree(encodeTree([entry(name)]), 'sha1')).toEqual([entry(name)]);
    const long = raw({ mode: '100644', name: 'x'.repeat(LIMITS.treeNameBytes + 1) });
    expect(() => decodeTree(long, 'sha1')).toThrow(malformed(/too long/));
  });

  it('take time in proportion to their length, whatever is in them', () => {
    for (const part of ['.', ' .', '.git', 'git~1.', '\u200c', ':', '\\']) {
      const name = part.repeat(Math.floor(LIMITS.treeNameBytes / 3 / part.length));
      for (let i = 0; i < 50; i++) entryNameFault(`${name}x`);
      const megabytes = `${part.repeat(2_000_000 / part.length)}x`;
      expect(() => decodeTree(raw({ mode: '100644', name: megabytes }), 'sha1')).toThrow(malformed(/too long/));
    }
  });

  it.each(['.git', '.GIT...', '.git . .', 'git~1', 'GIT~1. ', '.git:x', 'git~1\\x', '.git .:x'])(
    'that NTFS takes for .git: `%s`',
    (name) => expect(entryNameFault(name)).toMatch(/reserved/),
  );
  it.each(['.gitx', '.git.x', 'git~2', 'git~1x', 'x.git', '...git', '. .x'])('that it does not: `%s`', (name) =>
    expect(entryNameFault(name)).toBeNull(),
  );
});
