/** Signatures of the built-ins on globs, paths, versions and times. */
import { BOOL, INT, int, TEXT, TEXTS, text, texts } from './params.js';
import type { Signature } from './types.js';

const OFFSET = int('offset_minutes');

export const GLOB_PATH_BUILTINS: readonly Signature[] = [
  {
    name: 'glob.match',
    params: [text('pattern'), text('text')],
    result: { is: BOOL },
    cost: 'read',
    about: 'does the pattern fit the whole text?',
  },
  {
    name: 'glob.any',
    params: [texts('patterns'), text('text')],
    result: { is: BOOL },
    cost: 'read',
    about: 'does one of the patterns fit the whole text?',
  },
  {
    name: 'path.dir',
    params: [text('path')],
    result: { is: TEXT },
    cost: 'read',
    about: 'what stands before the last `/`; empty when there is none',
  },
  {
    name: 'path.base',
    params: [text('path')],
    result: { is: TEXT },
    cost: 'read',
    about: 'what stands after the last `/`',
  },
  {
    name: 'path.ext',
    params: [text('path')],
    result: { is: TEXT },
    cost: 'read',
    about: 'of the base, from its last `.` on; empty when it has none or begins with its only one',
  },
  {
    name: 'path.within',
    params: [text('folder'), text('path')],
    result: { is: BOOL },
    cost: 'read',
    about: 'is `path` the folder or in it?',
  },
  { name: 'path.depth', params: [text('path')], result: { is: INT }, cost: 'read', about: 'number of segments' },
  {
    name: 'path.segments',
    params: [text('path')],
    result: { is: TEXTS },
    cost: 'read',
    about: 'names between slashes',
  },
];

export const SEMVER_BUILTINS: readonly Signature[] = [
  {
    name: 'semver.valid',
    params: [text('version')],
    result: { is: BOOL },
    cost: 'read',
    about: 'is it a version of semver.org 2.0.0?',
  },
  {
    name: 'semver.compare',
    params: [text('a'), text('b')],
    result: { is: INT },
    cost: 'read',
    about: '-1, 0 or 1 by precedence; an error unless both are versions',
  },
  {
    name: 'semver.satisfies',
    params: [text('version'), text('range')],
    result: { is: BOOL },
    cost: 'read',
    about: 'is the version in the range?',
  },
  {
    name: 'semver.major',
    params: [text('version')],
    result: { is: INT },
    cost: 'read',
    about: 'first number of the version',
  },
  {
    name: 'semver.minor',
    params: [text('version')],
    result: { is: INT },
    cost: 'read',
    about: 'second number of the version',
  },
  {
    name: 'semver.patch',
    params: [text('version')],
    result: { is: INT },
    cost: 'read',
    about: 'third number of the version',
  },
];

export const TIME_BUILTINS: readonly Signature[] = [
  {
    name: 'time.between',
    params: [int('t'), int('from'), int('to')],
    result: { is: BOOL },
    cost: 'one',
    about: 'from <= t < to',
  },
  {
    name: 'time.weekday',
    params: [int('t'), OFFSET],
    result: { is: INT },
    cost: 'one',
    about: '1 Monday to 7 Sunday, where clocks are that far ahead of UTC',
  },
  {
    name: 'time.hour',
    params: [int('t'), OFFSET],
    result: { is: INT },
    cost: 'one',
    about: '0 to 23, where clocks are that far ahead of UTC',
  },
  {
    name: 'time.date',
    params: [int('t'), OFFSET],
    result: { is: TEXT },
    cost: 'one',
    about: '`2026-11-20`, where clocks are that far ahead of UTC',
  },
  {
    name: 'time.parse',
    params: [text('text')],
    result: { is: INT },
    cost: 'read',
    about: 'microseconds since the epoch of an RFC 3339 time in UTC; an error when it is none',
  },
  { name: 'time.format', params: [int('t')], result: { is: TEXT }, cost: 'one', about: 'RFC 3339 in UTC' },
];
