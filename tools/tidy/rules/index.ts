/** All house rules, in the order in which they are reported. */
import type { Rule } from '../rule.js';
import { adrs } from './adrs.js';
import { any } from './any.js';
import { bans } from './bans.js';
import { bounds } from './bounds.js';
import { changelog } from './changelog.js';
import { citations } from './citations.js';
import { deepImports } from './deep-imports.js';
import { defaultExports } from './default-exports.js';
import { dependencies } from './dependencies.js';
import { docLinks } from './doc-links.js';
import { errorText } from './error-text.js';
import { examples } from './examples.js';
import { exportStar } from './export-star.js';
import { fileCircles } from './file-circles.js';
import { fileLength } from './file-length.js';
import { functionLength } from './function-length.js';
import { leftovers } from './leftovers.js';
import { names } from './names.js';
import { packages } from './packages.js';
import { privateWords } from './private-words.js';
import { profiles } from './profiles.js';
import { publicApiSnapshot } from './public-api.js';
import { rings } from './rings.js';
import { vectors } from './vectors.js';
import { versions } from './versions.js';

export const RULES: readonly Rule[] = [
  packages,
  rings,
  deepImports,
  fileCircles,
  exportStar,
  defaultExports,
  publicApiSnapshot,
  bans,
  bounds,
  any,
  errorText,
  names,
  fileLength,
  functionLength,
  leftovers,
  privateWords,
  dependencies,
  versions,
  docLinks,
  citations,
  vectors,
  adrs,
  examples,
  changelog,
  profiles,
];

export { LONG_FUNCTIONS, type LongFunctions } from './function-length.js';
