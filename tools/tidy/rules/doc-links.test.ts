import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { docLinks } from './doc-links.js';

const files = { 'docs/SPEC.md': '# Spec\n## 1. Encodings\n', 'docs/security/README.md': '', LICENSE: '' };

describe('doc-links', () => {
  it.each(['docs/none.md', '../outside.md', 'docs/SPEC.md#nowhere', '/docs/SPEC.md', 'file:///etc/hosts', '#nowhere'])(
    'finds %s',
    (target) => {
      expect(places(docLinks, { ...files, 'README.md': `# Title\n\nSee [this](${target}).` })).toEqual(['README.md:3']);
    },
  );

  it.each([
    'docs/SPEC.md',
    'docs/SPEC.md#1-encodings',
    'docs/security/',
    'docs/security',
    './LICENSE',
    '#title',
    'https://example.org/a#b',
  ])('accepts %s', (target) => {
    expect(places(docLinks, { ...files, 'README.md': `# Title\n\nSee [this](${target}).` })).toEqual([]);
  });

  it('resolves from the folder of the document', () => {
    expect(places(docLinks, { ...files, 'docs/README.md': '[a](SPEC.md) [b](../LICENSE) [c](docs/SPEC.md)' })).toEqual([
      'docs/README.md:1',
    ]);
  });
});
