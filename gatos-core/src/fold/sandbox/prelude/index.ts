/** The prelude as one script. It evaluates to the tools that the script of the fold is given. */
import { LIMITS } from '../../../kernel/index.js';
import { ARRAYS } from './arrays.js';
import { CAPTURES } from './captures.js';
import { COLLECTIONS } from './collections.js';
import { FREEZE } from './freeze.js';
import { JSON_TEXT } from './json.js';
import { NUMBERS } from './numbers.js';
import { OBJECTS } from './objects.js';
import { STATE } from './state.js';
import { STRINGS } from './strings.js';

const BOUNDS = `
const DEPTH = ${LIMITS.depth};
const VALUES = ${LIMITS.foldStateValues};
`;

const TOOLS = `
return {
  meter(fn) { charge = fn; },
  hasAccessors() { accessors = true; },
  spread, listed, rest, check, describe,
};
`;

const PARTS = [CAPTURES, BOUNDS, ARRAYS, STRINGS, NUMBERS, OBJECTS, COLLECTIONS, JSON_TEXT, STATE, FREEZE, TOOLS];

export const PRELUDE = `(function () {\n'use strict';\n${PARTS.join('')}})()`;
