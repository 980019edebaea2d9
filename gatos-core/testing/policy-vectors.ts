/** Runs the golden vectors of `conformance/vectors/policy`: what programs decide, what is wrong with them, their bytes, and what explains them. */
import { formatHex, formatJson, type JsonValue, parseHex } from '../src/codec/index.js';
import { GatosError, invariant } from '../src/kernel/index.js';
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
import type { Vector, VectorMismatch } from './vector.js';

/** What comes out: an answer, or the code of the refusal. */
type Outcome = { readonly answer: JsonValue } | { readonly code: string };

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

function runDecision({ modules, input }: Judged): Outcome {
  const decision = machineOf(modules).evaluate(input);
  return { answer: { decision: plain(decision), bytes: formatHex(encodeDecision(decision)) } };
}

function runExplanation({ modules, input }: Judged): Outcome {
  return { answer: explain(machineOf(modules), input).map((each) => formatExplanation(each).split('\n')) };
}

/** Every finding; the first error is not a refusal of its own, because one run tells them all. */
function runFindings({ modules }: { readonly modules: readonly SourceText[] }): Outcome {
  const { program, diagnostics } = compileBundle(modules);
  const findings = diagnostics.map(({ severity, code, file, line, column }) => ({
    severity,
    code,
    file,
    line,
    column,
  }));
  return { answer: { compiles: program !== null, findings } };
}

/** Sources to bytes, or bytes to sources. */
function runCode(input: { readonly modules: readonly SourceText[] } | { readonly rgc: string }): Outcome {
  if ('rgc' in input) {
    const program = decodeProgram(parseHex(input.rgc));
    invariant(formatHex(encodeProgram(program)) === input.rgc, 'one program, one encoding');
    return { answer: decompile(program).map(({ file, text }) => ({ file, text })) };
  }
  const { program } = compileBundle(input.modules);
  invariant(program !== null, 'the programs of these vectors compile');
  const bytes = encodeProgram(program);
  return { answer: { rgc: formatHex(bytes), policy_code_root: formatHex(policyCodeRoot(bytes)) } };
}

function runInput({ given }: { readonly given: JsonValue }): Outcome {
  return { answer: completeInput(given) as unknown as JsonValue };
}

type Run = (input: never) => Outcome;

const RUNS: Readonly<Record<string, Run>> = {
  'policy-code': runCode,
  'policy-decision': runDecision,
  'policy-explanation': runExplanation,
  'policy-findings': runFindings,
  'policy-input': runInput,
};

/** Areas that `checkPolicyVector` knows. */
export const POLICY_AREAS: readonly string[] = Object.keys(RUNS);

/** What the code makes of the input of a vector. */
export function runPolicyVector(area: string, input: unknown): Outcome {
  const run = RUNS[area];
  invariant(run !== undefined, `there is a runner for the area ${area}`);
  try {
    return run(input as never);
  } catch (error) {
    if (error instanceof GatosError) return { code: error.code };
    throw error;
  }
}

/** Runs one vector of an area. Returns how policy departs from it, or undefined when it does not. */
export function checkPolicyVector(area: string, { input, want, wantError }: Vector): VectorMismatch {
  const got = runPolicyVector(area, input);
  if ('code' in got) return got.code === wantError ? undefined : `refused as ${got.code}`;
  if (wantError !== undefined) return `accepted, wanted ${wantError}`;
  const [have, wanted] = [got.answer, want as JsonValue].map((value) => formatJson(value, { sorted: true }));
  return have === wanted ? undefined : `gave ${have}`;
}
