import { describe, expect, it } from 'vitest';
import { growth } from './shrinking.js';

describe('growth of the list of long functions', () => {
  it('is a new entry or a raised length', () => {
    expect(growth({ a: 70 }, { a: 71, b: 61 })).toEqual(['`a`: 70 → 71', '`b`: not listed → 61']);
  });

  it('is not a removed entry or a lowered length', () => {
    expect(growth({ a: 70, b: 61 }, { a: 65 })).toEqual([]);
  });
});
