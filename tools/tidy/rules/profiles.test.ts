import { describe, expect, it } from 'vitest';
import { words } from '../probe.js';
import { profiles } from './profiles.js';

const schema = {
  required: ['name', 'seal', 'skew'],
  properties: {
    name: { type: 'string', pattern: '^[a-z]+$' },
    seal: { type: 'boolean' },
    proof: { enum: ['required', 'optional'] },
    skew: { type: 'integer', minimum: 0, maximum: 10 },
  },
};
const plant = (over: object): Record<string, string> => ({
  'profiles/profile.schema.json': JSON.stringify(schema),
  'profiles/profile.a.json': JSON.stringify({ name: 'a', seal: true, proof: 'required', skew: 5, ...over }),
});

describe('profiles', () => {
  it('accepts a profile that fits', () => {
    expect(words(profiles, plant({}))).toEqual([]);
  });

  it.each([
    ['a missing field', { seal: undefined }, 'no `seal`'],
    ['an unknown field', { colour: 'red' }, 'the unknown field `colour`'],
    ['another type', { seal: 'yes' }, '`seal` is "yes"'],
    ['a value that is not listed', { proof: 'maybe' }, '`proof` is "maybe"'],
    ['a number out of range', { skew: 11 }, '`skew` is 11'],
    ['a number below the range', { skew: -1 }, '`skew` is -1'],
    ['a fraction', { skew: 0.5 }, '`skew` is 0.5'],
    ['a name unlike the file', { name: 'b' }, 'the name `b`'],
    ['a name that breaks the pattern', { name: 'A' }, '`name` is "A"'],
  ])('finds %s', (_what, over, found) => {
    expect(words(profiles, plant(over))[0]).toContain(found);
  });

  it('finds profiles without a schema', () => {
    expect(words(profiles, { 'profiles/profile.a.json': '{}' })[0]).toContain('no schema');
  });
});
