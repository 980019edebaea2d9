/** What the compiler finds, as a table: severity, message and hint of each code. */
import type { Diagnostic } from '../language/index.js';

export interface Definition<D> {
  readonly severity: Diagnostic['severity'];
  readonly message: (data: D) => string;
  readonly hint: (data: D) => string | null;
}

type Definitions = Readonly<Record<string, Definition<never>>>;
const define = <const T extends Definitions>(definitions: T): T => definitions;

interface Meant {
  /** The nearest known name. */
  readonly meant: string | null;
}

const didYouMean = ({ meant }: Meant): string | null => (meant === null ? null : `did you mean \`${meant}\`?`);
const none = (): null => null;
/** Of `grant` and `granted`, which mean nothing without it. */
const howToCount = ({ name }: { name: string }): string => {
  const call = `${name}(${name === 'grant' ? 'id, ' : ''}"api-change", update.ref, who)`;
  return `write \`${call}\`, and in the same body \`count { a | a in who; member("@leads", a) } >= 2\``;
};
const error = 'error' as const;
const warning = 'warning' as const;

/** Names and modules. */
const NAMES = define({
  'module-name': {
    severity: error,
    message: (d: { name: string }) => `\`${d.name}\` cannot be the name of a module`,
    hint: () => 'say `module NAME` on the first line: lower-case letters, digits and `_`, a letter first',
  },
  'same-module': {
    severity: error,
    message: (d: { name: string; file: string }) => `module \`${d.name}\` is also \`${d.file}\``,
    hint: () => 'give one of them another name with `module NAME` on its first line',
  },
  'unknown-module': {
    severity: error,
    message: (d: { name: string } & Meant) => `there is no module \`${d.name}\` in this bundle`,
    hint: didYouMean,
  },
  'import-test': {
    severity: error,
    message: (d: { name: string }) => `\`${d.name}\` is a module of tests, which are not law`,
    hint: none,
  },
  'same-name': {
    severity: error,
    message: (d: { what: string; name: string; line: number; file: string | null }) =>
      `${d.what} \`${d.name}\` is defined before, in ${d.file === null ? '' : `\`${d.file}\` `}line ${d.line}`,
    hint: () => 'give one of them another name',
  },
  'builtin-name': {
    severity: error,
    message: (d: { name: string }) => `\`${d.name}\` is a built-in, a rule cannot have its name`,
    hint: none,
  },
  'same-id': {
    severity: error,
    message: (d: { id: string; file: string; line: number }) =>
      `\`${d.id}\` is already the id in \`${d.file}\`, line ${d.line}`,
    hint: () => 'ids are unique in a bundle, so that a decision can name its rule',
  },
  arity: {
    severity: error,
    message: (d: { name: string; wanted: number; found: number }) =>
      `\`${d.name}\` takes ${d.wanted} ${d.wanted === 1 ? 'argument' : 'arguments'}, not ${d.found}`,
    hint: none,
  },
  'no-approvers': {
    severity: error,
    message: (d: { name: string }) =>
      `this \`${d.name}\` does not say whose approval counts, and whoever proposes could approve alone`,
    hint: howToCount,
  },
  'any-approvers': {
    severity: error,
    message: (_: { name: string }) => 'this lets the approval of anybody count, even that of the proposer alone',
    hint: howToCount,
  },
  'other-arity': {
    severity: error,
    message: (d: { name: string; wanted: number; found: number; line: number }) =>
      `\`${d.name}\` has ${d.found} parameters here and ${d.wanted} in line ${d.line}`,
    hint: () => 'alternatives of one rule have the same number of parameters',
  },
  'unknown-rule': {
    severity: error,
    message: (d: { name: string } & Meant) => `there is no rule or built-in \`${d.name}\``,
    hint: didYouMean,
  },
  'unknown-member': {
    severity: error,
    message: (d: { module: string; name: string } & Meant) => `module \`${d.module}\` has no \`${d.name}\``,
    hint: didYouMean,
  },
  'module-value': {
    severity: error,
    message: (d: { name: string }) => `\`${d.name}\` is a module, not a value`,
    hint: (d: { name: string }) => `write \`${d.name}.name\` for a constant of it, \`${d.name}.rule(…)\` for a rule`,
  },
  'rule-as-value': {
    severity: error,
    message: (d: { name: string }) => `\`${d.name}\` is a rule and has rows, it is not a value`,
    hint: (d: { name: string }) =>
      `write \`${d.name}(…)\` as a line of its own; \`count { x | ${d.name}(x) }\` counts rows`,
  },
  underscore: {
    severity: error,
    message: (_: object) => '`_` stands for a value that nobody asks for, it cannot be used here',
    hint: () => 'give the value a name',
  },
});

/** Values, variables and bodies. */
const BODIES = define({
  constant: {
    severity: error,
    message: (d: { what: string }) => `${d.what} is not known before the input is`,
    hint: () => 'constants are made of literals, other constants, lists, records, `+`, `-` and `*`',
  },
  'constant-circle': {
    severity: error,
    message: (d: { circle: readonly string[] }) => `constants define each other in a circle: ${d.circle.join(' → ')}`,
    hint: none,
  },
  overflow: {
    severity: error,
    message: (_: object) => 'the result is not an integer within ±(2^53−1)',
    hint: none,
  },
  unsafe: {
    severity: error,
    message: (d: { name: string; isInside: boolean } & Meant) => `nothing gives \`${d.name}\` a value`,
    hint: (d: { name: string; isInside: boolean; meant: string | null }) =>
      d.isInside
        ? `the \`${d.name}\` above stays inside its \`not\`: put both lines into one \`not { … }\``
        : d.meant === null
          ? `bind it with \`${d.name} = …\`, \`${d.name} in …\` or a rule`
          : `did you mean \`${d.meant}\`?`,
  },
  'unbound-argument': {
    severity: error,
    message: (d: { name: string; rule: string; parameter: string }) =>
      `\`${d.rule}\` only tests its parameter \`${d.parameter}\`, so \`${d.name}\` must have a value before`,
    hint: (d: { rule: string; parameter: string }) =>
      `bind the argument first, or bind \`${d.parameter}\` in the body of \`${d.rule}\``,
  },
  'later-use': {
    severity: error,
    message: (d: { name: string }) =>
      `this \`${d.name}\` is another one than the \`${d.name}\` below: it is first met inside braces`,
    hint: () => 'put the line that binds it above, put both into one `{ … }`, or use another name',
  },
  shadow: {
    severity: warning,
    message: (d: { name: string; what: string }) => `\`${d.name}\` is also ${d.what}`,
    hint: () => 'use another name',
  },
  'compares-constant': {
    severity: warning,
    message: (d: { name: string }) => `\`${d.name}\` is a constant, so this compares and binds nothing`,
    hint: (d: { name: string }) => `write \`==\`, or use another name than \`${d.name}\``,
  },
  'ignored-block': {
    severity: warning,
    message: (_: object) => 'these rules are not read: their block is indented, or in a list, a quotation or HTML',
    hint: () => 'start the line with the fence itself, and leave a line empty above it',
  },
  'unused-variable': {
    severity: warning,
    message: (d: { name: string }) => `\`${d.name}\` is not used`,
    hint: (d: { name: string }) => `use it, or call it \`_${d.name}\` to say that this is meant`,
  },
  'unused-rule': {
    severity: warning,
    message: (d: { name: string }) => `no deny, warn or require comes to rule \`${d.name}\``,
    hint: () => 'use it or remove it',
  },
  'unused-constant': {
    severity: warning,
    message: (d: { name: string }) => `constant \`${d.name}\` is not used`,
    hint: () => 'use it or remove it',
  },
  'unused-import': {
    severity: warning,
    message: (d: { name: string }) => `import \`${d.name}\` is not used`,
    hint: () => 'use it or remove it',
  },
  'empty-body': {
    severity: error,
    message: (_: object) => 'an empty body is always true',
    hint: () => 'write `true` when that is meant',
  },
});

/** Types and fields. */
const TYPES = define({
  'unknown-field': {
    severity: error,
    message: (d: { name: string; of: string; fields: readonly string[] } & Meant) =>
      `${d.of} has no field \`${d.name}\``,
    hint: (d: { fields: readonly string[]; meant: string | null }) =>
      d.meant === null ? `its fields: ${d.fields.join(', ')}` : `did you mean \`${d.meant}\`?`,
  },
  'no-fields': {
    severity: error,
    message: (d: { name: string; found: string }) => `${d.found} has no field \`${d.name}\``,
    hint: (d: { found: string }) => (d.found === 'a list' ? 'take its elements: `x in …`, then `x.field`' : null),
  },
  type: {
    severity: error,
    message: (d: { what: string; wanted: string; found: string }) =>
      `${d.what} must be ${d.wanted}, this is ${d.found}`,
    hint: none,
  },
  'never-equal': {
    severity: error,
    message: (d: { left: string; right: string }) => `${d.left} and ${d.right} are never equal`,
    hint: none,
  },
  'never-null': {
    severity: warning,
    message: (d: { found: string }) => `${d.found} is never null here`,
    hint: none,
  },
  'may-be-null': {
    severity: warning,
    message: (d: { name: string | null }) =>
      `${d.name === null ? 'this' : `\`${d.name}\``} may be null, and then the rule errs, which denies`,
    hint: () => 'ask before, with `… != null` on a line above',
  },
  'never-value': {
    severity: error,
    message: (d: { value: string; choices: readonly string[] } & Meant) => `this is never \`${d.value}\``,
    hint: (d: { choices: readonly string[]; meant: string | null }) =>
      d.meant === null
        ? `it is one of ${d.choices.map((each) => `\`${each}\``).join(', ')}`
        : `did you mean \`${d.meant}\`?`,
  },
});

/** Rules that depend on each other, and the bundle as a whole. */
const BUNDLE = define({
  'negative-circle': {
    severity: error,
    message: (d: { circle: string }) => `a rule depends on what it denies or counts: ${d.circle}`,
    hint: () => 'recursion must not pass through `not`, `every`, an aggregate or a comprehension',
  },
  'test-circle': {
    severity: error,
    message: (d: { name: string; circle: string; parameters: string }) =>
      `\`${d.name}\` calls itself, but only tests ${d.parameters}: ${d.circle}`,
    hint: () => 'a recursive rule binds all its parameters in its body',
  },
  'computed-circle': {
    severity: error,
    message: (d: { name: string; parameter: number }) =>
      `parameter ${d.parameter} of the recursive rule \`${d.name}\` is computed from its own rows, so it might never end`,
    hint: () => 'pass on what comes unchanged from rows, from elements of `input` or from constants',
  },
  'too-many': {
    severity: error,
    message: (d: { what: string; limit: number }) => `there are more than ${d.limit} ${d.what}`,
    hint: none,
  },
  'too-deep': {
    severity: error,
    message: (_: object) => 'this is nested too deep',
    hint: () => 'give inner parts a name with `x = …`, or a rule of their own',
  },
  'law-in-tests': {
    severity: error,
    message: (d: { what: string }) => `a file of tests holds tests and constants, no ${d.what}`,
    hint: () => 'move it to a module whose file does not end in `_test.rgs`',
  },
  'same-test': {
    severity: error,
    message: (d: { name: string; line: number }) => `line ${d.line} has a test of the same name`,
    hint: none,
  },
  'unknown-id': {
    severity: error,
    message: (d: { effect: string; id: string } & Meant) => `nothing of the id \`${d.id}\` can ${d.effect}`,
    hint: didYouMean,
  },
  'bad-given': {
    severity: error,
    message: (d: { path: string; why: string; hint: string | null }) => `\`${d.path}\` ${d.why}`,
    hint: (d: { hint: string | null }) => d.hint,
  },
});

export const TABLE = { ...NAMES, ...BODIES, ...TYPES, ...BUNDLE };
export type FindingName = keyof typeof TABLE;
export type FindingData<C extends FindingName> = Parameters<(typeof TABLE)[C]['message']>[0];
