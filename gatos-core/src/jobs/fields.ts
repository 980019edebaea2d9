/** Fields that records of jobs have in common. */
import { s } from '../codec/index.js';
import { compareText, LIMITS } from '../kernel/index.js';
import { nestingFault, pathFault } from './paths.js';

export const COUNT = s.int({ min: 0, max: Number.MAX_SAFE_INTEGER });
export const DIGEST = s.bytes({ length: 32 });
// They are shown in terminals and in commit messages.
const LINE = /^[^\p{Cc}\u2028\u2029]*$/u;
export const line = (maxBytes: number) => s.text({ maxBytes, pattern: LINE, form: 'text without control characters' });
/** Whatever a process can be given, so no U+0000. */
export const ARGUMENT = s.text({ maxBytes: LIMITS.jobArgumentBytes, pattern: /^[^\0]*$/, form: 'text without U+0000' });
export const VARIABLE = s.text({
  maxBytes: LIMITS.nameBytes,
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  form: 'a variable name',
});
export const PATH = s.refine(line(LIMITS.attachmentPathBytes), pathFault);

const ULID_LENGTH = 26;
export const ULID = s.text({ maxBytes: ULID_LENGTH, pattern: /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, form: 'a ulid' });

/** Each once, in the order of their bytes: one set of files has one form. */
export function inOrder<T>(name: (item: T) => string): (items: readonly T[]) => string | undefined {
  return (items) => {
    for (let i = 1; i < items.length; i++) {
      const [before, here] = [name(items[i - 1] as T), name(items[i] as T)];
      if (before === here) return `names \`${here}\` twice`;
      if (compareText(before, here) > 0) return `has \`${here}\` after \`${before}\`: sort by bytes`;
    }
    return undefined;
  };
}

/** As `inOrder`, of files: what is a file is no folder. */
export function fileSet<T>(path: (item: T) => string): (items: readonly T[]) => string | undefined {
  const order = inOrder(path);
  return (items) => order(items) ?? nestingFault(items.map(path));
}
