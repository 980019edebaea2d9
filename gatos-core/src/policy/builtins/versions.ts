/** Built-ins on versions. */
import { RuleFault } from './fault.js';
import { compareVersions, parseVersion, versionOf } from './semver.js';
import { satisfies } from './semver-range.js';
import { readingTexts } from './text.js';
import type { BuiltIn } from './work.js';

function versionNumber(text: string, part: 'major' | 'minor' | 'patch'): number {
  const digits = versionOf(text)[part];
  const value = Number(digits);
  if (!Number.isSafeInteger(value))
    throw new RuleFault('policy/overflow', `\`${digits}\` of a version leaves ±(2^53-1)`);
  return value;
}

export const SEMVER_IMPLEMENTATIONS: Readonly<Record<string, BuiltIn>> = {
  'semver.valid': readingTexts(([version]) => parseVersion(version as string) !== null),
  'semver.compare': readingTexts(([a, b]) =>
    Math.sign(compareVersions(versionOf(a as string), versionOf(b as string))),
  ),
  'semver.satisfies': readingTexts(([version, range]) => satisfies(versionOf(version as string), range as string)),
  'semver.major': readingTexts(([version]) => versionNumber(version as string, 'major')),
  'semver.minor': readingTexts(([version]) => versionNumber(version as string, 'minor')),
  'semver.patch': readingTexts(([version]) => versionNumber(version as string, 'patch')),
};
