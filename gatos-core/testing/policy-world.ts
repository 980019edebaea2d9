/** Policies in tests: source to machine, few fields to a whole document. */
import type { JsonValue } from '../src/codec/index.js';
import { compileBundle, completeInput, type Decision, type Machine, prepare } from '../src/policy/index.js';

export const CODE_ROOT: Uint8Array = new Uint8Array(32).fill(7);

/** The machine of one module, `p.rgs`. Throws with the diagnostics when it does not compile. */
export function policyMachine(text: string): Machine {
  const { program, diagnostics } = compileBundle([{ file: 'p.rgs', text }]);
  if (program === null) {
    throw new Error(diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  }
  return prepare(program, { codeRoot: CODE_ROOT, sources: new Map([['p.rgs', text]]) });
}

/** A document from some of its fields. */
export function policyInput(given: JsonValue = {}): JsonValue {
  return completeInput(given as Parameters<typeof completeInput>[0]) as unknown as JsonValue;
}

/** The decision of one module on a document from some of its fields. */
export function decide(text: string, given: JsonValue = {}): Decision {
  return policyMachine(text).evaluate(policyInput(given));
}

/** Firings in one line each: `deny id {bindings}`. */
export function firedBy(decision: Decision): readonly string[] {
  return decision.fired.map(({ effect, id, message }) => `${effect} ${id}: ${message}`);
}
