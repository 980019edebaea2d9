/** The meanings of all record kinds, in one table. */
import { EFFECTS } from './effects.js';
import { FOUNDATION } from './foundation.js';
import { LAW } from './law.js';
import type { KindMeaning } from './meaning.js';
import { WORK } from './work.js';

export { type KindMeaning, meaningOf } from './meaning.js';
export { STRUCT_MEANINGS } from './structs.js';

export const MEANINGS: ReadonlyMap<string, KindMeaning> = new Map(
  Object.entries({ ...FOUNDATION, ...LAW, ...WORK, ...EFFECTS }),
);
