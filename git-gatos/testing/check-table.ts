/** What every declaration must satisfy beyond its types. A command added to the table is checked by this without further ado. */
import {
  type Command,
  type Documentation,
  type Entry,
  findCommand,
  GLOBAL_OPTIONS,
  type Group,
  isGroup,
  longName,
  lookUp,
  parseCommandArgs,
  type Table,
} from '../src/command/index.js';

/** Splits a command line as a POSIX shell would, as far as examples need it; stops at a pipe, a redirection or `&&`. */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  const token = /\s*(?:(?<end>\||>|<(?!\()|&&|;|$)|(?<word>(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\|>;&])+))/gy;
  for (const { groups } of line.matchAll(token)) {
    if (groups?.word === undefined) break;
    const unquoted = groups.word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/g, (_, single, double, escaped) => {
      return single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped;
    });
    words.push(unquoted);
  }
  return words;
}

type Say = (problem: string) => void;

function checkText({ summary, examples = [] }: Documentation, say: Say): void {
  if (/\n/.test(summary)) say('the summary has more than one line');
  if (/^[A-Z][a-z]/.test(summary)) say('the summary starts with a capital');
  if (/\.$/.test(summary)) say('the summary ends in a full stop');
  if (summary.length > 80) say('the summary has more than 80 characters');
  for (const { command, note } of examples) {
    if (!command.startsWith('git gatos ')) say(`the example \`${command}\` does not start with \`git gatos\``);
    if (/[.:]$/.test(note)) say(`the note \`${note}\` ends in a full stop or colon`);
  }
}

function checkOptions({ options, positionals }: Command, say: Say): void {
  const shorts = new Map<string, string>();
  for (const [key, spec] of [...Object.entries(GLOBAL_OPTIONS), ...Object.entries(options)]) {
    if (!/^[a-z][a-zA-Z0-9]*$/.test(key)) say(`option \`${key}\` is not camelCase`);
    if (/\.$|\n/.test(spec.summary)) say(`the summary of option \`${key}\` is not one line without a full stop`);
    if (key in options && key in GLOBAL_OPTIONS) say(`option \`${key}\` is a common option`);
    if (!('short' in spec) || spec.short === undefined) continue;
    if (!/^[a-zA-Z]$/.test(spec.short)) say(`\`${spec.short}\` of option \`${key}\` is not one letter`);
    if (shorts.has(spec.short))
      say(`options \`${shorts.get(spec.short)}\` and \`${key}\` share the letter \`${spec.short}\``);
    shorts.set(spec.short, key);
  }
  for (const [key, spec] of Object.entries(options)) {
    if (spec.kind === 'choice' && spec.default !== undefined && !spec.choices.includes(spec.default)) {
      say(`the default of option \`${key}\` is none of its choices`);
    }
    if (
      spec.kind === 'int' &&
      spec.default !== undefined &&
      !(spec.default >= (spec.min ?? -Infinity) && spec.default <= (spec.max ?? Infinity))
    ) {
      say(`the default of option \`${key}\` is out of its bounds`);
    }
  }
  positionals.forEach((spec, i) => {
    const before = positionals[i - 1];
    if (spec.name in options) say(`\`${spec.name}\` is a positional and an option`);
    if (positionals.findIndex(({ name }) => name === spec.name) !== i)
      say(`two positionals are named \`${spec.name}\``);
    if (before?.kind === 'rest') say(`\`${spec.name}\` follows a positional that takes all the rest`);
    if (before !== undefined && before.kind !== 'rest' && before.optional && spec.kind !== 'rest' && !spec.optional) {
      say(`\`${spec.name}\` is needed but follows an optional positional`);
    }
  });
}

/** An example may shorten an id to `bafy…`, which only a command that parses ids would refuse. */
function relaxed(command: Command, line: string): Command {
  if (!line.includes('…')) return command;
  const asText = <S extends { kind: string }>(spec: S): S =>
    spec.kind === 'parsed' ? { ...spec, kind: 'text' } : spec;
  const options = Object.fromEntries(Object.entries(command.options).map(([key, spec]) => [key, asText(spec)]));
  return { ...command, options, positionals: command.positionals.map(asText) };
}

/** Every example must parse, and at least one must be about the command itself. */
async function checkExamples(table: Table, { examples = [] }: Documentation, path: string, say: Say): Promise<void> {
  let own = examples.length === 0;
  for (const { command: line } of examples) {
    try {
      const found = findCommand(table, shellWords(line).slice(2));
      own ||= found.path === path || found.path.startsWith(`${path} `);
      if (found.what === 'incomplete') throw new Error('it names no command');
      const command = relaxed((await found.entry.load()).command, line);
      parseCommandArgs({ command, path: found.path, argv: found.argv, cwd: '/' });
    } catch (error) {
      say(`the example \`${line}\` is wrong: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (!own) say('no example is about the command itself');
}

function checkSeeAlso(table: Table, { seeAlso = [] }: Documentation, say: Say): void {
  for (const name of seeAlso) {
    if (!/\(\d\w*\)$/.test(name) && lookUp(table, name.split(' ')) === undefined)
      say(`see also \`${name}\`: there is no such command`);
  }
}

async function checkEntry(table: Table, entry: Entry, path: string, say: Say): Promise<void> {
  const { command } = await entry.load();
  if (command.name !== entry.name) say(`the command calls itself \`${command.name}\``);
  if (command.summary !== entry.summary) say(`the table says \`${entry.summary}\`, the command \`${command.summary}\``);
  if (new Set(command.exits).size !== command.exits.length) say('an exit status is listed twice');
  if (command.description.trim() === '') say('there is no description');
  if ((command.examples ?? []).length === 0) say('there is no example');
  checkText(command, say);
  checkOptions(command, say);
  checkSeeAlso(table, command, say);
  await checkExamples(table, command, path, say);
}

/** What is wrong with the table, one line each; empty when nothing is. */
export async function checkTable(table: Table): Promise<string[]> {
  const problems: string[] = [];
  const walk = async (entries: readonly (Entry | Group)[], prefix: string): Promise<void> => {
    const names = entries.map(({ name }) => name);
    for (const entry of entries) {
      const path = `${prefix} ${entry.name}`;
      const say = (problem: string): number => problems.push(`${path}: ${problem}`);
      if (!/^(__)?[a-z][a-z0-9-]*$/.test(entry.name)) say('the name is not lower-case words with hyphens');
      if (names.indexOf(entry.name) !== names.lastIndexOf(entry.name)) say('the name is taken twice');
      if (!isGroup(entry)) {
        await checkEntry(table, entry, path, say);
        continue;
      }
      checkText(entry, say);
      checkSeeAlso(table, entry, say);
      await checkExamples(table, entry, path, say);
      if (entry.alone !== undefined) {
        if (entry.alone.name !== entry.name || entry.alone.summary !== entry.summary)
          say('what the word does by itself has another name or summary than the group');
        await checkEntry(table, entry.alone, path, say);
      }
      if (entry.commands.length === 0) say('the group is empty');
      await walk(entry.commands, path);
    }
  };
  await walk(
    table.flatMap((section) => section.entries),
    'git gatos',
  );
  for (const key of Object.keys(GLOBAL_OPTIONS))
    if (longName(key) !== key) problems.push(`common option \`${key}\` has two words`);
  return problems;
}
