/**
 * Ranges of versions: comparators (`>=1.2`, `<2`, `=1.2.3`, `^1.2.3`, `~1.2`, `1.x`, `*`) with spaces between hold together,
 * `||` stands between alternatives. A part that is left out or `x` is any. A prerelease is in a range only where one of
 * the comparators names a prerelease of the same major.minor.patch (as npm's semver has it), so that `>=1.0.0` does not
 * let `2.0.0-alpha` in.
 */
import { LIMITS } from '../../kernel/index.js';
import { RuleFault } from './fault.js';
import { compareCores, compareVersions, parseVersion, type Version } from './semver.js';

interface Bound {
  readonly op: '>=' | '>' | '<' | '<=' | '=';
  readonly version: Version;
}

/** Of a comparator: null parts are any. */
interface Partial {
  readonly major: string | null;
  readonly minor: string | null;
  readonly patch: string | null;
  readonly prerelease: readonly string[];
}

const COMPARATOR = /^(>=|<=|>|<|=|\^|~)?(.*)$/;
const ANY_PART = new Set(['x', 'X', '*']);
const PART = /^(0|[1-9][0-9]*)$/;
/** The prerelease before all others, so that `<2.0.0-0` leaves out the prereleases of 2.0.0 too. */
const LOWEST = ['0'];

function refused(range: string, why: string): RuleFault {
  return new RuleFault('policy/semver', `the range \`${range.slice(0, 100)}\` is malformed: ${why}`);
}

function parsePartial(text: string, range: string): Partial {
  const whole = parseVersion(text);
  if (whole !== null) return whole;
  const parts = text.split('.');
  if (text === '' || parts.length > 3) throw refused(range, `\`${text}\` is no version and no part of one`);
  const read = parts.map((part) => {
    if (ANY_PART.has(part)) return null;
    if (!PART.test(part)) throw refused(range, `\`${text}\` is no version and no part of one`);
    return part;
  });
  const [major = null, minor = null, patch = null] = read;
  if (major === null || minor === null) return { major, minor: null, patch: null, prerelease: [] };
  return { major, minor, patch, prerelease: [] };
}

function floor(p: Partial): Version {
  return { major: p.major ?? '0', minor: p.minor ?? '0', patch: p.patch ?? '0', prerelease: p.prerelease };
}

const plusOne = (digits: string): string => String(BigInt(digits) + 1n);

/** The first version after all that begin with the parts that are given. Null: there is none. */
function ceiling(p: Partial): Version | null {
  if (p.major === null) return null;
  if (p.minor === null) return { major: plusOne(p.major), minor: '0', patch: '0', prerelease: LOWEST };
  return { major: p.major, minor: plusOne(p.minor), patch: '0', prerelease: LOWEST };
}

function caretCeiling(p: Partial): Version | null {
  if (p.major === null) return null;
  if (p.major !== '0' || p.minor === null) return ceiling({ ...p, minor: null });
  if (p.minor !== '0' || p.patch === null) return ceiling({ ...p, patch: null });
  return { major: '0', minor: '0', patch: plusOne(p.patch), prerelease: LOWEST };
}

const below = (version: Version | null): readonly Bound[] => (version === null ? [] : [{ op: '<', version }]);
const NOTHING: readonly Bound[] = [{ op: '<', version: { major: '0', minor: '0', patch: '0', prerelease: LOWEST } }];

function boundsOf(op: string | undefined, p: Partial): readonly Bound[] {
  const isWhole = p.patch !== null;
  const least: Bound = { op: '>=', version: floor(p) };
  switch (op) {
    case '^':
      return [least, ...below(caretCeiling(p))];
    case '~':
      return [least, ...below(ceiling(p))];
    case '>=':
      return [least];
    case '<':
      return p.major === null
        ? NOTHING
        : [{ op: '<', version: isWhole ? floor(p) : { ...floor(p), prerelease: LOWEST } }];
    case '>': {
      if (isWhole) return [{ op: '>', version: floor(p) }];
      const next = ceiling(p);
      return next === null ? NOTHING : [{ op: '>=', version: { ...next, prerelease: [] } }];
    }
    case '<=':
      return isWhole ? [{ op: '<=', version: floor(p) }] : below(ceiling(p));
    default:
      return isWhole ? [{ op: '=', version: floor(p) }] : [least, ...below(ceiling(p))];
  }
}

function holds(bound: Bound, version: Version): boolean {
  const order = compareVersions(version, bound.version);
  switch (bound.op) {
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
  }
}

/** Is the version in the range? Throws `policy/semver` when the range is malformed. */
export function satisfies(version: Version, range: string): boolean {
  if (range.length > LIMITS.policyVersionUnits) throw refused(range, 'it is too long');
  // All of it is read, so that a malformed alternative is an error wherever it stands.
  const alternatives = range.split('||').map((alternative) => {
    // An operator may stand apart from its version.
    const parts = alternative.replace(/(>=|<=|>|<|=|\^|~) +/g, '$1').split(' ');
    const named: Version[] = [];
    const bounds = parts
      .filter((part) => part !== '')
      .flatMap((part) => {
        const [, op, text] = COMPARATOR.exec(part) ?? [];
        const partial = parsePartial(text ?? '', range);
        if (partial.prerelease.length > 0) named.push(floor(partial));
        return boundsOf(op, partial);
      });
    if (bounds.length === 0) throw refused(range, 'an alternative is empty');
    return { bounds, named };
  });
  return alternatives.some(
    ({ bounds, named }) =>
      (version.prerelease.length === 0 || named.some((each) => compareCores(each, version) === 0)) &&
      bounds.every((bound) => holds(bound, version)),
  );
}
