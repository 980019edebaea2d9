import { describe, expect, it } from 'vitest';
import { places } from '../probe.js';
import { privateWords } from './private-words.js';

const path = ['', 'work', 'main'].join('/');
const tool = ['farm', 'bench'].join('-');

describe('private-words', () => {
  it('finds them in documents, code, comments and scripts', () => {
    for (const file of ['README.md', 'docs/SPEC.md', 'gatosd/src/a.ts', 'tools/run.sh', '.ci/run']) {
      expect(places(privateWords, { [file]: `fine\nsee ${path}` }), file).toEqual([`${file}:2`]);
      expect(places(privateWords, { [file]: `run ${tool}` }), file).toEqual([`${file}:1`]);
    }
  });

  it('accepts words that only look alike', () => {
    expect(
      places(privateWords, {
        'README.md': 'a framework/plan, a platform-neutral path, src/work/plan.ts, ../work/plan.ts',
      }),
    ).toEqual([]);
  });
});
