/** Runs the tests of a bundle: what was expected, and what fired instead. */
import type { NewFile } from '../chain/index.js';
import type { LongCall } from '../kernel/index.js';
import { readSources } from './bundle.js';
import type { PolicyTest } from './compile/index.js';
import { type Decision, type Machine, prepare } from './evaluate/index.js';
import { completeInput } from './input/index.js';
import { type Diagnostic, type Expect, Source } from './language/index.js';

export interface TestReport {
  /** Sorted by file and place. */
  readonly tests: readonly TestResult[];
  readonly passed: number;
  readonly failed: number;
  /** What the compiler warns about. */
  readonly warnings: readonly Diagnostic[];
}

export interface TestResult {
  readonly name: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Empty: it passed. */
  readonly failures: readonly TestFailure[];
  /** What fired and which rules erred, one line each; empty when nothing did. */
  readonly fired: readonly string[];
}

/** One expectation that was not met. */
export interface TestFailure {
  /** As it is written: `deny "friday"`. */
  readonly expected: string;
  readonly line: number;
  readonly column: number;
  readonly why: string;
}

/** Runs every test of these files. Throws as `readSources`, and when the signal is aborted. */
export function testPolicies(files: readonly NewFile[], { signal, progress }: LongCall = {}): TestReport {
  const { program, codeRoot, sources, tests, warnings } = readSources(files);
  const machine = prepare(program, { codeRoot, sources });
  const places = new Map([...sources].map(([file, text]) => [file, new Source({ file, text })]));
  const results = tests.map((test, done) => {
    signal?.throwIfAborted();
    progress?.({ task: 'test policies', done, total: tests.length, unit: 'tests' });
    return runTest(machine, test, places.get(test.file));
  });
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  return { tests: results, passed: results.length - failed, failed, warnings };
}

function runTest(
  machine: Machine,
  { name, file, line, given, expects }: PolicyTest,
  source: Source | undefined,
): TestResult {
  const decision = machine.evaluate(completeInput(given));
  const failures = expects.flatMap((expect): readonly TestFailure[] => {
    const why = faultOf(expect, decision);
    if (why === null) return [];
    const place = source?.positionOf(expect.span.start) ?? { line, column: 1 };
    return [{ expected: textOf(expect), ...place, why }];
  });
  return { name, file, line, failures, fired: firedBy(decision) };
}

function firedBy({ fired, truncated, errors }: Decision): readonly string[] {
  return [
    ...fired.map(({ effect, id, message, file, line }) => `${effect} "${id}": ${message} (${file}:${line})`),
    ...(truncated === undefined ? [] : [`and ${truncated} more`]),
    ...errors.map(({ rule, message, file, line }) => `error in ${rule}: ${message} (${file}:${line})`),
  ];
}

function textOf(expect: Expect): string {
  if (expect.kind === 'allow') return 'allow';
  if (expect.kind === 'message') return `message ${quoted(expect.text)}`;
  const { no, effect, id } = expect;
  return `${no ? 'no ' : ''}${effect}${id === null ? '' : ` ${quoted(id.text)}`}`;
}

const quoted = (text: string): string => `"${text}"`;

/** Why a decision is not what was expected; null when it is. A rule that erred denies, but it did not fire. */
function faultOf(expect: Expect, { verdict, fired, errors }: Decision): string | null {
  switch (expect.kind) {
    case 'allow':
      return verdict === 'allow' ? null : errors.length > 0 ? 'a rule erred, which denies' : 'it was denied';
    case 'message': {
      const said = fired.some(({ message }) => message.includes(expect.text));
      return said ? null : 'no message that fired holds it';
    }
    case 'fires': {
      const { effect, no, id } = expect;
      const hits = fired.filter((each) => each.effect === effect && (id === null || each.id === id.text));
      if (!no) return hits.length > 0 ? null : 'it did not fire';
      if (hits.length > 0) return 'it fired';
      // Nobody knows what a rule that erred would have fired.
      return errors.length > 0 ? 'a rule erred' : null;
    }
  }
}
