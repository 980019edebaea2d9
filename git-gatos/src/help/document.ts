/**
 * What there is to say about a command, a group or the whole, as a document of sections. The terminal's help and the man pages
 * are two renderings of it, so neither can say what the other does not.
 */
import { EXIT, EXIT_MEANING, type ExitName } from 'gatos-core';
import {
  type Command,
  type Documentation,
  type Entry,
  GLOBAL_OPTIONS,
  type Group,
  listed,
  longName,
  type OptionSpec,
  type OptionSpecs,
  type PositionalSpec,
  type RestSpec,
  ROOT,
  type Table,
} from '../command/index.js';
import { ABOUT, ENVIRONMENT, FILES } from './facts.js';

/** Text may hold `code` in backticks. */
export type Block =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'verbatim'; readonly lines: readonly string[] }
  /** Terms with their explanation; a term is literal but for `<placeholders>`. */
  | { readonly kind: 'definitions'; readonly items: readonly { readonly term: string; readonly text: string }[] }
  /** The command's words, and what follows them. */
  | { readonly kind: 'usage'; readonly command: string; readonly parts: readonly string[] };

export interface DocumentSection {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface HelpDocument {
  /** `git gatos fold run`. */
  readonly path: string;
  readonly summary: string;
  readonly sections: readonly DocumentSection[];
}

const paragraph = (text: string): Block => ({ kind: 'paragraph', text });
const definitions = (items: readonly (readonly [string, string])[]): Block => ({
  kind: 'definitions',
  items: items.map(([term, text]) => ({ term, text })),
});

function placeholderOf(spec: Exclude<OptionSpec, { kind: 'flag' }> | PositionalSpec, key: string): string {
  if (spec.placeholder !== undefined) return spec.placeholder;
  if (spec.kind === 'choice') return spec.choices.join('|');
  if (spec.kind === 'json') return 'json|-|@file';
  if (spec.kind === 'int') return 'n';
  return spec.kind === 'list' || spec.kind === 'text' || spec.kind === 'parsed' ? longName(key) : spec.kind;
}

function optionForm(key: string, spec: OptionSpec): string {
  const name = `--${longName(key)}`;
  return spec.kind === 'flag' ? name : `${name} <${placeholderOf(spec, key)}>`;
}

function positionalForm(spec: PositionalSpec | RestSpec): string {
  if (spec.kind !== 'rest') return spec.optional ? `[<${spec.name}>]` : `<${spec.name}>`;
  return (spec.min ?? 0) > 0 ? `<${spec.name}>…` : `[<${spec.name}>…]`;
}

const isRequired = (spec: OptionSpec): boolean => 'required' in spec && spec.required === true;

/** What follows the command's words: required options first, then the others, then the positionals. */
function usageParts(command: Command): string[] {
  const options = Object.entries(command.options);
  const required = options.filter(([, spec]) => isRequired(spec)).map(([key, spec]) => optionForm(key, spec));
  const others = options
    .filter(([, spec]) => !isRequired(spec))
    .map(([key, spec]) => `[${optionForm(key, spec)}]${spec.kind === 'list' ? '…' : ''}`);
  return [...required, ...others, ...command.positionals.map(positionalForm)];
}

function optionItem([key, spec]: [string, OptionSpec]): [string, string] {
  const term = `${spec.short === undefined ? '' : `-${spec.short}, `}${optionForm(key, spec)}`;
  const notes: string[] = [];
  if (isRequired(spec)) notes.push('required');
  if (spec.kind === 'list') notes.push('may be repeated');
  if (spec.kind === 'choice' && spec.placeholder !== undefined) notes.push(`one of ${spec.choices.join(', ')}`);
  // An empty text is nothing that anybody could see.
  if ('default' in spec && spec.default !== undefined && spec.default !== '') notes.push(`default: ${spec.default}`);
  return [term, notes.length === 0 ? spec.summary : `${spec.summary} (${notes.join('; ')})`];
}

function optionsBlock(options: OptionSpecs): Block {
  return definitions(Object.entries(options).map(optionItem));
}

function positionalItem(spec: PositionalSpec | RestSpec): [string, string] {
  const notes: string[] = [];
  if (spec.kind === 'choice') notes.push(`one of ${spec.choices.join(', ')}`);
  if ('default' in spec && spec.default !== undefined) notes.push(`default: ${spec.default}`);
  return [`<${spec.name}>`, notes.length === 0 ? spec.summary : `${spec.summary} (${notes.join('; ')})`];
}

/** Paragraphs are separated by blank lines; one whose lines are all indented is kept as it stands. */
export function descriptionBlocks(description: string): Block[] {
  const trimmed = description.replace(/^\n+|\s+$/g, '');
  if (trimmed === '') return [];
  return trimmed.split(/\n[ \t]*\n/).map((text): Block => {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (!lines.every((line) => /^\s{2,}/.test(line))) return paragraph(lines.map((line) => line.trim()).join(' '));
    const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
    return { kind: 'verbatim', lines: lines.map((line) => line.slice(margin)) };
  });
}

function examplesSection({ examples = [] }: Documentation): DocumentSection[] {
  if (examples.length === 0) return [];
  const blocks = examples.flatMap(({ note, command }): Block[] => [
    paragraph(`${note}:`),
    { kind: 'verbatim', lines: command.split('\n') },
  ]);
  return [{ title: 'EXAMPLES', blocks }];
}

const exitItem = (name: ExitName): [string, string] => [String(EXIT[name]), EXIT_MEANING[name]];

/** What every command may end with. */
const ALWAYS: readonly ExitName[] = ['ok', 'bug', 'usage', 'interrupted'];

function exitSection(exits: readonly ExitName[]): DocumentSection {
  const names = [...new Set([...ALWAYS, ...exits])].sort((a, b) => EXIT[a] - EXIT[b]);
  return { title: 'EXIT STATUS', blocks: [definitions(names.map(exitItem))] };
}

/** `git gatos fold run` is described in `git-gatos-fold-run(1)`. */
export function pageName(path: string): string {
  return path.replaceAll(' ', '-');
}

function seeAlsoSection(names: readonly string[]): DocumentSection[] {
  const pages = [...new Set(names)].map((name) =>
    /\(\d\w*\)$/.test(name) ? name : `${pageName(`${ROOT} ${name}`.trim())}(1)`,
  );
  return pages.length === 0
    ? []
    : [{ title: 'SEE ALSO', blocks: [paragraph(pages.map((page) => `\`${page}\``).join(', '))] }];
}

function described(path: string, parts: readonly string[], { description }: Documentation): DocumentSection[] {
  const blocks = descriptionBlocks(description);
  return [
    { title: 'SYNOPSIS', blocks: [{ kind: 'usage', command: path, parts }] },
    ...(blocks.length === 0 ? [] : [{ title: 'DESCRIPTION', blocks }]),
  ];
}

/** `words` are those after `git gatos`; `below` are the commands of a group whose word does something by itself. */
export function documentCommand(
  command: Command,
  words: readonly string[],
  below: readonly (Entry | Group)[] = [],
): HelpDocument {
  const path = [ROOT, ...words].join(' ');
  const { positionals, options } = command;
  const sections = described(path, usageParts(command), command);
  if (below.length > 0) sections.push({ title: 'COMMANDS', blocks: [definitions(below.map(entryItem))] });
  if (positionals.length > 0)
    sections.push({ title: 'ARGUMENTS', blocks: [definitions(positionals.map(positionalItem))] });
  if (Object.keys(options).length > 0) sections.push({ title: 'OPTIONS', blocks: [optionsBlock(options)] });
  sections.push({ title: 'COMMON OPTIONS', blocks: [optionsBlock(GLOBAL_OPTIONS)] });
  const parents = words.slice(0, -1).map((_, i) => words.slice(0, i + 1).join(' '));
  return {
    path,
    summary: command.summary,
    sections: [
      ...sections,
      ...examplesSection(command),
      exitSection(command.exits),
      ...seeAlsoSection([
        '',
        ...parents,
        ...below.map((entry) => [...words, entry.name].join(' ')),
        ...(command.seeAlso ?? []),
      ]),
    ],
  };
}

const entryItem = (entry: Entry | Group): [string, string] => [entry.name, entry.summary];

/** `words` are those after `git gatos`. A group whose word does something by itself is described with that. */
export async function documentGroup(group: Group, words: readonly string[] = [group.name]): Promise<HelpDocument> {
  const path = [ROOT, ...words].join(' ');
  const commands = listed(group.commands);
  if (group.alone !== undefined) return documentCommand((await group.alone.load()).command, words, commands);
  const parents = words.slice(0, -1).map((_, i) => words.slice(0, i + 1).join(' '));
  return {
    path,
    summary: group.summary,
    sections: [
      ...described(path, ['<command>', '[<options>]', '[<arguments>]'], group),
      { title: 'COMMANDS', blocks: [definitions(commands.map(entryItem))] },
      ...examplesSection(group),
      ...seeAlsoSection([
        '',
        ...parents,
        ...commands.map((entry) => [...words, entry.name].join(' ')),
        ...(group.seeAlso ?? []),
      ]),
    ],
  };
}

export function documentRoot(table: Table): HelpDocument {
  const sections = table.map((section) => ({
    title: section.title.toUpperCase(),
    blocks: [definitions(listed(section.entries).map(entryItem))],
  }));
  const pages = table.flatMap((section) => listed(section.entries)).map((entry) => entry.name);
  return {
    path: ROOT,
    summary: ABOUT.summary,
    sections: [
      ...described(ROOT, ['<command>', '[<options>]', '[<arguments>]'], ABOUT),
      ...sections,
      { title: 'COMMON OPTIONS', blocks: [optionsBlock(GLOBAL_OPTIONS)] },
      ...examplesSection(ABOUT),
      exitSection(Object.keys(EXIT).filter((name): name is ExitName => name in EXIT)),
      { title: 'ENVIRONMENT', blocks: [definitions(ENVIRONMENT)] },
      { title: 'FILES', blocks: [definitions(FILES)] },
      ...seeAlsoSection([...pages, ...(ABOUT.seeAlso ?? [])]),
    ],
  };
}
