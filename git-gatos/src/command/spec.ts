/**
 * What a command says about itself. Everything else is derived from this data: parsing, help, man pages, completion, and the
 * types of the arguments that the command's code receives.
 */
import type { ExitName } from 'gatos-core';
import type { Context } from '../context.js';
import type { TextSource } from '../input.js';
import type { Outcome } from '../output/outcome.js';

/** Where the candidates of a completion come from; `src/completion/sources.ts` has one function for each. */
export type CompletionSource =
  | 'files'
  | 'directories'
  | 'commands'
  | 'folds'
  | 'states'
  | 'namespaces'
  | 'keys'
  | 'proposals'
  | 'denials'
  | 'jobs'
  | 'experiments'
  | 'topics'
  | 'blobs'
  | 'tools'
  | 'remotes'
  | 'capabilities'
  | 'effects'
  | 'refs';

interface Described {
  /** One line: lower-case start, no final full stop. */
  readonly summary: string;
  /** What stands for the value in the usage. Default: by kind. */
  readonly placeholder?: string;
  readonly complete?: CompletionSource;
}

/** Any text. */
export interface TextKind extends Described {
  readonly kind: 'text';
  readonly default?: string;
}
/** A whole number in decimal, within the bounds (default: those of safe integers). */
export interface IntKind extends Described {
  readonly kind: 'int';
  readonly min?: number;
  readonly max?: number;
  readonly default?: number;
}
/** A path, made absolute; `-` stays as it is and means standard input or output. */
export interface PathKind extends Described {
  readonly kind: 'path';
  readonly default?: string;
}
export interface ChoiceKind extends Described {
  readonly kind: 'choice';
  readonly choices: readonly string[];
  readonly default?: string;
}
/** Text given in place, `-` for standard input, `@FILE` for a file. Not parsed here: the command knows the rules of its text. */
export interface JsonKind extends Described {
  readonly kind: 'json';
}
/** Text with a parser. The parser throws a GatosError, or an Error whose message says what is wanted. */
export interface ParsedKind<T = unknown> extends Described {
  readonly kind: 'parsed';
  readonly parse: (text: string) => T;
}
export type ValueKind = TextKind | IntKind | PathKind | ChoiceKind | JsonKind | ParsedKind;

interface Switch {
  /** One letter, without the dash. */
  readonly short?: string;
}
export interface FlagOption extends Switch {
  readonly kind: 'flag';
  readonly summary: string;
}
/** May be given any number of times. */
export interface ListOption extends Switch, Described {
  readonly kind: 'list';
  readonly of: ItemKind;
  /** For completion: the items that there are, with what each means. Several may be one word, with commas. */
  readonly items?: Readonly<Record<string, string>>;
}
/** What the items of a list or of a rest argument are. */
export type ItemKind = 'text' | 'int' | 'path';
export type ValueOption = ValueKind & Switch & { readonly required?: true };
export type OptionSpec = FlagOption | ListOption | ValueOption;

/** Keys are camelCase; `onError` is typed as `--on-error`. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type PositionalSpec = ValueKind & {
  readonly name: string;
  readonly optional?: true;
};
/** The last positional may take all that remain. */
export interface RestSpec extends Described {
  readonly kind: 'rest';
  readonly name: string;
  readonly of: ItemKind;
  /** At least so many. Default 0. */
  readonly min?: number;
}
export type PositionalSpecs = readonly (PositionalSpec | RestSpec)[];

type ItemOf<I> = I extends 'int' ? number : string;

type ValueOf<S> = S extends { kind: 'flag' }
  ? boolean
  : S extends { kind: 'list' | 'rest'; of: infer I }
    ? readonly ItemOf<I>[]
    : S extends { kind: 'int' }
      ? number
      : S extends { kind: 'choice'; choices: readonly (infer C)[] }
        ? C
        : S extends { kind: 'json' }
          ? TextSource
          : S extends { kind: 'parsed'; parse: (text: string) => infer T }
            ? T
            : string;

type OptionValue<S> = S extends { kind: 'flag' | 'list' } | { required: true } | { default: string | number }
  ? ValueOf<S>
  : ValueOf<S> | undefined;

type PositionalValue<S> = S extends { kind: 'rest' }
  ? ValueOf<S>
  : S extends { optional: true }
    ? S extends { default: string | number }
      ? ValueOf<S>
      : ValueOf<S> | undefined
    : ValueOf<S>;

/** Where no options are declared, O is all of OptionSpecs: that has no keys of its own. */
type DeclaredKeys<O> = string extends keyof O ? never : keyof O;

/** The arguments a command's code receives: one property for each option and each positional. */
export type ArgsOf<O extends OptionSpecs, P extends PositionalSpecs> = {
  readonly [K in DeclaredKeys<O>]: OptionValue<O[K]>;
} & {
  readonly [S in P[number] as S['name']]: PositionalValue<S>;
};

export interface Example {
  /** A whole command line that starts with `git gatos`. */
  readonly command: string;
  readonly note: string;
}

export interface Documentation {
  readonly name: string;
  /** One line: lower-case start, no final full stop. */
  readonly summary: string;
  /** Paragraphs separated by blank lines; a paragraph whose lines are indented is shown as it stands. */
  readonly description: string;
  readonly examples?: readonly Example[];
  /** Names of other commands, such as `fold run`, or of other pages, such as `git-notes(1)`. */
  readonly seeAlso?: readonly string[];
}

export interface CommandDeclaration<O extends OptionSpecs, P extends PositionalSpecs> extends Documentation {
  readonly options?: O;
  readonly positionals?: P;
  /** What the command may end with besides `ok`, `usage`, `interrupted` and `bug`. */
  readonly exits?: readonly ExitName[];
  readonly run: (context: Context, args: ArgsOf<O, P>) => Promise<Outcome> | Outcome;
}

export type ParsedArgs = Readonly<Record<string, unknown>>;

/** A declared command with the types of its arguments erased: what the frame works with. */
export interface Command extends Documentation {
  readonly options: OptionSpecs;
  readonly positionals: PositionalSpecs;
  readonly exits: readonly ExitName[];
  readonly run: (context: Context, args: ParsedArgs) => Promise<Outcome> | Outcome;
}

/** Declares a command; `run` gets its arguments typed by the options and positionals declared beside it. */
// No default for O: it would take the place of the context from which a `parse` function gets the type of its parameter.
export function defineCommand<const O extends OptionSpecs, const P extends PositionalSpecs = []>(
  declaration: CommandDeclaration<O, P>,
): Command {
  const { options, positionals, exits, run, ...documentation } = declaration;
  return {
    ...documentation,
    options: options ?? {},
    positionals: positionals ?? [],
    exits: exits ?? [],
    // The parser builds exactly what the declaration asks for (parse.test.ts); this is the one place where that is assumed.
    run: (context, args) => run(context, args as ArgsOf<O, P>),
  };
}

/** A row of the command table. `load` keeps a command's code out of the way of every other command. */
export interface Entry {
  readonly name: string;
  readonly summary: string;
  /** Works, but is not listed. */
  readonly hidden?: true;
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Commands under one word, such as `fold new|run|verify`. */
export interface Group extends Documentation {
  readonly commands: readonly (Entry | Group)[];
  /** What the word does when none of its commands follows. It has the name and the summary of the group, and one page with it. */
  readonly alone?: Entry;
}

export function defineGroup(group: Group): Group {
  return group;
}

export interface Section {
  readonly title: string;
  readonly entries: readonly (Entry | Group)[];
}
/** Everything `git gatos` can do, in the order in which help lists it. */
export type Table = readonly Section[];
