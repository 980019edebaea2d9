import { describe, expect, it } from 'vitest';
import { lawFiles } from '../../testing/law-world.js';
import { attachFile } from '../chain/index.js';
import type { Value } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { type AdoptedBundle, BUNDLE_KIND, POLICY_RULE } from './index.js';

const attached = (...paths: readonly string[]) =>
  lawFiles(Object.fromEntries(paths.map((path) => [path, path]))).map(attachFile);

const GOOD: AdoptedBundle = {
  language: 1,
  modules: ['a.rgs', 'b/c.rgs'],
  adrs: ['a.md'],
  policy_code_root: new Uint8Array(32),
  note: '',
  attachments: attached('bundle.rgc', 'sources/a.md', 'sources/a.rgs', 'sources/b/c.rgs'),
};
const fault = (more: object) => BUNDLE_KIND.schema.find({ ...GOOD, ...more } as unknown as Value)?.why;

describe('the record of an adopted bundle', () => {
  it('lists its files once, in one order', () => {
    expect(fault({})).toBeUndefined();
    expect(fault({ modules: ['b/c.rgs', 'a.rgs'] })).toBe('lists files out of order');
    expect(fault({ modules: ['a.rgs', 'a.rgs', 'b/c.rgs'] })).toContain('named twice');
    expect(fault({ modules: ['a.rgs'], adrs: ['a.md', 'b/c.rgs'] })).toContain('in the wrong place');
    expect(fault({ modules: ['a.md', 'a.rgs', 'b/c.rgs'], adrs: [] })).toContain('in the wrong place');
    expect(fault({ modules: ['b.rgs', 'b.rgs/c.rgs'] })).toContain('a file and a folder');
    const many = Array.from({ length: LIMITS.policyModules }, (_, i) => `${1000 + i}.rgs`);
    expect(fault({ modules: many })).toContain('more than');
  });

  it('attaches exactly those, and the compiled form first', () => {
    for (const paths of [
      ['bundle.rgc', 'sources/a.md', 'sources/a.rgs'],
      ['bundle.rgc', 'sources/a.md', 'sources/a.rgs', 'sources/b/c.rgs', 'sources/d.rgs'],
      ['sources/a.md', 'sources/a.rgs', 'sources/b/c.rgs', 'bundle.rgc'],
      ['bundle.rgc', 'sources/a.md', 'sources/a.rgs', 'sources/'],
    ])
      expect(fault({ attachments: attached(...paths) })).toContain('other attachments');
  });

  it('has a shape', () => {
    for (const more of [
      { language: 0 },
      { language: 1.5 },
      { policy_code_root: new Uint8Array(31) },
      { note: 'a\u001b[2J' },
      { note: 'x'.repeat(LIMITS.policyNoteBytes + 1) },
      { modules: ['a.txt'] },
      { more: 1 },
    ])
      expect(fault(more), Object.keys(more)[0]).toBeDefined();
    expect(() => BUNDLE_KIND.schema.read({ ...GOOD, language: 2, more: 1 } as unknown as Value)).toThrow('version 2');
    expect(BUNDLE_KIND.schema.read({ ...GOOD, language: 2 } as unknown as Value).language).toBe(2);
  });

  it('reads well in a log', () => {
    const title = (more: Partial<AdoptedBundle>) => BUNDLE_KIND.describe({ ...GOOD, ...more }, 1).title;
    expect(title({})).toBe('policy: adopt 2 modules and 1 decision');
    expect(title({ modules: ['a.rgs'], adrs: [] })).toBe('policy: adopt 1 module');
    expect(title({ modules: [], adrs: [] })).toBe('policy: adopt none');
  });

  it('moves by the threshold, and is never replaced', () => {
    expect(POLICY_RULE).toMatchObject({ pattern: 'policies/active', movement: 'append-only', signed: 'by-threshold' });
  });
});
