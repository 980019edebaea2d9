/** The compiler: sources of a bundle in, program, tests and diagnostics out. */
import { sha256 } from '#hash';
import { compareText, LIMITS, utf8 } from '../../kernel/index.js';
import type { Diagnostic, SourceText } from '../language/index.js';
import { analyse } from './analyse.js';
import type { Bundle, PredicateInfo } from './bundle.js';
import { Constants } from './constants.js';
import { Findings, sortDiagnostics } from './findings.js';
import type { Clause, Head, Predicate, Program } from './ir.js';
import { lowerHead } from './lower-head.js';
import { type ClausePlan, inferNeeds, lowerClause, resolveClause } from './lower-rule.js';
import { readModules, type Unit } from './modules.js';
import { resolveBody } from './resolve-body.js';
import { layers } from './strata.js';
import { type PolicyTest, readTests } from './tests.js';
import { warnUnusedNames } from './unused.js';

export interface Compilation {
  /** Null when there is an error. */
  readonly program: Program | null;
  /** Sorted by file and place; warnings too. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of all modules, sorted by file and place. */
  readonly tests: readonly PolicyTest[];
}

/**
 * Compiles the files of a bundle: `.rgs` modules, `*_test.rgs` (tests only), and Markdown ADRs with ```` ```rgs ```` blocks.
 * File names are relative to the bundle, with `/` between folders. The same files give the same program, in whatever order.
 */
export function compileBundle(files: readonly SourceText[]): Compilation {
  const findings = new Findings();
  const { units, said } = readModules(files, findings);
  const lawful = units.filter(({ isTest }) => !isTest);
  const bundle = bundleOf(lawful, findings);
  const plans = resolveRules(bundle);
  for (const unit of lawful) for (const name of unit.constants.keys()) checkConstant(bundle, unit, name);
  settleNeeds(plans);
  const heads = lowerHeads(bundle, lawful);
  const program = assemble(bundle, { units: lawful, plans, heads });
  if (said.every(({ severity }) => severity !== 'error')) {
    analyse(program, { bundle, units: lawful });
    warnUnusedNames(program, { bundle, units: lawful });
  }
  const tests = readTests(units, { bundle, heads });
  const diagnostics = sortDiagnostics([...said, ...withoutEchoes(findings.list(), said)]);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  return { program: failed ? null : program, diagnostics, tests };
}

/** What a module that could not be read whole makes look wrong elsewhere. */
const ECHOES: ReadonlySet<string> = new Set(
  ['unknown-rule', 'unknown-member', 'unknown-id', 'unsafe', 'unbound-argument', 'empty-body', 'constant'].map(
    (code) => `policy/${code}`,
  ),
);

function withoutEchoes(found: readonly Diagnostic[], said: readonly Diagnostic[]): readonly Diagnostic[] {
  if (said.every(({ severity }) => severity !== 'error')) return found;
  return found.filter(({ severity, code }) => severity === 'error' && !ECHOES.has(code));
}

/** Evaluates a constant for its findings, without calling it used. */
function checkConstant({ constants }: Bundle, unit: Unit, name: string): void {
  const used = unit.used.constants.has(name);
  constants.valueOf(unit, name);
  if (!used) unit.used.constants.delete(name);
}

function bundleOf(units: readonly Unit[], findings: Findings): Bundle {
  const infos: Omit<PredicateInfo, 'index'>[] = [];
  for (const unit of units)
    for (const [name, clauses] of unit.rules) {
      const params = clauses[0]?.params ?? [];
      const parameters = params.map((param, index) => (param.kind === 'name' ? param.name : `${index + 1}`));
      const sets = { needs: new Set<number>(), callers: new Set<PredicateInfo>() };
      infos.push({ name: `${unit.name}.${name}`, unit, arity: params.length, parameters, ...sets });
    }
  infos.sort((a, b) => compareText(a.name, b.name));
  const predicates = new Map(infos.map((info, index) => [info.name, { ...info, index }]));
  const moduleIndex = new Map(units.map((unit, index) => [unit, index]));
  return {
    findings,
    constants: new Constants(findings),
    predicates,
    moduleIndex,
    resolveBody,
    poisoned: new WeakSet(),
    budget: { left: LIMITS.policyNodes },
  };
}

type Plans = ReadonlyMap<PredicateInfo, readonly ClausePlan[]>;

function resolveRules(bundle: Bundle): Plans {
  const plans = new Map<PredicateInfo, readonly ClausePlan[]>();
  let left: number = LIMITS.policyItems;
  for (const predicate of bundle.predicates.values()) {
    const { unit } = predicate;
    const clauses = unit.rules.get(predicate.name.slice(unit.name.length + 1)) ?? [];
    const kept = clauses.slice(0, Math.max(0, left));
    left -= clauses.length;
    const [dropped] = clauses.slice(kept.length);
    if (dropped !== undefined)
      bundle.findings.add(unit.source, dropped.span, 'too-many', {
        what: 'rules in the bundle',
        limit: LIMITS.policyItems,
      });
    const site = { bundle, unit, caller: predicate };
    plans.set(
      predicate,
      kept.map((item) => resolveClause(site, predicate, item)),
    );
  }
  return plans;
}

/** A rule that calls a test rule may become one: repeats until no rule needs more. */
function settleNeeds(plans: Plans): void {
  const queue = new Set(plans.keys());
  for (const predicate of queue) {
    queue.delete(predicate);
    const before = predicate.needs.size;
    for (const plan of plans.get(predicate) ?? []) inferNeeds(plan);
    if (predicate.needs.size === before) continue;
    queue.add(predicate);
    for (const caller of predicate.callers) queue.add(caller);
  }
}

function lowerHeads(bundle: Bundle, units: readonly Unit[]): readonly Head[] {
  const seen = new Map<string, { readonly file: string; readonly line: number }>();
  const heads: Head[] = [];
  for (const unit of units)
    for (const item of unit.heads) {
      if (seen.size >= LIMITS.policyItems) {
        bundle.findings.add(unit.source, item.span, 'too-many', {
          what: 'denials and warnings',
          limit: LIMITS.policyItems,
        });
        break;
      }
      const before = seen.get(item.id.text);
      const head = lowerHead({ bundle, unit, caller: null }, item);
      if (before !== undefined) {
        bundle.findings.add(unit.source, item.id.span, 'same-id', { id: item.id.text, ...before });
        continue;
      }
      const { line } = unit.source.positionOf(item.id.span.start);
      seen.set(item.id.text, { file: unit.source.file, line });
      heads.push(head);
    }
  return heads.sort((a, b) => compareText(a.id, b.id));
}

interface Parts {
  readonly units: readonly Unit[];
  readonly plans: Plans;
  readonly heads: readonly Head[];
}

function assemble(bundle: Bundle, { units, plans, heads }: Parts): Program {
  const predicates: Predicate[] = [...bundle.predicates.values()].map((info) => {
    const clauses: readonly Clause[] = (plans.get(info) ?? []).map(lowerClause);
    return { name: info.name, arity: info.arity, needs: [...info.needs].sort((a, b) => a - b), clauses };
  });
  const modules = units.map(({ name, source, text }) => ({ name, file: source.file, digest: sha256(utf8(text)) }));
  return { v: 1, modules, predicates, strata: layers(predicates), heads };
}
