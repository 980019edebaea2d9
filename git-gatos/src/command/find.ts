/** From argv to the command it names. Global options may stand before each of the words. */
import { cliError } from '../errors.js';
import { GLOBAL_OPTIONS, longName } from './globals.js';
import type { Entry, Group, OptionSpec, Table } from './spec.js';
import { suggest } from './suggest.js';

export type Found =
  | { readonly what: 'command'; readonly entry: Entry; readonly path: string; readonly argv: readonly string[] }
  /** No word, or `fold` without the second word. */
  | {
      readonly what: 'incomplete';
      readonly group: Group | undefined;
      readonly path: string;
      readonly argv: readonly string[];
    };

export const ROOT = 'git gatos';

export function isGroup(entry: Entry | Group): entry is Group {
  return 'commands' in entry;
}

export function entriesOf(table: Table): (Entry | Group)[] {
  return table.flatMap((section) => section.entries);
}

/** How many of the first words are global options and their values. */
function countGlobals(argv: readonly string[]): number {
  let at = 0;
  while (at < argv.length) {
    const word = argv[at] as string;
    if (!word.startsWith('-') || word === '-') return at;
    if (word === '--') return at;
    at += takesNext(word) ? 2 : 1;
  }
  return Math.min(at, argv.length);
}

function takesNext(word: string): boolean {
  const specs: [string, OptionSpec][] = Object.entries(GLOBAL_OPTIONS);
  if (word.startsWith('--')) {
    return specs.some(([key, spec]) => spec.kind !== 'flag' && `--${longName(key)}` === word);
  }
  const letter = word.at(-1);
  const isLast = (spec: OptionSpec): boolean => spec.kind !== 'flag' && spec.short === letter;
  // In `-qC` the value follows; in `-Cdir` it does not, and the first letter that takes a value ends the group.
  const firstTaking = [...word.slice(1)].findIndex((l) =>
    specs.some(([, spec]) => spec.kind !== 'flag' && spec.short === l),
  );
  return specs.some(([, spec]) => isLast(spec)) && firstTaking === word.length - 2;
}

/** Throws `cli/unknown-command`. */
export function findCommand(table: Table, argv: readonly string[]): Found {
  let entries = entriesOf(table);
  let path = ROOT;
  let group: Group | undefined;
  let before: readonly string[] = [];
  let rest = argv;
  for (;;) {
    const globals = countGlobals(rest);
    before = [...before, ...rest.slice(0, globals)];
    rest = rest.slice(globals);
    const word = rest[0];
    const found = word === '--' ? undefined : entries.find((entry) => entry.name === word);
    if (found === undefined && group?.alone !== undefined)
      return { what: 'command', entry: group.alone, path, argv: [...before, ...rest] };
    if (word === undefined || word === '--') return { what: 'incomplete', group, path, argv: [...before, ...rest] };
    if (found === undefined) {
      const known = entries.filter((entry) => !('hidden' in entry)).map((entry) => entry.name);
      throw cliError('unknown-command', { command: path, name: word, suggestion: suggestFor(word, known, path) });
    }
    path = `${path} ${word}`;
    rest = rest.slice(1);
    if (!isGroup(found)) return { what: 'command', entry: found, path, argv: [...before, ...rest] };
    group = found;
    entries = [...found.commands];
  }
}

function suggestFor(word: string, known: readonly string[], path: string): string | undefined {
  const near = suggest(word, known);
  return near === undefined ? undefined : `${path} ${near}`;
}

/** The listed entries under one group, or at the top. */
export function listed(entries: readonly (Entry | Group)[]): (Entry | Group)[] {
  return entries.filter((entry) => !('hidden' in entry));
}

/** Looks up `fold run` and the like by words alone. */
export function lookUp(table: Table, words: readonly string[]): Entry | Group | undefined {
  let entries: readonly (Entry | Group)[] = entriesOf(table);
  let found: Entry | Group | undefined;
  for (const word of words) {
    found = entries.find((entry) => entry.name === word);
    if (found === undefined) return undefined;
    entries = isGroup(found) ? found.commands : [];
  }
  return found;
}
