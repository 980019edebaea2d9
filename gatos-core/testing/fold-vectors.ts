/** Runs the golden vectors of `conformance/vectors/fold` against a sandbox engine. */
import { formatJson, type JsonValue } from '../src/codec/index.js';
import { type FoldedRange, foldRange, lintFold, type SandboxEngine } from '../src/fold/index.js';
import { GatosError } from '../src/kernel/index.js';
import type { Vector, VectorMismatch } from './vector.js';

interface RunInput {
  readonly source: string;
  /** `[ulid, type, key or null, payload]`, folded in this order. */
  readonly rows: readonly JsonValue[];
  /** How often the rows are folded, one time after the other; once when absent. */
  readonly times?: number;
  /** State before the first event; the empty map when absent. */
  readonly initial?: JsonValue;
  readonly gas: number;
  readonly memory: number;
}

/** Areas that `checkFoldVector` knows. */
export const FOLD_AREAS: readonly string[] = ['fold-run', 'fold-lint'];

const GROUP = { actor: 'user:alice', time: 1_700_000_000_000_000 } as const;

async function run(engine: SandboxEngine, input: RunInput): Promise<FoldedRange> {
  const { source, gas, memory, initial = {}, times = 1 } = input;
  const sandbox = await engine.instantiate({ source, gas, memory });
  try {
    const rows = Array.from({ length: times }, () => input.rows).flat();
    const batch = { rows: formatJson(rows), groups: [{ ...GROUP, count: rows.length }], count: rows.length };
    return foldRange({ sandbox, startIndex: 0, state: initial, batches: [batch] });
  } finally {
    sandbox.dispose();
  }
}

interface Told {
  readonly state: JsonValue;
  readonly gas: number;
}

/** The state may be nested as deeply as a JSON text may, so the gas stands beside it. */
function told({ state, gas }: Told): string {
  return `${formatJson(state, { sorted: true })} for ${gas} gas`;
}

/** What a vector asks for, as text: the state and its gas, the findings, or the code of the refusal. */
async function answer(engine: SandboxEngine, area: string, input: unknown): Promise<string> {
  if (area === 'fold-lint') {
    const findings = lintFold((input as { readonly source: string }).source);
    return formatJson(
      findings.map(({ rule, severity, line, column }) => ({ rule, severity, line, column })),
      { sorted: true },
    );
  }
  try {
    const { state, gasUsed } = await run(engine, input as RunInput);
    return told({ state, gas: gasUsed });
  } catch (error) {
    if (error instanceof GatosError) return error.code;
    throw error;
  }
}

/** Runs one vector of an area. Returns how the sandbox departs from it, or undefined when it does not. */
export async function checkFoldVector(engine: SandboxEngine, area: string, vector: Vector): Promise<VectorMismatch> {
  const got = await answer(engine, area, vector.input);
  const wanted =
    vector.wantError ??
    (area === 'fold-run' ? told(vector.want as Told) : formatJson(vector.want as JsonValue, { sorted: true }));
  return got === wanted ? undefined : `gave ${got}`;
}
