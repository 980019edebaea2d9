/** Test items: what is given, as a value checked against the input; what is expected, with ids that exist. */
import type { JsonValue, Step } from '../../codec/index.js';
import { compareText } from '../../kernel/index.js';
import { checkPartialInput, nearest } from '../input/index.js';
import type { Expr as Ast, Expect, Span, TestItem } from '../language/index.js';
import type { Bundle } from './bundle.js';
import type { Head } from './ir.js';
import type { Unit } from './modules.js';

export interface PolicyTest {
  readonly name: string;
  readonly file: string;
  readonly span: Span;
  /** From 1. */
  readonly line: number;
  /** Partial: `completeInput` makes it whole. */
  readonly given: JsonValue;
  readonly expects: readonly Expect[];
}

interface Law {
  readonly bundle: Bundle;
  readonly heads: readonly Head[];
}

/** The tests of all modules that can be run. */
export function readTests(units: readonly Unit[], law: Law): readonly PolicyTest[] {
  const out: PolicyTest[] = [];
  for (const unit of units) {
    const seen = new Map<string, number>();
    for (const item of unit.tests) {
      const test = readTest(unit, item, law);
      const before = seen.get(item.name.text);
      if (before !== undefined)
        law.bundle.findings.add(unit.source, item.name.span, 'same-test', { name: item.name.text, line: before });
      seen.set(item.name.text, unit.source.positionOf(item.span.start).line);
      if (test !== null) out.push(test);
    }
  }
  return out.sort((a, b) => compareText(a.file, b.file) || a.span.start - b.span.start);
}

function readTest(unit: Unit, item: TestItem, law: Law): PolicyTest | null {
  const { findings, constants } = law.bundle;
  for (const expect of item.expects) checkExpect(unit, expect, law);
  const given = constants.evaluate(unit, item.given);
  if (given === undefined) return null;
  const problems = checkPartialInput(given);
  for (const { path, why, hint, steps } of problems)
    findings.add(unit.source, spanAt(item.given, steps), 'bad-given', { path, why, hint });
  if (problems.length > 0) return null;
  const { line } = unit.source.positionOf(item.span.start);
  return { name: item.name.text, file: unit.source.file, span: item.span, line, given, expects: item.expects };
}

function checkExpect(unit: Unit, expect: Expect, { bundle, heads }: Law): void {
  if (expect.kind !== 'fires' || expect.id === null) return;
  const { effect, id } = expect;
  const ids = heads.filter((head) => head.effect === effect).map((head) => head.id);
  if (ids.includes(id.text)) return;
  bundle.findings.add(unit.source, id.span, 'unknown-id', { effect, id: id.text, meant: nearest(id.text, ids) });
}

/** The place of a part of the given value, as far as it is written out there. */
function spanAt(expr: Ast, steps: readonly Step[]): Span {
  let at = expr;
  for (const [index, step] of steps.entries()) {
    if (at.kind === 'list' && typeof step === 'number') {
      const item = at.items[step];
      if (item === undefined) return at.span;
      at = item;
    } else if (at.kind === 'record') {
      const entry = at.entries.find(({ key }) => key.text === step);
      if (entry === undefined) return at.span;
      if (index === steps.length - 1) return entry.key.span;
      at = entry.value;
    } else return at.span;
  }
  return at.span;
}
