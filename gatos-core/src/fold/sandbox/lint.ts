/** What the sandbox refuses, found without running anything. The engine refuses the same, so a fold that lints can start. */
import { type Entry, exportsOf } from './exports.js';
import {
  GLOBALS,
  REFUSED_GLOBALS,
  REFUSED_MEMBERS,
  REFUSED_METHODS,
  REFUSED_SYNTAX,
  type Refusal,
} from './lint-names.js';
import { nestedRests } from './rests.js';
import { boundBy, freeNames } from './scope.js';
import {
  child,
  childList,
  isFunction,
  type Parsed,
  type Place,
  parseModule,
  placeOf,
  type SyntaxFault,
  type SyntaxNode,
  startOf,
  textField,
  walkSyntax,
} from './syntax.js';

export interface Finding extends Place {
  /** Stable name of the rule, such as `forbidden-global`. */
  readonly rule: string;
  /** The engine refuses errors; a warning is advice. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What to do instead. */
  readonly alternative: string;
}

/** Names that the instrumentation uses. */
export const RESERVED_PREFIX = '__gatos';

/** Every finding, in the order of the source. A source that does not parse has one. */
export function lint(source: string, entry: Entry = 'fold'): readonly Finding[] {
  const parsed = parseModule(source);
  if ('why' in parsed) return [findingOf(parsed)];
  return lintParsed(parsed, entry);
}

export function findingOf({ rule, line, column, why }: SyntaxFault): Finding {
  const alternative = rule === 'syntax' ? 'write an ES2022 module' : 'take parts out into functions and variables';
  return { rule, severity: 'error', line, column, message: why, alternative };
}

export function lintParsed(parsed: Parsed, entry: Entry): readonly Finding[] {
  const findings: Finding[] = [];
  const add = (
    rule: string,
    at: Place,
    { why, alternative }: Refusal,
    severity: Finding['severity'] = 'error',
  ): void => {
    findings.push({ rule, severity, line: at.line, column: at.column, message: why, alternative });
  };
  lintSyntax(parsed.program, (rule, node, refusal) => add(rule, startOf(node), refusal));
  lintNames(parsed.program, (rule, node, refusal) => add(rule, startOf(node), refusal));
  lintComments(parsed, (at) => add('html-comment', at, HTML_COMMENT));
  lintExports(parsed.program, entry, add);
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}

type Report = (rule: string, node: SyntaxNode, refusal: Refusal) => void;

const NO_IMPORTS: Refusal = {
  why: 'a fold is one module: it imports nothing',
  alternative: 'copy the code into the module',
};
const RESERVED: Refusal = {
  why: `names that start with \`${RESERVED_PREFIX}\` are reserved`,
  alternative: 'choose another name',
};
const HTML_COMMENT: Refusal = {
  why: '`<!--` and `-->` are comments in scripts and operators in modules',
  alternative: 'write spaces: `a < !(--b)`',
};
const NESTED_REST: Refusal = {
  why: 'a rest element cannot be nested in an assignment',
  alternative: 'declare it: `const [first, ...rest] = list`',
};

function lintSyntax(program: SyntaxNode, report: Report): void {
  walkSyntax(program, (node, parent) => {
    const { type } = node;
    if (type === 'ImportDeclaration' || type === 'ImportExpression' || type === 'ExportAllDeclaration')
      report('import', node, NO_IMPORTS);
    if (type === 'ExportNamedDeclaration' && child(node, 'source') !== undefined) report('import', node, NO_IMPORTS);
    if (type === 'MetaProperty' && textField(child(node, 'meta') ?? node, 'name') === 'import')
      report('import', node, NO_IMPORTS);
    const isAsync = isFunction(node) ? node.async === true : type === 'AwaitExpression' || node.await === true;
    if (isAsync)
      report(
        'async',
        parent?.type === 'MethodDefinition' || parent?.method === true ? parent : node,
        REFUSED_SYNTAX.ASYNC,
      );
    if (type === 'Literal' && 'regex' in node) report('regex', node, REFUSED_SYNTAX.REGEX);
    if (type === 'Literal' && typeof node.bigint === 'string') report('bigint', node, REFUSED_SYNTAX.BIGINT);
    if (nestedRests(node).length > 0) report('rest-assignment', node, NESTED_REST);
    lintMember(node, report);
    const name = type === 'Identifier' || type === 'PrivateIdentifier' ? textField(node, 'name') : '';
    if (name.startsWith(RESERVED_PREFIX)) report('reserved-name', node, RESERVED);
  });
}

function lintMember(node: SyntaxNode, report: Report): void {
  if (node.type !== 'MemberExpression') return;
  const property = child(node, 'property');
  if (property === undefined) return;
  const name =
    node.computed === true
      ? property.type === 'Literal'
        ? textField(property, 'value')
        : ''
      : textField(property, 'name');
  const object = child(node, 'object');
  const owner = object?.type === 'Identifier' ? textField(object, 'name') : '';
  const refusal = REFUSED_MEMBERS.get(`${owner}.${name}`) ?? REFUSED_METHODS.get(name);
  if (refusal !== undefined)
    report('forbidden-member', property, {
      ...refusal,
      why: `\`${owner === '' ? '' : `${owner}.`}${name}\`: ${refusal.why}`,
    });
}

function lintNames(program: SyntaxNode, report: Report): void {
  const known = new Set(GLOBALS);
  for (const node of freeNames(program)) {
    const name = textField(node, 'name');
    if (known.has(name) || name.startsWith(RESERVED_PREFIX)) continue;
    const refusal = REFUSED_GLOBALS.get(name);
    if (refusal !== undefined) report('forbidden-global', node, { ...refusal, why: `\`${name}\`: ${refusal.why}` });
    else
      report('unknown-name', node, {
        why: `\`${name}\` is not defined`,
        alternative:
          'declare it; the globals of a fold are those of ES2022 without clock, randomness, locale and input or output',
      });
  }
}

function lintComments({ source, tokens }: Parsed, report: (at: Place) => void): void {
  for (const { start, loc, type } of tokens) {
    const isText = type.label === 'string' || type.label === 'template';
    if (isText || loc === null || loc === undefined) continue;
    if (source.startsWith('<!--', start) || source.startsWith('-->', start)) report(placeOf(loc.start));
  }
}

type Add = (rule: string, at: Place, refusal: Refusal, severity?: Finding['severity']) => void;

const NO_FOLD: Refusal = {
  why: 'the module exports no `fold`',
  alternative: '`export function fold(state, event) { …; return state; }`',
};
const DEFAULT_EXPORT: Refusal = {
  why: 'a fold has no default export',
  alternative: '`export function fold(state, event) { … }`',
};
const PARAMETERS: Refusal = {
  why: '`fold` does not take two parameters',
  alternative: '`fold(state, event)` returns the next state',
};
const GENERATOR: Refusal = { why: '`fold` is a generator', alternative: 'return the next state from a plain function' };
interface EntryRefusals {
  readonly absent: Refusal;
  readonly defaults: Refusal;
  readonly generator: Refusal;
  readonly parameters: Refusal;
  /** Parameters of the entry. */
  readonly takes: number;
}

const RUN_EXAMPLE = '`export function run({ inputs, args, env }) { …; return { outputs: { … } }; }`';
const ENTRIES: Record<Entry, EntryRefusals> = {
  fold: { absent: NO_FOLD, defaults: DEFAULT_EXPORT, generator: GENERATOR, parameters: PARAMETERS, takes: 2 },
  run: {
    absent: { why: 'the module exports no `run`', alternative: RUN_EXAMPLE },
    defaults: { why: 'a script has no default export', alternative: RUN_EXAMPLE },
    generator: { why: '`run` is a generator', alternative: 'return the result from a plain function' },
    parameters: { why: '`run` does not take one parameter', alternative: RUN_EXAMPLE },
    takes: 1,
  },
};
const MODULE_STATE: Refusal = {
  why: 'a variable of the module does not outlive a window of events',
  alternative: 'keep it in the state; use `const` for what never changes',
};

function lintExports(program: SyntaxNode, name: Entry, add: Add): void {
  const { entry, defaults } = exportsOf(program, name);
  const refusals = ENTRIES[name];
  for (const node of defaults) add('default-export', startOf(node), refusals.defaults);
  if (entry === undefined) add(`no-${name}`, { line: 1, column: 1 }, refusals.absent);
  else if (entry.fn !== undefined) {
    const { fn } = entry;
    if (fn.generator === true) add(`${name}-generator`, startOf(fn), refusals.generator);
    if (childList(fn, 'params').length !== refusals.takes)
      add(`${name}-parameters`, startOf(fn), refusals.parameters, 'warning');
  }
  // A script runs once, so its variables live as long as it does.
  for (const statement of name === 'fold' ? childList(program, 'body') : []) {
    const node = statement.type === 'ExportNamedDeclaration' ? child(statement, 'declaration') : statement;
    if (node?.type !== 'VariableDeclaration' || node.kind === 'const') continue;
    const names = childList(node, 'declarations').flatMap((each) => boundBy(child(each, 'id')));
    if (names.length > 0) add('module-state', startOf(node), MODULE_STATE, 'warning');
  }
}
