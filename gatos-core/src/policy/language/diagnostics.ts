/** What lexer and parser find: code, message, hint. The compiler has a table of its own, made by the same `diagnosticTable`. */
import { type DataOf, type DiagnosticDefinition, diagnosticTable } from './diagnostic-table.js';

/** `D` is inferred from the message; this keeps the entries short. */
const error = <D>(
  message: (data: D) => string,
  hint?: string | ((data: D) => string | null),
): DiagnosticDefinition<D> => ({
  message,
  hint: typeof hint === 'function' ? hint : () => hint ?? null,
});

type Nothing = Readonly<Record<never, never>>;

interface Expected {
  /** Such as `a name` or `` `{` ``. */
  readonly wanted: string;
  readonly found: string;
  readonly hint?: string | null;
}

interface Unclosed {
  readonly bracket: string;
  readonly closer: string;
  readonly found: string;
  /** Line of what stands there instead. */
  readonly line: number;
}

interface Misplaced {
  readonly what: string;
  readonly place: string;
}

interface Unknown {
  readonly what: string;
  readonly found: string;
  readonly suggestion: string | null;
  readonly known: readonly string[];
}

const listed = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');

const TEXT = {
  invisible: error(
    (d: { character: string }) => `the invisible character ${d.character}`,
    'remove it; inside a text write its escape, such as `\\u{200b}`',
  ),
  character: error(
    (d: { character: string; code: string }) => `\`${d.character}\` (${d.code}) means nothing here`,
    'remove it',
  ),
  comment: error((_: Nothing) => '`//` starts no comment', 'a comment starts with `#`'),
  quotes: error((d: { quote: string }) => `a text stands in double quotes, not in ${d.quote}`, 'write `"…"`'),
  'text-unclosed': error(
    (_: Nothing) => 'this text has no closing `"`',
    'a text ends on the line where it starts; a line feed inside it is written `\\n`',
  ),
  'text-escape': error(
    (d: { escape: string }) => `\`${d.escape}\` is no escape`,
    'there are `\\"`, `\\\\`, `\\n`, `\\t` and `\\u{1F600}`',
  ),
  'text-code-point': error(
    (d: { escape: string }) => `\`${d.escape}\` is no character`,
    'one to six hexadecimal digits up to `10FFFF`, without the surrogates `D800` to `DFFF`',
  ),
  name: error(
    (d: { name: string; why: string; hint: string | null }) => `\`${d.name}\` is no name: ${d.why}`,
    (d) => d.hint,
  ),
} as const;

const NUMBERS = {
  float: error(
    (d: { text: string }) => `\`${d.text}\` is no integer, and there are integers only`,
    'fractions are not the same on every machine; count in a smaller unit (`150` percent for 1.5, `90m` for 1.5 hours)',
  ),
  integer: error(
    (d: { text: string }) => `\`${d.text}\` is too large`,
    'integers reach from -9007199254740991 to 9007199254740991 (2^53 - 1)',
  ),
  number: error(
    (d: { text: string; why: string; hint: string | null }) => `\`${d.text}\` is no number: ${d.why}`,
    (d) => d.hint,
  ),
  time: error(
    (d: { text: string; why: string }) => `\`${d.text}\` is no time: ${d.why}`,
    'a time is written `2026-11-20T09:00:00Z`, in UTC; a text with a date is `"2026-11-20"`',
  ),
} as const;

const GRAMMAR = {
  expected: error(
    (d: Expected) => `expected ${d.wanted}, found ${d.found}`,
    (d) => d.hint ?? null,
  ),
  unclosed: error(
    (d: Unclosed) =>
      `this \`${d.bracket}\` is never closed: \`${d.closer}\` is missing before ${d.found} in line ${d.line}`,
    (d) => `write \`${d.closer}\` where it ends`,
  ),
  unopened: error(
    (d: { bracket: string }) => `this \`${d.bracket}\` closes nothing`,
    'remove it, or look for what was closed too early above',
  ),
  operator: error(
    (d: { found: string; hint: string }) => `\`${d.found}\` is no operator here`,
    (d) => d.hint,
  ),
  assignment: error(
    (_: Nothing) => '`=` names a value and stands after a name, at the start of a line',
    'to compare, write `==`',
  ),
  chain: error(
    (d: { first: string; second: string }) => `a comparison cannot go on: \`${d.second}\` after \`${d.first}\``,
    'write two lines, one for each comparison',
  ),
  minus: error((_: Nothing) => '`-` before something that is no number', 'write `0 - x`'),
  call: error(
    (_: Nothing) => 'only a rule or a built-in can be called, by its name',
    'write `name(…)` or `module.name(…)`',
  ),
  reserved: error(
    (d: { word: string; wanted: string }) => `\`${d.word}\` is a word of the language and no ${d.wanted}`,
    (d) => `choose another name, such as \`${d.word}_\``,
  ),
  'same-key': error(
    (d: { key: string; line: number }) => `the key \`${d.key}\` stands in line ${d.line} already`,
    'remove one of them',
  ),
} as const;

const ITEMS = {
  word: error(
    (d: Unknown) => `\`${d.found}\` starts no ${d.what}`,
    (d) => (d.suggestion === null ? `there are ${listed(d.known)}` : `did you mean \`${d.suggestion}\`?`),
  ),
  default: error(
    (_: Nothing) => 'nothing needs to be allowed: what no `deny` and no `require` refuses is allowed',
    'write what is refused, as `deny "some-id" when { … }`',
  ),
  order: error(
    (d: Misplaced) => `${d.what} stands too late`,
    (d) => d.place,
  ),
  twice: error(
    (d: { what: string; line: number }) => `a second \`${d.what}\`, after that of line ${d.line}`,
    'keep one of them',
  ),
  missing: error(
    (d: { what: string; of: string; hint: string }) => `${d.of} has no ${d.what}`,
    (d) => d.hint,
  ),
  id: error(
    (d: { id: string }) => `\`${d.id}\` is no id`,
    'an id consists of a-z, 0-9 and `-`, and starts with a letter or digit: `"api-needs-quorum"`',
  ),
  'template-unclosed': error(
    (_: Nothing) => 'this `{` is never closed inside the text',
    'write `}` after the expression; a quote inside of it is written `\\"`, the brace itself `{{`',
  ),
  template: error(
    (d: { why: string }) => d.why,
    'in a message, `{expression}` shows a value; the brace itself is written `{{` or `}}`',
  ),
} as const;

const BOUNDS = {
  'too-large': error(
    (d: { what: string; size: number; limit: number }) => `${d.what}: ${d.size}, the limit is ${d.limit}`,
    'split it into several modules',
  ),
  'too-deep': error(
    (d: { limit: number }) => `nested deeper than ${d.limit} levels`,
    'name a part of it with `x = …`, or make it a rule',
  ),
  more: error((d: { left: number }) => `and ${d.left} more`, 'mend those above first'),
} as const;

export const DIAGNOSTICS = { ...TEXT, ...NUMBERS, ...GRAMMAR, ...ITEMS, ...BOUNDS } as const;

export type DiagnosticName = keyof typeof DIAGNOSTICS;
export type DiagnosticData<C extends DiagnosticName> = DataOf<(typeof DIAGNOSTICS)[C]>;

export const diagnose = diagnosticTable(DIAGNOSTICS);
