/**
 * What may stand at the place of the last word. The shells' scripts ask this at every TAB, so that they hold no list that could
 * differ from the declarations.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Command,
  type CompletionSource,
  entriesOf,
  GLOBAL_OPTIONS,
  type Group,
  isGroup,
  listed,
  longName,
  type OptionSpec,
  type OptionSpecs,
  type PositionalSpec,
  type RestSpec,
  type Table,
} from '../command/index.js';
import { type Candidate, SOURCES } from './sources.js';

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What the shell adds of its own. */
  readonly also: 'files' | 'directories' | 'nothing';
}

export interface CompletionRequest {
  readonly table: Table;
  /** After `git gatos`; the last one is being typed and may be empty. */
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const NOTHING: Completion = { candidates: [], also: 'nothing' };

type Option = readonly [key: string, spec: OptionSpec];

function optionNamed(word: string, options: readonly Option[]): Option | undefined {
  if (word.startsWith('--')) return options.find(([key]) => `--${longName(key)}` === word);
  if (!/^-[^-]/.test(word)) return undefined;
  return options.find(([, spec]) => spec.short === word.at(-1));
}

const takesValue = (option: Option | undefined): boolean => option !== undefined && option[1].kind !== 'flag';

interface Place {
  /** Positionals before the last word, options and their values taken out. */
  readonly positionals: readonly string[];
  /** Keys of the options given before. */
  readonly given: ReadonlySet<string>;
  readonly directories: readonly string[];
  /** After `--`. */
  readonly literal: boolean;
}

function placeAfter(words: readonly string[], specs: OptionSpecs): Place {
  const options = Object.fromEntries(
    Object.entries(specs).map(([key, spec]) => [
      longName(key),
      {
        type: spec.kind === 'flag' ? ('boolean' as const) : ('string' as const),
        multiple: true as const,
        ...(spec.short === undefined ? {} : { short: spec.short }),
      },
    ]),
  );
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Set<string>();
  const positionals: string[] = [];
  const directories: string[] = [];
  let literal = false;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') literal = true;
    else if (token.kind === 'positional') positionals.push(token.value);
    else {
      given.add(token.name);
      if (token.name === 'directory' && token.value !== undefined) directories.push(token.value);
    }
  }
  return { positionals, given, directories, literal };
}

interface Located {
  readonly group: Group | undefined;
  readonly command: Command | undefined;
  /** The words before the last one that follow the command's name, and the global options before it. */
  readonly rest: readonly string[];
}

/** Follows the words as far as they name something; undefined when one names nothing. */
async function locate(table: Table, words: readonly string[]): Promise<Located | undefined> {
  const globals = Object.entries(GLOBAL_OPTIONS) as Option[];
  let entries = entriesOf(table);
  let group: Group | undefined;
  const before: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word.startsWith('-')) {
      before.push(word);
      if (takesValue(optionNamed(word, globals)) && i + 1 < words.length) before.push(words[++i] as string);
      continue;
    }
    const found = entries.find((entry) => entry.name === word);
    if (found === undefined) {
      if (group?.alone === undefined) return undefined;
      return { group: undefined, command: (await group.alone.load()).command, rest: [...before, ...words.slice(i)] };
    }
    if (!isGroup(found)) {
      return { group, command: (await found.load()).command, rest: [...before, ...words.slice(i + 1)] };
    }
    group = found;
    entries = [...found.commands];
  }
  const alone = group?.alone === undefined ? undefined : (await group.alone.load()).command;
  return { group, command: alone, rest: before };
}

function optionCandidates(specs: OptionSpecs, place: Place): Candidate[] {
  return Object.entries(specs)
    .filter(([key, spec]) => spec.kind === 'list' || !place.given.has(longName(key)))
    .map(([key, spec]) => ({ value: `--${longName(key)}`, summary: spec.summary }));
}

type Valued = Exclude<OptionSpec, { kind: 'flag' }> | PositionalSpec | RestSpec;

function sourceOf(spec: Valued): CompletionSource | undefined {
  if (spec.complete !== undefined) return spec.complete;
  const isPath = spec.kind === 'path' || ((spec.kind === 'list' || spec.kind === 'rest') && spec.of === 'path');
  return isPath ? 'files' : undefined;
}

/** The last item of a word with commas; those before it are not offered again. */
function itemsAfter(items: Readonly<Record<string, string>>, typed: string): Completion {
  const before = typed.slice(0, typed.lastIndexOf(',') + 1);
  const given = new Set(before.split(','));
  const left = Object.entries(items).filter(([name]) => !given.has(name));
  return { candidates: left.map(([name, summary]) => ({ value: `${before}${name}`, summary })), also: 'nothing' };
}

interface Typed {
  readonly place: Place;
  /** The value so far. */
  readonly typed: string;
}

async function valuesOf(
  spec: Valued,
  { place, typed }: Typed,
  { table, cwd, env }: CompletionRequest,
): Promise<Completion> {
  if (spec.kind === 'choice') return { candidates: spec.choices.map((value) => ({ value })), also: 'nothing' };
  if (spec.kind === 'list' && spec.items !== undefined) return itemsAfter(spec.items, typed);
  const source = sourceOf(spec);
  if (source === undefined) return NOTHING;
  if (source === 'files' || source === 'directories') return { candidates: [], also: source };
  const request = { table, env, cwd: resolve(cwd, ...place.directories), before: place.positionals };
  return { candidates: await SOURCES[source](request), also: 'nothing' };
}

function positionalAt(command: Command, index: number): PositionalSpec | RestSpec | undefined {
  const last = command.positionals.at(-1);
  return command.positionals[index] ?? (last?.kind === 'rest' ? last : undefined);
}

/** Candidates that start with `typed`. */
function narrowed({ candidates, also }: Completion, typed: string, prefix = ''): Completion {
  const full =
    prefix === '' ? candidates : candidates.map((candidate) => ({ ...candidate, value: prefix + candidate.value }));
  return { candidates: full.filter(({ value }) => value.startsWith(typed)), also };
}

async function completeAt(located: Located, request: CompletionRequest): Promise<Completion> {
  const { command, group, rest } = located;
  const specs: OptionSpecs = { ...command?.options, ...GLOBAL_OPTIONS };
  const options = Object.entries(specs);
  const typed = request.words.at(-1) ?? '';
  const place = placeAfter(rest, specs);
  const previous = rest.at(-1);
  if (!place.literal) {
    const pending = previous === undefined ? undefined : optionNamed(previous, options);
    if (pending !== undefined && pending[1].kind !== 'flag')
      return narrowed(await valuesOf(pending[1], { place, typed }, request), typed);
    const equals = typed.startsWith('--') ? typed.indexOf('=') : -1;
    if (equals > 0) {
      const option = optionNamed(typed.slice(0, equals), options);
      if (option === undefined || option[1].kind === 'flag') return NOTHING;
      const value = { place, typed: typed.slice(equals + 1) };
      return narrowed(await valuesOf(option[1], value, request), typed, typed.slice(0, equals + 1));
    }
    if (typed.startsWith('-')) return narrowed({ candidates: optionCandidates(specs, place), also: 'nothing' }, typed);
  }
  const below = group?.alone === undefined || place.given.size > 0 ? undefined : listed(group.commands);
  if (command !== undefined && below === undefined) {
    const spec = positionalAt(command, place.positionals.length);
    return spec === undefined ? NOTHING : narrowed(await valuesOf(spec, { place, typed }, request), typed);
  }
  const entries = below ?? listed(group?.commands ?? entriesOf(request.table));
  return narrowed(
    { candidates: entries.map(({ name, summary }) => ({ value: name, summary })), also: 'nothing' },
    typed,
  );
}

export async function complete(request: CompletionRequest): Promise<Completion> {
  const located = await locate(request.table, request.words.slice(0, -1));
  return located === undefined ? NOTHING : completeAt(located, request);
}

/** One candidate a line, its summary after a tab; the last line tells what the shell adds. Names with control characters are left out. */
export function formatCompletion({ candidates, also }: Completion): string[] {
  const lines = candidates.filter(({ value }) => !/\p{Cc}/u.test(value) && !value.startsWith(':'));
  return [...lines.map(({ value, summary }) => (summary === undefined ? value : `${value}\t${summary}`)), `:${also}`];
}
