/**
 * Versions and their precedence (semver.org 2.0.0, sections 2, 9, 10 and 11). Numbers are texts of digits throughout, so
 * that none is too large.
 */
import { compareText, LIMITS } from '../../kernel/index.js';
import { RuleFault } from './fault.js';

export interface Version {
  readonly major: string;
  readonly minor: string;
  readonly patch: string;
  /** Empty for a release. */
  readonly prerelease: readonly string[];
}

const NUMBER = '(0|[1-9][0-9]*)';
const CORE = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}$`);
const NUMERIC = /^[0-9]+$/;
const IDENTIFIER = /^[0-9A-Za-z-]+$/;
const LEADING_ZERO = /^0[0-9]+$/;

/** Null: the identifiers after `-` or `+` are malformed. */
function identifiers(text: string, isBuild: boolean): readonly string[] | null {
  const parts = text.split('.');
  const fine = parts.every((part) => IDENTIFIER.test(part) && (isBuild || !LEADING_ZERO.test(part)));
  return fine ? parts : null;
}

/** Null when the text is no version. */
export function parseVersion(text: string): Version | null {
  if (text.length > LIMITS.policyVersionUnits) return null;
  const plus = text.indexOf('+');
  if (plus >= 0 && identifiers(text.slice(plus + 1), true) === null) return null;
  const rest = plus >= 0 ? text.slice(0, plus) : text;
  const dash = rest.indexOf('-');
  const prerelease = dash >= 0 ? identifiers(rest.slice(dash + 1), false) : [];
  const core = CORE.exec(dash >= 0 ? rest.slice(0, dash) : rest);
  if (core === null || prerelease === null) return null;
  const [major, minor, patch] = core.slice(1) as [string, string, string];
  return { major, minor, patch, prerelease };
}

/** Throws `policy/semver` when the text is no version. */
export function versionOf(text: string): Version {
  const version = parseVersion(text);
  if (version === null) throw new RuleFault('policy/semver', `\`${text.slice(0, 100)}\` is no version`);
  return version;
}

export function compareNumbers(a: string, b: string): number {
  return a.length === b.length ? compareText(a, b) : a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [NUMERIC.test(a), NUMERIC.test(b)];
  if (isNumber && isOtherNumber) return compareNumbers(a, b);
  // Numbers come before names.
  return isNumber === isOtherNumber ? compareText(a, b) : isNumber ? -1 : 1;
}

export function compareCores(a: Version, b: Version): number {
  return compareNumbers(a.major, b.major) || compareNumbers(a.minor, b.minor) || compareNumbers(a.patch, b.patch);
}

/** By precedence: build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  const cores = compareCores(a, b);
  if (cores !== 0) return cores;
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  const shared = Math.min(a.prerelease.length, b.prerelease.length);
  for (let i = 0; i < shared; i++) {
    const difference = compareIdentifiers(a.prerelease[i] as string, b.prerelease[i] as string);
    if (difference !== 0) return difference;
  }
  return a.prerelease.length - b.prerelease.length;
}
