import { describe, expect, it } from 'vitest';
import { checkReadableRefName, checkRefName, checkRefPrefix, refNameFault } from './ref-name.js';

describe('ref names', () => {
  it.each([
    'refs/x',
    'refs/gatos/journal/default/user-alice',
    'refs/gatos/a.b/c',
    'refs/gatos/@',
    'refs/a/{b}',
    'refs/-',
    'refs/日本',
    'refs/a/b@c',
  ])('%j is one', (name) => {
    expect(refNameFault(name)).toBeNull();
    checkRefName(name);
  });

  it.each([
    ['', /start/],
    ['HEAD', /start/],
    ['main', /start/],
    ['REFS/x', /start/],
    ['refs', /start/],
    ['refs/', /empty/],
    ['refs//x', /empty/],
    ['refs/x/', /empty/],
    ['refs/.x', /dot/],
    ['refs/x/.y', /dot/],
    ['refs/x.', /dot/],
    ['refs/x..y', /\.\./],
    ['refs/x.lock', /lock/],
    ['refs/x.lock/y', /lock/],
    ['refs/x@{y', /@\{/],
    ['refs/x y', /space/],
    ['refs/x\ty', /control/],
    ['refs/x\u007fy', /control/],
    ['refs/x\ny', /control/],
    ['refs/x~', /one of/],
    ['refs/x^', /one of/],
    ['refs/x:', /one of/],
    ['refs/x?', /one of/],
    ['refs/x*', /one of/],
    ['refs/x[', /one of/],
    ['refs/x\\', /one of/],
    ['refs/x\udfff', /Unicode/],
    ['refs/x\ufffd', /Unicode/],
  ])('%j is none', (name, why) => {
    expect(refNameFault(name)).toMatch(why);
    expect(() => checkRefName(name)).toThrow(
      expect.objectContaining({ code: 'git/ref-name', data: { ref: name, why: expect.stringMatching(why) } }),
    );
  });

  it('HEAD and its kin can be read only', () => {
    checkReadableRefName('HEAD');
    checkReadableRefName('FETCH_HEAD');
    for (const name of ['head', '_HEAD', 'HEAD/x', '../HEAD', 'HEAD\n'])
      expect(() => checkReadableRefName(name), name).toThrow('cannot be a ref');
  });

  it('a prefix ends in a slash or is a name', () => {
    for (const prefix of ['refs/', 'refs/gatos/', 'refs/gatos/x']) checkRefPrefix(prefix);
    for (const prefix of ['', 'ref', 'refs', 'refs//', 'refs/../', 'refs/*/'])
      expect(() => checkRefPrefix(prefix), prefix).toThrow('cannot be a ref');
  });

  it('a long name takes no longer than it should', () => {
    for (let i = 0; i < 100; i++) refNameFault(`refs/${'a-'.repeat(50_000)}\u0001`);
  });
});
