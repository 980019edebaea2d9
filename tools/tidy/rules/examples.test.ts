import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { examples } from './examples.js';

const sound = { 'examples/a/README.md': 'Run `node examples/a/run.mjs`.', 'examples/a/run.mjs': '' };

describe('examples', () => {
  it('accepts a README that names its runner', () => {
    expect(places(examples, { ...sound, 'examples/README.md': '' })).toEqual([]);
  });

  it('finds a missing runner, a missing README and a README that does not name the command', () => {
    expect(places(examples, { 'examples/a/README.md': '' })).toEqual(['examples/a']);
    expect(places(examples, { 'examples/a/run.sh': '' })).toEqual(['examples/a']);
    expect(places(examples, { ...sound, 'examples/a/README.md': 'Try it.' })).toEqual(['examples/a/README.md']);
  });
});
