import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { citations } from './citations.js';

const docs = {
  'docs/SPEC.md': '## 2 Formats\n### 2.3 Envelope\n',
  'docs/TECH-SPEC.md': '### 1.6 Ports\n',
  'spec/adr/0006-trust.md': '',
};
const at = 'gatosd/src/a.ts';

describe('citations', () => {
  it.each([
    '// design 2.4',
    '/** As the rules say (design 1.6, 2.4). */',
    '// spec 9.9',
    '// ADR-0007',
    '// see ADR 0007',
  ])('finds %s', (text) => {
    expect(places(citations, { ...docs, [at]: text })).toEqual([`${at}:1`]);
  });

  it.each([
    '// design 2.3',
    '/** design 1.6, 2.3 and ADR-0006 */',
    '// ADR 0006',
    '// RFC 8949 section 4.2',
    "const a = 'design 9.9';",
  ])('accepts %s', (text) => {
    expect(places(citations, { ...docs, [at]: text })).toEqual([]);
  });

  it('reads what vectors require', () => {
    const file = 'conformance/vectors/codec/a.json';
    const vector = (requirement: string): string => `[\n{"id": "a", "requirement": "${requirement}"}\n]`;
    expect(places(citations, { ...docs, [file]: vector('2.3 actor') })).toEqual([]);
    expect(places(citations, { ...docs, [file]: vector('2.9 else') })).toEqual([`${file}:2`]);
    expect(places(citations, { ...docs, [file]: vector('RFC 3339 5.6, SPEC 2.9') })).toEqual([`${file}:2`]);
    expect(places(citations, { ...docs, [file]: vector('RFC 8949 3.1') })).toEqual([]);
  });
});
