import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { changelog } from './changelog.js';

describe('changelog', () => {
  it('accepts an entry under Unreleased', () => {
    expect(places(changelog, { 'CHANGELOG.md': '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- a thing\n' })).toEqual(
      [],
    );
  });

  it.each(['', '# Changelog\n', '## [Unreleased]\n\n## [0.1.0]\n\n- a thing\n', '```\n## [Unreleased]\n- a\n```\n'])(
    'finds %j',
    (text) => {
      expect(places(changelog, { 'CHANGELOG.md': text })).toEqual(['CHANGELOG.md']);
    },
  );

  it('finds a missing file', () => {
    expect(places(changelog, {})).toEqual(['CHANGELOG.md']);
  });
});
