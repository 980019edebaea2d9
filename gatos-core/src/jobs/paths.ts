/** Paths of files that a job takes and gives: relative, plain, the same on every machine. */
import { entryNameFault } from '../git/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';

/** What would end a line: paths are shown in terminals and in lists. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

/** Why this cannot be the path of a file of a job, or undefined when it can. Whatever passes is taken by every record and every tree. */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (!path.isWellFormed()) return 'has a lone surrogate';
  if (path.startsWith('\ufeff')) return 'starts with U+FEFF';
  if (CONTROL.test(path)) return 'has a control character or a line end';
  if (path.startsWith('/')) return 'is not relative';
  if (path.includes('\\')) return 'has a backslash, which is a separator on some machines';
  if (utf8(path).length > LIMITS.attachmentPathBytes) return `is longer than ${LIMITS.attachmentPathBytes} bytes`;
  const parts = path.split('/');
  // The folder that it is put in by the record that lists it is one more.
  if (parts.length > LIMITS.treeFolders) return `is nested deeper than ${LIMITS.treeFolders - 1} folders`;
  for (const part of parts) {
    const why = componentFault(part);
    if (why !== undefined) return why;
  }
  return undefined;
}

function componentFault(part: string): string | undefined {
  if (part === '' || part === '.' || part === '..') return `has the component \`${part}\``;
  if (utf8(part).length > LIMITS.fileNameBytes) return `has a component of more than ${LIMITS.fileNameBytes} bytes`;
  // What git, or git on another file system, takes for its own folder.
  return entryNameFault(part) === null ? undefined : 'goes through `.git`, or what some machine takes for it';
}

/**
 * Why these cannot be the paths of one set of files, each given once, or undefined when they can: what is a file is no folder. At most
 * one finding.
 */
export function nestingFault(paths: Iterable<string>): string | undefined {
  const files = new Set(paths);
  for (const path of files) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      if (files.has(folder)) return `has \`${path}\` below \`${folder}\`, which is a file`;
    }
  }
  return undefined;
}
