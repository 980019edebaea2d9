import { describe, expect, it } from 'vitest';
import { places, words } from '../probe.js';
import { versions } from './versions.js';

const manifest = (over: object = {}): string =>
  JSON.stringify({ version: '0.1.0', license: 'Apache-2.0', engines: { node: '>=20.19' }, ...over });
const lock = (version: string): string =>
  JSON.stringify({ packages: { '': { version: '0.1.0' }, gatosd: { version } } });
const files = {
  'package.json': manifest(),
  'gatosd/package.json': manifest({ dependencies: { 'gatos-core': '0.1.0', a: '3.0.0' } }),
};

describe('versions', () => {
  it('accepts one version everywhere', () => {
    expect(places(versions, { ...files, 'package-lock.json': lock('0.1.0') })).toEqual([]);
  });

  it.each([
    ['version', { version: '0.2.0' }],
    ['license', { license: 'MIT' }],
    ['engines.node', { engines: {} }],
    ['gatos-core', { dependencies: { 'gatos-core': '0.0.9' } }],
  ])('finds another %s', (field, over) => {
    expect(words(versions, { ...files, 'gatosd/package.json': manifest(over) })).toEqual([
      expect.stringContaining(field),
    ]);
  });

  it('finds a lock that lags behind', () => {
    expect(places(versions, { ...files, 'package-lock.json': lock('0.0.9') })).toEqual(['package-lock.json']);
  });
});
