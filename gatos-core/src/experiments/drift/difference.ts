/** One thing in which a reproduction departs from what was recorded. */
import { type Infer, s } from '../../codec/index.js';
import { LIMITS } from '../../kernel/index.js';

export const PLACES = ['input', 'program', 'environment', 'output'] as const;
/** In the order in which they are looked at: what comes earlier may explain what comes later. */
export type Place = (typeof PLACES)[number];

// They are shown in terminals; what a program or a path says stands here in its visible form.
const LINE = /^[^\p{Cc}\u2028\u2029]*$/u;
const line = (maxBytes: number) => s.text({ maxBytes, pattern: LINE, form: 'text without control characters' });

export const DIFFERENCE = s.struct({
  where: s.oneOf(PLACES),
  /** The job; null for what belongs to none, such as a state. */
  job: s.nullable(s.cid),
  /** A file by its path; `tool node`, `library lodash`, `os`, `variable LANG` …; `argument 2`, `file train.mjs` … */
  name: line(LIMITS.driftValueBytes),
  /** A CID, a digest or a value; null: there was none. */
  recorded: s.nullable(line(LIMITS.driftValueBytes)),
  reproduced: s.nullable(line(LIMITS.driftValueBytes)),
  /** What else there is to say, in one line; may be empty. */
  detail: line(LIMITS.driftDetailBytes),
});
export type Difference = Infer<typeof DIFFERENCE>;
