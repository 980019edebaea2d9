/** Runs the golden vectors of `conformance/vectors/policy`: what programs decide, what is wrong with them, their bytes, and what explains them. */
import { formatHex, type JsonValue, parseHex } from '../src/codec/index.js';
import { invariant } from '../src/kernel/index.js';
import {
  compileBundle,
  completeInput,
  type Decision,
  decodeProgram,
  decompile,
  encodeDecision,
  encodeProgram,
  explain,
  formatExplanation,
  type Machine,
  policyCodeRoot,
  prepare,
  type SourceText,
} from '../src/policy/index.js';
import { type VectorAnswer, vectorRunner } from './vector-runner.js';

interface Judged {
  readonly modules: readonly SourceText[];
  /** A whole document. */
  readonly input: JsonValue;
}

function machineOf(modules: readonly SourceText[]): Machine {
  const { program } = compileBundle(modules);
  invariant(program !== null, 'the programs of these vectors compile');
  return prepare(program, { sources: new Map(modules.map(({ file, text }) => [file, text])) });
}

/** As JSON: CIDs as texts, bytes in hex. */
function plain(decision: Decision): JsonValue {
  const { input, policy_code_root: root, ...rest } = decision;
  return { ...rest, input: String(input), policy_code_root: formatHex(root) } as unknown as JsonValue;
}

function runDecision({ modules, input }: Judged): VectorAnswer {
  const decision = machineOf(modules).evaluate(input);
  return { decision: plain(decision), bytes: formatHex(encodeDecision(decision)) };
}

function runExplanation({ modules, input }: Judged): VectorAnswer {
  return explain(machineOf(modules), input).map((each) => formatExplanation(each).split('\n'));
}

/** Every finding; the first error is not a refusal of its own, because one run tells them all. */
function runFindings({ modules }: { readonly modules: readonly SourceText[] }): VectorAnswer {
  const { program, diagnostics } = compileBundle(modules);
  const findings = diagnostics.map(({ severity, code, file, line, column }) => ({
    severity,
    code,
    file,
    line,
    column,
  }));
  return { compiles: program !== null, findings };
}

/** Sources to bytes, or bytes to sources. */
function runCode(input: { readonly modules: readonly SourceText[] } | { readonly rgc: string }): VectorAnswer {
  if ('rgc' in input) {
    const program = decodeProgram(parseHex(input.rgc));
    invariant(formatHex(encodeProgram(program)) === input.rgc, 'one program, one encoding');
    return decompile(program).map(({ file, text }) => ({ file, text }));
  }
  const { program } = compileBundle(input.modules);
  invariant(program !== null, 'the programs of these vectors compile');
  const bytes = encodeProgram(program);
  return { rgc: formatHex(bytes), policy_code_root: formatHex(policyCodeRoot(bytes)) };
}

function runInput({ given }: { readonly given: JsonValue }): VectorAnswer {
  return completeInput(given) as unknown as JsonValue;
}

export const POLICY_VECTORS = vectorRunner({
  'policy-code': runCode,
  'policy-decision': runDecision,
  'policy-explanation': runExplanation,
  'policy-findings': runFindings,
  'policy-input': runInput,
});
