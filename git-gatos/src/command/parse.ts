/**
 * From argv to typed arguments, strictly: nothing is guessed, abbreviated or ignored. node:util's parseArgs cuts argv into
 * tokens (grouped letters, `--name=value`, `--`); what the tokens mean is decided here from the declarations.
 */
import { parseArgs } from 'node:util';
import { cliError } from '../errors.js';
import { GLOBAL_OPTIONS, type GlobalArgs, longName } from './globals.js';
import type { Command, OptionSpec, OptionSpecs, ParsedArgs, PositionalSpecs } from './spec.js';
import { suggest } from './suggest.js';
import { defaultValue, parseItem, parseValue } from './values.js';

type Token = ReturnType<typeof tokenize>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

function tokenize(argv: readonly string[], specs: OptionSpecs) {
  const options: Record<string, { type: 'boolean' | 'string'; short?: string; multiple: true }> = {};
  for (const [key, spec] of Object.entries(specs)) {
    options[longName(key)] = {
      type: spec.kind === 'flag' ? 'boolean' : 'string',
      multiple: true,
      ...(spec.short === undefined ? {} : { short: spec.short }),
    };
  }
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

interface Options {
  readonly specs: OptionSpecs;
  readonly command: string;
  readonly cwd: string;
}

/** The declared option a token names. Throws `cli/unknown-option`, and `cli/unwanted-value` or `cli/missing-value`. */
function specOf(token: OptionToken, { specs, command }: Options): [string, OptionSpec] {
  const found = Object.entries(specs).find(([key]) => longName(key) === token.name);
  if (found === undefined) {
    const known = Object.keys(specs).map(longName);
    const near = token.rawName.startsWith('--') ? suggest(token.name, known) : undefined;
    throw cliError('unknown-option', {
      command,
      option: token.rawName,
      suggestion: near === undefined ? undefined : `--${near}`,
    });
  }
  const [, spec] = found;
  const option = `--${token.name}`;
  if (spec.kind === 'flag') {
    if (token.value !== undefined) throw cliError('unwanted-value', { command, option, value: token.value });
    return found;
  }
  if (token.value === undefined) throw cliError('missing-value', { command, option });
  // `--payload --type`: a forgotten value must not swallow the next option. Negative numbers and `-` are values.
  if (token.inlineValue === false && /^-[^\d]/.test(token.value)) {
    throw cliError('missing-value', { command, option, follows: token.value });
  }
  return found;
}

function readOptions(tokens: readonly OptionToken[], options: Options): Record<string, unknown> {
  const { specs, command, cwd } = options;
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    const [key] = specOf(token, options);
    const values = given.get(key) ?? [];
    values.push(token.value ?? '');
    given.set(key, values);
  }
  const args: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(specs)) {
    const values = given.get(key);
    const place = { command, cwd, name: `--${longName(key)}` };
    if (spec.kind === 'flag') args[key] = values !== undefined;
    else if (spec.kind === 'list') args[key] = (values ?? []).map((value) => parseItem(spec.of, value, place));
    else if (values !== undefined) args[key] = parseValue(spec, values.at(-1) as string, place);
    else args[key] = defaultValue(spec, place);
  }
  return args;
}

/** Throws `cli/missing-option` for the first option that is required and not given. */
function checkRequired(args: ParsedArgs, { specs, command }: Options): void {
  for (const [key, spec] of Object.entries(specs)) {
    if ('required' in spec && spec.required && args[key] === undefined) {
      throw cliError('missing-option', { command, option: `--${longName(key)}`, summary: spec.summary });
    }
  }
}

function readPositionals(
  values: readonly string[],
  specs: PositionalSpecs,
  { command, cwd }: { command: string; cwd: string },
): Record<string, unknown> {
  const args: Record<string, unknown> = {};
  let next = 0;
  for (const spec of specs) {
    const place = { command, cwd, name: `<${spec.name}>` };
    const missing = () => cliError('missing-argument', { command, argument: place.name, summary: spec.summary });
    if (spec.kind === 'rest') {
      const rest = values.slice(next);
      if (rest.length < (spec.min ?? 0)) throw missing();
      args[spec.name] = rest.map((value) => parseItem(spec.of, value, place));
      next = values.length;
      continue;
    }
    const value = values[next++];
    if (value !== undefined) args[spec.name] = parseValue(spec, value, place);
    else if (spec.optional) args[spec.name] = defaultValue(spec, place);
    else throw missing();
  }
  const extra = values[next];
  if (extra !== undefined) throw cliError('extra-argument', { command, argument: extra });
  return args;
}

/** Node reads arguments as UTF-8 and puts U+FFFD where they are not: what would be recorded then is not what was typed. */
function checkText(argv: readonly string[]): void {
  const lossy = argv.find((argument) => argument.includes('\ufffd'));
  if (lossy !== undefined) throw cliError('not-utf8', { argument: lossy });
}

export interface Invocation {
  readonly command: Command;
  /** `git gatos fold run`, for messages. */
  readonly path: string;
  /** Everything but the words that name the command. */
  readonly argv: readonly string[];
  readonly cwd: string;
}

/** The command's own arguments. Throws a usage error of area `cli` for anything that was not declared. */
export function parseCommandArgs({ command, path, argv, cwd }: Invocation): ParsedArgs {
  checkText(argv);
  const tokens = tokenize(argv, { ...command.options, ...GLOBAL_OPTIONS });
  const named = tokens.filter((token) => token.kind === 'option');
  const all = { specs: { ...command.options, ...GLOBAL_OPTIONS }, command: path, cwd };
  const options = readOptions(named, all);
  checkRequired(options, all);
  const words = tokens.filter((token) => token.kind === 'positional').map((token) => token.value);
  const positionals = readPositionals(words, command.positionals, all);
  const own = Object.keys(command.options).map((key) => [key, options[key]]);
  return { ...Object.fromEntries(own), ...positionals };
}

/**
 * What is known of the global options even if the rest is wrong, so that `--json` and `-h` work beside any mistake. Throws for a
 * bad value of a global option only.
 */
export function parseGlobalArgs({
  argv,
  specs,
  cwd,
}: {
  argv: readonly string[];
  specs: OptionSpecs;
  cwd: string;
}): GlobalArgs {
  const names = new Set(Object.keys(GLOBAL_OPTIONS).map(longName));
  const tokens = tokenize(argv, { ...specs, ...GLOBAL_OPTIONS })
    .filter((token) => token.kind === 'option')
    .filter((token) => names.has(token.name));
  // The declared keys and kinds are those of GLOBAL_OPTIONS, so the record has the type derived from it.
  return readOptions(tokens, { specs: GLOBAL_OPTIONS, command: 'git gatos', cwd }) as GlobalArgs;
}

/** Where no command was named: only global options may stand there. Throws a usage error for anything else that has a dash. */
export function checkGlobalArgs({ argv, path, cwd }: { argv: readonly string[]; path: string; cwd: string }): void {
  const tokens = tokenize(argv, GLOBAL_OPTIONS).filter((token) => token.kind === 'option');
  readOptions(tokens, { specs: GLOBAL_OPTIONS, command: path, cwd });
}
