/** Paths of files that a job takes and gives: relative, plain, the same on every machine. */
import { LIMITS, utf8 } from '../kernel/index.js';

/** Why this cannot be the path of a file of a job, or undefined when it can. */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (!path.isWellFormed()) return 'has a lone surrogate';
  if (path.startsWith('/')) return 'is not relative';
  if (path.includes('\\')) return 'has a backslash, which is a separator on some machines';
  const parts = path.split('/');
  if (parts.length > LIMITS.treeFolders - 1) return `is nested deeper than ${LIMITS.treeFolders - 1} folders`;
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') return `has the component \`${part}\``;
    if (part.toLowerCase() === '.git') return 'goes through `.git`';
    if (utf8(part).length > 255) return 'has a component of more than 255 bytes';
  }
  return undefined;
}
