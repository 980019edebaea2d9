/** Which names a ref may have: git-check-ref-format(1) for full names, and nothing that one of our adapters cannot tell apart. */
import { gitError } from './errors.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the rule is about
const FORBIDDEN = /[\u0000-\u0020\u007f~^:?*[\\]/;
// The plain case, so that one test settles nearly every name
const PLAIN = /^refs\/[0-9A-Za-z_-][0-9A-Za-z_+=,-]*(?:\/[0-9A-Za-z_-][0-9A-Za-z_+=,-]*)*$/;
/** HEAD and its kin live beside `refs/`: capitals and `_` only. */
const PSEUDO = /^[A-Z][A-Z_]*$/;

/** Throws `git/ref-name` unless `name` is a valid full ref name that starts with `refs/`. */
export function checkRefName(name: string): void {
  const why = refNameFault(name);
  if (why !== null) throw gitError('ref-name', { ref: name, why });
}

/** As `checkRefName`, and `HEAD` and other names of capitals pass too: such names can be read but never written. */
export function checkReadableRefName(name: string): void {
  if (!PSEUDO.test(name)) checkRefName(name);
}

/** What is wrong with a ref name, or null. Source: git-check-ref-format(1), rules 1 to 10. */
export function refNameFault(name: string): string | null {
  if (PLAIN.test(name)) return null;
  if (!name.startsWith('refs/')) return 'it does not start with `refs/`';
  if (!name.isWellFormed() || name.includes('\ufffd')) return 'it is not well-formed Unicode';
  if (FORBIDDEN.test(name)) return 'it holds a space, a control character or one of ~ ^ : ? * [ \\';
  if (name.includes('..')) return 'it holds `..`';
  if (name.includes('@{')) return 'it holds `@{`';
  if (name.endsWith('.')) return 'it ends with a dot';
  for (const part of name.split('/')) {
    if (part === '') return 'it has an empty component';
    if (part.startsWith('.')) return 'a component starts with a dot';
    if (part.endsWith('.lock')) return 'a component ends with `.lock`';
  }
  return null;
}

/** Tells which refs a listing has: those below a prefix that ends in `/`, else the one of that name. */
export function prefixTest(prefix: string): (ref: string) => boolean {
  return prefix.endsWith('/') ? (ref) => ref.startsWith(prefix) : (ref) => ref === prefix;
}

/** Throws `git/ref-name` unless a listing prefix ends in `/` after a valid name or is a valid full name. */
export function checkRefPrefix(prefix: string): void {
  if (prefix === 'refs/') return;
  checkRefName(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
}
