/** The modules of a bundle: parsed, named, with a table of what each defines and of whom it imports. */
import { compareText, LIMITS } from '../../kernel/index.js';
import { SIGNATURES } from '../builtins/index.js';
import { nearest } from '../input/index.js';
import {
  type ConstItem,
  type Diagnostic,
  extractModule,
  type HeadItem,
  type Module,
  type Name,
  parseModule,
  type RuleItem,
  Source,
  type SourceText,
  skippedBlocks,
  type TestItem,
} from '../language/index.js';
import type { Findings } from './findings.js';

export interface Unit {
  readonly name: string;
  readonly source: Source;
  /** The file's text as given: of an ADR, the whole Markdown. */
  readonly text: string;
  readonly module: Module;
  /** `*_test.rgs`: tests and their constants, no part of the law. */
  readonly isTest: boolean;
  readonly rules: ReadonlyMap<string, readonly RuleItem[]>;
  readonly constants: ReadonlyMap<string, ConstItem>;
  readonly heads: readonly HeadItem[];
  readonly tests: readonly TestItem[];
  /** By the name that this module gives them; null where there is no such module. */
  readonly imports: Map<string, Unit | null>;
  readonly used: { readonly imports: Set<string>; readonly constants: Set<string> };
}

export const FACT_NAMES: ReadonlySet<string> = new Set(['grant', 'granted', 'member']);
const MODULE_NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/;

/** `house/times.rgs` → `house.times`; `docs/0042-public-api.md` → `adr_0042`. */
export function moduleNameOf(file: string): string {
  if (!file.endsWith('.md')) return file.replace(/\.rgs$/, '').replaceAll('/', '.');
  const base = file.slice(file.lastIndexOf('/') + 1, -'.md'.length);
  const number = /^\d+/.exec(base)?.[0];
  return `adr_${number ?? base.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`;
}

/** All modules that can be read, sorted by name. What is wrong with them goes to `findings` and `said`. */
export function readModules(
  files: readonly SourceText[],
  findings: Findings,
): { units: readonly Unit[]; said: readonly Diagnostic[] } {
  const said: Diagnostic[] = [];
  const units: Unit[] = [];
  for (const file of files.slice(0, LIMITS.policyModules)) {
    const isPage = file.file.endsWith('.md');
    const text = isPage ? extractModule(file) : file;
    if (isPage) for (const span of skippedBlocks(file)) findings.add(new Source(file), span, 'ignored-block', {});
    // An ADR without a block of rules is no module.
    if (text === null) continue;
    const { module, diagnostics } = parseModule(text);
    said.push(...diagnostics);
    units.push(unitOf(file, module, findings));
  }
  units.sort((a, b) => compareText(a.name, b.name) || compareText(a.source.file, b.source.file));
  const [first] = units;
  if (files.length > LIMITS.policyModules && first !== undefined)
    findings.add(first.source, NOWHERE, 'too-many', { what: 'modules in the bundle', limit: LIMITS.policyModules });
  const distinct = refuseTwice(units, findings);
  for (const unit of distinct) resolveImports(unit, distinct, findings);
  return { units: distinct, said };
}

const NOWHERE = { start: 0, end: 0 };

function unitOf({ file, text }: SourceText, module: Module, findings: Findings): Unit {
  const source = new Source({ file, text });
  const name = module.name?.text ?? moduleNameOf(file);
  if (!MODULE_NAME.test(name)) findings.add(source, module.name?.span ?? NOWHERE, 'module-name', { name });
  const rules = new Map<string, RuleItem[]>();
  const constants = new Map<string, ConstItem>();
  const heads: HeadItem[] = [];
  const tests: TestItem[] = [];
  const isTest = file.endsWith('_test.rgs');
  const defined = new Names(source, findings);
  for (const item of module.items) {
    if (isTest && (item.kind === 'rule' || item.kind === 'head'))
      findings.add(source, item.span, 'law-in-tests', { what: item.kind === 'rule' ? 'rules' : item.effect });
    if (item.kind === 'head') heads.push(item);
    else if (item.kind === 'test') tests.push(item);
    else if (item.kind === 'const') {
      if (defined.claim('constant', item.name)) constants.set(item.name.text, item);
    } else if (defined.claim('rule', item.name)) {
      const clauses = rules.get(item.name.text) ?? [];
      const [first] = clauses;
      if (first !== undefined && first.params.length !== item.params.length) {
        const { line } = source.positionOf(first.span.start);
        const data = { name: item.name.text, wanted: first.params.length, found: item.params.length, line };
        findings.add(source, item.name.span, 'other-arity', data);
      } else rules.set(item.name.text, [...clauses, item]);
      if (item.params.length > LIMITS.policyParams)
        findings.add(source, item.name.span, 'too-many', { what: 'parameters', limit: LIMITS.policyParams });
    }
  }
  const used = { imports: new Set<string>(), constants: new Set<string>() };
  return { name, source, text, module, isTest, rules, constants, heads, tests, imports: new Map(), used };
}

/** Names that a module defines at its top. */
class Names {
  readonly #seen = new Map<string, { readonly what: string; readonly name: Name }>();

  constructor(
    readonly source: Source,
    readonly findings: Findings,
  ) {}

  /** Is the name free, or that of an alternative of the same rule? */
  claim(what: 'constant' | 'rule', name: Name): boolean {
    if (what === 'rule' && (SIGNATURES.has(name.text) || FACT_NAMES.has(name.text))) {
      this.findings.add(this.source, name.span, 'builtin-name', { name: name.text });
      return false;
    }
    const before = this.#seen.get(name.text);
    if (before === undefined) {
      this.#seen.set(name.text, { what, name });
      return true;
    }
    if (before.what === 'rule' && what === 'rule') return true;
    const { line } = this.source.positionOf(before.name.span.start);
    this.findings.add(this.source, name.span, 'same-name', { what: before.what, name: name.text, line, file: null });
    return false;
  }
}

function refuseTwice(units: readonly Unit[], findings: Findings): readonly Unit[] {
  return units.filter((unit, index) => {
    const before = units[index - 1];
    if (before?.name !== unit.name) return true;
    findings.add(unit.source, unit.module.name?.span ?? NOWHERE, 'same-module', {
      name: unit.name,
      file: before.source.file,
    });
    return false;
  });
}

function resolveImports(unit: Unit, units: readonly Unit[], findings: Findings): void {
  const lawful = units.filter(({ isTest }) => !isTest);
  for (const { module, as } of unit.module.imports) {
    const found = units.find(({ name }) => name === module.text);
    if (found === undefined) {
      const meant = nearest(
        module.text,
        lawful.map(({ name }) => name),
      );
      findings.add(unit.source, module.span, 'unknown-module', { name: module.text, meant });
    } else if (found.isTest) findings.add(unit.source, module.span, 'import-test', { name: module.text });
    const alias = as ?? module;
    if (unit.imports.has(alias.text) || unit.constants.has(alias.text)) {
      const { line } = unit.source.positionOf(unit.constants.get(alias.text)?.span.start ?? 0);
      findings.add(unit.source, alias.span, 'same-name', { what: 'the name', name: alias.text, line, file: null });
    } else unit.imports.set(alias.text, found === undefined || found.isTest ? null : found);
  }
}
