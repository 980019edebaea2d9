import type { Val } from '../builtins/index.js';

/** Variables by slot; undefined where none is bound yet. */
export type Env = (Val | undefined)[];
