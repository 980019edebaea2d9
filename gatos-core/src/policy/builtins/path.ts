/** Built-ins on paths: texts with `/` between segments, as git writes them. Nothing is resolved; `.` and `..` are names. */

import { spendUnits } from './text.js';
import type { ListVal } from './value.js';
import type { BuiltIn, Work } from './work.js';

const base = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

function extension(path: string): string {
  const name = base(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot);
}

function isWithin(folder: string, path: string): boolean {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return folder === '' || path === folder || path.startsWith(prefix);
}

const segments = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '');

const onPath =
  (built: (path: string) => string | number): BuiltIn =>
  ([path], work) => {
    spendUnits(work, (path as string).length);
    return built(path as string);
  };

/** Gas: the pattern when it is new to the run, the text, and the steps of the automaton that no text before has taken. */
function globMatches(pattern: string, text: string, work: Work): boolean {
  if (!work.globs.has(pattern)) work.spend(pattern.length);
  spendUnits(work, text.length);
  return work.globs.get(pattern).matches(text, (gas) => work.spend(gas));
}

export const PATH_IMPLEMENTATIONS: Readonly<Record<string, BuiltIn>> = {
  'glob.match': ([pattern, text], work) => globMatches(pattern as string, text as string, work),
  'glob.any': ([patterns, text], work) =>
    ((patterns as ListVal).items as readonly string[]).some((pattern) => globMatches(pattern, text as string, work)),
  'path.dir': onPath((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))),
  'path.base': onPath(base),
  'path.ext': onPath(extension),
  'path.within': ([folder, path], work) => {
    spendUnits(work, (folder as string).length);
    return isWithin(folder as string, path as string);
  },
  'path.depth': onPath((path) => segments(path).length),
  'path.segments': ([path], work) => {
    spendUnits(work, (path as string).length);
    const parts = segments(path as string);
    work.spend(parts.length);
    return work.pool.list(parts);
  },
};
