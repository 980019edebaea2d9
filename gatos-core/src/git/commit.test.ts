import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../kernel/index.js';
import { decodeCommit, encodeCommit, formatIdent, type NewCommit, parseIdent } from './commit.js';
import { hashObject } from './oid.js';

const TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const PARENT = 'b'.repeat(40);
const WHO = 'A U Thor <author@example.com> 1700000000 +0000';
const plain: NewCommit = { tree: TREE, parents: [], author: WHO, committer: WHO, message: 'hello\n' };

describe('commits', () => {
  it('have the bytes and the id that git gives them', () => {
    expect(fromUtf8(encodeCommit({ ...plain, parents: [PARENT] }))).toBe(
      `tree ${TREE}\nparent ${PARENT}\nauthor ${WHO}\ncommitter ${WHO}\n\nhello\n`,
    );
    expect(hashObject('sha1', 'commit', encodeCommit(plain))).toBe('7cf14bde2841e05dadf31a8e375b38c883f2f606');
  });

  it.each<[string, Partial<NewCommit>]>([
    ['a tree that is no id', { tree: 'HEAD' }],
    ['a parent of another format', { parents: ['a'.repeat(64)] }],
    ['a null parent', { parents: ['0'.repeat(40)] }],
    ['an author with a line feed', { author: `A\nB <a@b> 1 +0000` }],
    ['an author without address', { author: 'A U Thor 1 +0000' }],
    ['an author without time', { author: 'A <a@b>' }],
    ['a committer with a padded time', { committer: 'A <a@b> 01 +0000' }],
    ['a committer with a NUL', { committer: 'A\0 <a@b> 1 +0000' }],
    ['a message with a NUL', { message: 'a\0b' }],
    ['a message with a lone surrogate', { message: '\udc00' }],
  ])('are not written with %s', (_, change) => {
    expect(() => encodeCommit({ ...plain, ...change })).toThrow(
      expect.objectContaining({ code: 'git/invalid-object' }),
    );
  });

  it('of others are read with whatever headers they have', () => {
    const text = `tree ${TREE}\nparent ${PARENT}\nparent ${TREE}\nauthor  <> 0 -0730\ncommitter x\nencoding ISO-8859-1\ngpgsig -----BEGIN\n \n line\n -----END\nodd\n\nsubject\n\nbody`;
    expect(decodeCommit(utf8(text))).toEqual({
      tree: TREE,
      parents: [PARENT, TREE],
      author: ' <> 0 -0730',
      committer: 'x',
      headers: [
        { name: 'encoding', value: 'ISO-8859-1' },
        { name: 'gpgsig', value: '-----BEGIN\n\nline\n-----END' },
        { name: 'odd', value: '' },
      ],
      message: 'subject\n\nbody',
    });
  });

  it('of others may hold any bytes in text, and end anywhere after the committer', () => {
    const latin1 = Uint8Array.from(`tree ${TREE}\nauthor J\u00f6rg <j@x> 1 +0000\ncommitter c\n\n\u00e9\n`, (unit) =>
      unit.charCodeAt(0),
    );
    expect(decodeCommit(latin1)).toMatchObject({ author: 'J\ufffdrg <j@x> 1 +0000', message: '\ufffd\n' });
    expect(decodeCommit(utf8(`tree ${TREE}\nauthor a\ncommitter c\n`)).message).toBe('');
    expect(decodeCommit(utf8(`tree ${TREE}\nauthor a\ncommitter c`))).toMatchObject({
      committer: 'c',
      headers: [],
      message: '',
    });
  });

  it.each([
    ['nothing', ''],
    ['no tree', `parent ${PARENT}\n`],
    ['a tree that is no id', 'tree HEAD\nauthor a\ncommitter c\n\n'],
    ['a parent that is no id', `tree ${TREE}\nparent HEAD\nauthor a\ncommitter c\n\n`],
    ['no author', `tree ${TREE}\ncommitter c\n\n`],
    ['no committer', `tree ${TREE}\nauthor a\n\nx`],
    ['a tree of another format', `tree ${'a'.repeat(64)}\nauthor a\ncommitter c\n\n`],
  ])('with %s are malformed', (_, text) => {
    expect(() => decodeCommit(utf8(text))).toThrow(expect.objectContaining({ code: 'git/malformed-object' }));
  });

  it('come back as they were written (seed 4)', () => {
    const ident = fc
      .record({
        name: fc.string({ unit: 'grapheme' }),
        email: fc.string({ unit: 'grapheme' }),
        seconds: fc.maxSafeNat(),
      })
      .filter((each) => {
        try {
          return formatIdent(each) !== '';
        } catch (error) {
          expect(error).toMatchObject({ code: 'git/invalid-object' });
          return false;
        }
      });
    const message = fc.string({ unit: 'grapheme' }).filter((each) => !each.includes('\0'));
    fc.assert(
      fc.property(
        ident,
        ident,
        message,
        fc.array(fc.constant(PARENT), { maxLength: 3 }),
        (author, committer, text, parents) => {
          const commit = {
            tree: TREE,
            parents,
            author: formatIdent(author),
            committer: formatIdent(committer),
            message: text,
          };
          const back = decodeCommit(encodeCommit(commit));
          expect(back).toEqual({ ...commit, headers: [] });
          expect(parseIdent(back.author)).toEqual(author);
        },
      ),
      { seed: 4 },
    );
  });
});

describe('author lines', () => {
  it.each([
    [{ name: 'user:alice', email: 'SHA256x@gatos', seconds: 0 }, 'user:alice <SHA256x@gatos> 0 +0000'],
    [{ name: 'Zoë', email: '', seconds: 9007199254740991 }, 'Zoë <> 9007199254740991 +0000'],
  ])('%j', (ident, line) => {
    expect(formatIdent(ident)).toBe(line);
    expect(parseIdent(line)).toEqual(ident);
  });

  it.each([
    { name: '', email: 'x', seconds: 1 },
    { name: ' a', email: 'x', seconds: 1 },
    { name: 'a.', email: 'x', seconds: 1 },
    { name: 'a<', email: 'x', seconds: 1 },
    { name: 'a\nb', email: 'x', seconds: 1 },
    { name: 'a', email: 'x>', seconds: 1 },
    { name: 'a', email: 'x,', seconds: 1 },
    { name: 'a', email: 'x', seconds: -1 },
    { name: 'a', email: 'x', seconds: 1.5 },
    { name: 'a\ud800b', email: 'x', seconds: 1 },
  ])('are not made of %j', (ident) => {
    expect(() => formatIdent(ident)).toThrow(expect.objectContaining({ code: 'git/invalid-object' }));
  });

  it.each([
    '',
    'a',
    'a <b>',
    'a <b> 1',
    'a <b> 1 +0100',
    'a <b> 01 +0000',
    ' a <b> 1 +0000',
    'a  <b> 1 +0000',
    'a <b> 99999999999999999 +0000',
  ])('%j is none of ours', (line) => {
    expect(parseIdent(line)).toBeNull();
  });
});
