import { encode, type JsonValue, type Oid } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Binary } from './git-history-commit.js';
import { rebuild, rowsOf, ScratchHistory } from './git-history-scratch.js';

const TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const WHO = 'A U Thor <author@example.com> 1700000000 +0100';
const PARENT = 'ce013625030ba8dba906f756967f9e9ca394464a';

/** A commit with one line or part replaced. */
function commit({
  author = WHO,
  committer = WHO,
  headers = '',
  message = 'Title\n\nBody\n',
  parents = '',
} = {}): Binary {
  return `tree ${TREE}\n${parents}author ${author}\ncommitter ${committer}\n${headers}\n${message}`;
}

function utf8(text: string): Binary {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function base64(bytes: Binary): string {
  return Buffer.from(bytes, 'latin1').toString('base64');
}

const who = { name: 'A U Thor', email: 'author@example.com', time: 1_700_000_000, zone: '+0100' };
const author = (line: Binary) => commit({ author: line });

/** Name, commit, and what its payload holds among other things; `undefined`: that it does not hold it. */
const ODDITIES: readonly (readonly [string, Binary, Record<string, unknown>])[] = [
  [
    'a plain commit',
    commit(),
    {
      tree: TREE,
      parents: [],
      author: who,
      committer: who,
      message: 'Title\n\nBody\n',
      signed: false,
      headers: undefined,
      encoding: undefined,
      message_base64: undefined,
    },
  ],
  ['no message', commit({ message: '' }), { message: '', object_base64: undefined }],
  ['no final line feed', commit({ message: 'x' }), { message: 'x' }],
  ['NUL in the message', commit({ message: 'a\0b\n' }), { message: 'a\0b\n', message_base64: undefined }],
  ['control characters', commit({ message: '\x01\x1b[31m\x7f\x07\r\n' }), { message: '\x01\x1b[31m\x7f\x07\r\n' }],
  ['U+FFFD that is meant', commit({ message: utf8('\ufffd') }), { message: '\ufffd', message_base64: undefined }],
  [
    'U+FEFF at the start',
    commit({ message: utf8('\ufeff\ufeffx') }),
    { message: 'x', message_base64: base64(utf8('\ufeff\ufeffx')) },
  ],
  ['U+FEFF inside', commit({ message: utf8('x\ufeff') }), { message: 'x\ufeff', message_base64: undefined }],
  ['only U+FEFF', commit({ message: utf8('\ufeff') }), { message: '', message_base64: '77u/' }],
  ['an astral character', commit({ message: utf8('😀') }), { message: '😀' }],
  [
    'a surrogate in UTF-8',
    commit({ message: '\xed\xa0\x80' }),
    { message: '\ufffd\ufffd\ufffd', message_base64: '7aCA' },
  ],
  [
    'bytes that are no UTF-8',
    commit({ message: 'caf\xe9\n' }),
    { message: 'caf\ufffd\n', message_base64: base64('caf\xe9\n') },
  ],
  [
    'a name that is no UTF-8',
    author('J\xf6rg <j@x> 1 +0000'),
    { author: { name: 'J\ufffdrg', name_base64: base64('J\xf6rg'), email: 'j@x', time: 1, zone: '+0000' } },
  ],
  [
    'Latin-1 that is declared',
    commit({ author: 'J\xf6rg <j@x> 1 +0000', headers: 'encoding ISO-8859-1\n', message: 'gr\xfc\xdfe \x93\n' }),
    {
      encoding: 'ISO-8859-1',
      message: 'grüße \u0093\n',
      message_base64: base64('gr\xfc\xdfe \x93\n'),
      author: { name: 'Jörg', name_base64: base64('J\xf6rg'), email: 'j@x', time: 1, zone: '+0000' },
      headers: [{ name: 'encoding', value: 'ISO-8859-1' }],
    },
  ],
  [
    'Latin-1 that is ASCII',
    commit({ headers: 'encoding latin1\n' }),
    { message: 'Title\n\nBody\n', message_base64: undefined },
  ],
  [
    'Latin-1 that looks like UTF-8',
    commit({ headers: 'encoding latin1\n', message: utf8('é') }),
    { message: 'Ã©', message_base64: base64(utf8('é')) },
  ],
  ['windows-1252', commit({ headers: 'encoding CP1252\n', message: '\x80\x93\x81' }), { message: '€“\u0081' }],
  [
    'ISO 8859-2',
    commit({ headers: 'encoding iso-8859-2\n', message: 'Micha\xb3' }),
    { message: 'Michał', message_base64: base64('Micha\xb3') },
  ],
  ['KOI8-R', commit({ headers: 'encoding KOI8-R\n', message: '\xf0\xd2\xc9' }), { message: 'При' }],
  [
    'Shift JIS by its code page',
    commit({ headers: 'encoding cp932\n', message: '\x93\xfa\x96\x7b' }),
    { message: '日本' },
  ],
  ['GBK', commit({ headers: 'encoding GBK\n', message: '\xd6\xd0' }), { message: '中' }],
  [
    'UTF-16',
    commit({ headers: 'encoding UTF-16LE\n', message: 'h\0i\0' }),
    { message: 'hi', message_base64: base64('h\0i\0') },
  ],
  [
    'UTF-8 that is declared',
    commit({ headers: 'encoding UTF-8\n', message: utf8('é') }),
    { encoding: 'UTF-8', message: 'é', message_base64: undefined },
  ],
  [
    'UTF-8 that is declared and is none',
    commit({ headers: 'encoding utf8\n', message: '\xe9' }),
    { message: '\ufffd', message_base64: '6Q==' },
  ],
  [
    'an encoding that the bytes are not',
    commit({ headers: 'encoding UTF-16BE\n', message: 'odd' }),
    { message: 'odd', message_base64: undefined },
  ],
  [
    'an unknown encoding',
    commit({ headers: 'encoding x-martian\n', message: '\xe9' }),
    { encoding: 'x-martian', message: '\ufffd', message_base64: '6Q==' },
  ],
  [
    'an encoding that is no text',
    commit({ headers: 'encoding \xff\n' }),
    { encoding: '\ufffd', encoding_base64: '/w==' },
  ],
  ['an empty encoding', commit({ headers: 'encoding \n' }), { encoding: '', message: 'Title\n\nBody\n' }],
  ['no name', author(' <a@x> 1 +0000'), { author: { name: '', email: 'a@x', time: 1, zone: '+0000' } }],
  [
    'no name and no space',
    author('<a@x> 1 +0000'),
    { author: { name: '', email: 'a@x', time: 1, zone: '+0000', line: '<a@x> 1 +0000' } },
  ],
  ['no address', author('A <> 1 +0000'), { author: { name: 'A', email: '', time: 1, zone: '+0000' } }],
  [
    'no brackets',
    author('A U Thor 12 +0000'),
    { author: { name: 'A U Thor', email: '', time: 12, zone: '+0000', line: 'A U Thor 12 +0000' } },
  ],
  [
    'an open bracket',
    author('A <a@x 12 -0700'),
    { author: { name: 'A', email: 'a@x', time: 12, zone: '-0700', line: 'A <a@x 12 -0700' } },
  ],
  [
    'no space before the bracket',
    author('A<a@x> 1 +0000'),
    { author: { name: 'A', email: 'a@x', time: 1, zone: '+0000', line: 'A<a@x> 1 +0000' } },
  ],
  [
    'two spaces before the bracket',
    author('A  <a@x> 1 +0000'),
    { author: { name: 'A', email: 'a@x', time: 1, zone: '+0000', line: 'A  <a@x> 1 +0000' } },
  ],
  [
    'brackets in the name',
    author('A <b> C <a@x> 1 +0000'),
    { author: { name: 'A', email: 'b', time: 1, zone: '+0000', line: 'A <b> C <a@x> 1 +0000' } },
  ],
  [
    'a bracket too many',
    author('A <a@x>> 1 +0000'),
    { author: { name: 'A', email: 'a@x', time: 1, zone: '+0000', line: 'A <a@x>> 1 +0000' } },
  ],
  [
    'no space before the time',
    author('A <a@x>1 +0000'),
    { author: { name: 'A', email: 'a@x', time: 1, zone: '+0000', line: 'A <a@x>1 +0000' } },
  ],
  [
    'a negative time',
    author('A <a@x> -86400 +0000'),
    { author: { name: 'A', email: 'a@x', time: -86400, zone: '+0000' } },
  ],
  [
    'time -0',
    author('A <a@x> -0 +0000'),
    { author: { name: 'A', email: 'a@x', time: 0, zone: '+0000', line: 'A <a@x> -0 +0000' } },
  ],
  [
    'leading zeros',
    author('A <a@x> 007 +0000'),
    { author: { name: 'A', email: 'a@x', time: 7, zone: '+0000', line: 'A <a@x> 007 +0000' } },
  ],
  [
    'the largest exact time',
    author('A <a@x> 9007199254740991 +0000'),
    { author: { name: 'A', email: 'a@x', time: 9007199254740991, zone: '+0000' } },
  ],
  [
    'a huge time',
    author('A <a@x> 18446744073709551615 +0000'),
    { author: { name: 'A', email: 'a@x', time: null, zone: '+0000', line: 'A <a@x> 18446744073709551615 +0000' } },
  ],
  ['no time', author('A <a@x>'), { author: { name: 'A', email: 'a@x', time: null, zone: null, line: 'A <a@x>' } }],
  [
    'a time that is no number',
    author('A <a@x> noon +0000'),
    { author: { name: 'A', email: 'a@x', time: null, zone: null, line: 'A <a@x> noon +0000' } },
  ],
  [
    'a time called null',
    author('A <a@x> null null'),
    { author: { name: 'A', email: 'a@x', time: null, zone: null, line: 'A <a@x> null null' } },
  ],
  ['no zone', author('A <a@x> 5'), { author: { name: 'A', email: 'a@x', time: 5, zone: null, line: 'A <a@x> 5' } }],
  ['zone -0000', author('A <a@x> 5 -0000'), { author: { name: 'A', email: 'a@x', time: 5, zone: '-0000' } }],
  ['zone +051800', author('A <a@x> 5 +051800'), { author: { name: 'A', email: 'a@x', time: 5, zone: '+051800' } }],
  ['zone +9999', author('A <a@x> 5 +9999'), { author: { name: 'A', email: 'a@x', time: 5, zone: '+9999' } }],
  [
    'a zone with a name',
    author('A <a@x> 5 CET'),
    { author: { name: 'A', email: 'a@x', time: 5, zone: null, line: 'A <a@x> 5 CET' } },
  ],
  [
    'a carriage return',
    author('A <a@x> 5 +0000\r'),
    { author: { name: 'A', email: 'a@x', time: 5, zone: '+0000', line: 'A <a@x> 5 +0000\r' } },
  ],
  [
    'NUL in the author',
    author('A\0B <a@x> 5 +0000'),
    { author: { name: 'A\0B', email: 'a@x', time: 5, zone: '+0000' } },
  ],
  ['an empty author', author(''), { author: { name: '', email: '', time: null, zone: null, line: '' } }],
  [
    'U+FEFF before the name',
    author(utf8('\ufeffA <a@x> 5 +0000')),
    { author: { name: 'A', name_base64: base64(utf8('\ufeffA')), email: 'a@x', time: 5, zone: '+0000' } },
  ],
  [
    'no author',
    `tree ${TREE}\ncommitter ${WHO}\n\nx`,
    { author: { name: '', email: '', time: null, zone: null, line: null }, committer: who, object_base64: undefined },
  ],
  [
    'no committer',
    `tree ${TREE}\nauthor ${WHO}\n\nx`,
    { author: who, committer: { name: '', email: '', time: null, zone: null, line: null } },
  ],
  [
    'two authors',
    commit({ headers: `author B <b@x> 1 +0000\n` }),
    { author: who, headers: [{ name: 'author', value: 'B <b@x> 1 +0000' }], object_base64: undefined },
  ],
  [
    'author behind committer',
    `tree ${TREE}\ncommitter ${WHO}\nauthor B <b@x> 1 +0000\n\nx`,
    { author: { name: 'B', email: 'b@x', time: 1, zone: '+0000' }, message: 'x', object_base64: expect.any(String) },
  ],
  [
    'a signature',
    commit({ headers: 'gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n \n =x\n' }),
    {
      signed: true,
      headers: [{ name: 'gpgsig', value: '-----BEGIN SSH SIGNATURE-----\nabc\n\n=x' }],
      message: 'Title\n\nBody\n',
    },
  ],
  ['a signature over SHA-256', commit({ headers: 'gpgsig-sha256 x\n' }), { signed: true }],
  [
    'a merged tag',
    commit({ headers: 'mergetag object 1\n type commit\n \n text\n' }),
    { signed: false, headers: [{ name: 'mergetag', value: 'object 1\ntype commit\n\ntext' }] },
  ],
  [
    'headers of Mercurial',
    commit({ headers: 'HG:rename-source hg\nHG:extra branch:default\n' }),
    {
      headers: [
        { name: 'HG:rename-source', value: 'hg' },
        { name: 'HG:extra', value: 'branch:default' },
      ],
    },
  ],
  [
    'a header without a value',
    commit({ headers: 'odd\n' }),
    { headers: [{ name: 'odd', value: '' }], object_base64: expect.any(String) },
  ],
  [
    'a header with an empty value',
    commit({ headers: 'odd \n' }),
    { headers: [{ name: 'odd', value: '' }], object_base64: undefined },
  ],
  [
    'a header that is no text',
    commit({ headers: '\xff \xfe\n' }),
    { headers: [{ name: '\ufffd', name_base64: '/w==', value: '\ufffd', value_base64: '/g==' }] },
  ],
  ['a header called __proto__', commit({ headers: '__proto__ x\n' }), { headers: [{ name: '__proto__', value: 'x' }] }],
  ['a later line of nothing', commit({ headers: ' lost\n' }), { headers: [{ name: '', value: 'lost' }] }],
  [
    'the same parent twice',
    commit({ parents: `parent ${PARENT}\nparent ${PARENT}\n` }),
    { parents: [PARENT, PARENT], object_base64: undefined },
  ],
  [
    'a parent in capitals',
    commit({ parents: `parent ${PARENT.toUpperCase()}\n` }),
    { parents: [PARENT], object_base64: expect.any(String) },
  ],
  [
    'a parent behind the author',
    `tree ${TREE}\nauthor ${WHO}\nparent ${PARENT}\ncommitter ${WHO}\n\n`,
    { parents: [], headers: [{ name: 'parent', value: PARENT }], object_base64: expect.any(String) },
  ],
  ['a parent that is no id', commit({ parents: 'parent me\n' }), { parents: [], object_base64: expect.any(String) }],
  [
    'a tree that is no id',
    `tree abc\nauthor ${WHO}\ncommitter ${WHO}\n\n`,
    { tree: null, object_base64: expect.any(String) },
  ],
  [
    'no empty line',
    `tree ${TREE}\nauthor ${WHO}\ncommitter ${WHO}\n`,
    { message: '', committer: who, headers: undefined, object_base64: expect.any(String) },
  ],
  ['no line feed at all', `tree ${TREE}`, { tree: TREE, message: '', object_base64: expect.any(String) }],
  ['nothing', '', { tree: null, parents: [], message: '', object_base64: '' }],
  ['one line feed', '\n', { tree: null, message: '', object_base64: undefined }],
  ['bytes of no commit', '\0\xff\n\n\n', { tree: null, message: '\n', object_base64: base64('\0\xff\n\n\n') }],
];

describe('the payload of an odd commit', () => {
  const source = new ScratchHistory();
  const oids = new Map<string, Oid>();
  let payloads: Map<string, JsonValue>;

  beforeAll(async () => {
    for (const [name, content] of ODDITIES) oids.set(name, source.write(content));
    source.packRefs([...oids.values()]);
    const rows = await rowsOf(source.path);
    payloads = new Map(rows.map(({ raw, value, fault }) => [Buffer.from(raw).toString(), value ?? `fault: ${fault}`]));
  });
  afterAll(() => source.dispose());

  it.each(ODDITIES)('%s', (name, content, want) => {
    const oid = oids.get(name) ?? '';
    const payload = payloads.get(oid) as Record<string, JsonValue>;
    expect(payload).toMatchObject({
      commit: oid,
      ...Object.fromEntries(Object.entries(want).filter(([, value]) => value !== undefined)),
    });
    for (const [field, value] of Object.entries(want)) {
      if (value === undefined) expect(payload).not.toHaveProperty(field);
      else if (field === 'author' || field === 'headers') expect(payload[field]).toEqual(value);
    }
    expect(() => encode(payload)).not.toThrow();
    expect(rebuild(payload)?.toString('latin1')).toBe(content);
  });

  it('is recorded for each of them, and for nothing else', () => {
    const missing = [PARENT];
    expect([...payloads.keys()].sort()).toEqual([...new Set([...oids.values(), ...missing])].sort());
    expect(payloads.get(PARENT)).toBe(`fault: object \`${PARENT}\` is not in the repository`);
  });
});
