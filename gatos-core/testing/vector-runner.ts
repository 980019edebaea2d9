/** One way to run golden vectors for every plane: a plane says what its code makes of an input, the runner compares. */
import { formatJson, type JsonValue } from '../src/codec/index.js';
import { invariant, isGatosError } from '../src/kernel/index.js';
import type { Vector, VectorMismatch } from './vector.js';

/** A refusal that is told and not thrown, such as that of a report. */
export class Refusal {
  constructor(readonly code: string) {}
}

export type VectorAnswer = JsonValue | Refusal;

/** What the code makes of an input; a GatosError that it throws is a refusal as well. */
export type VectorRun = (input: never) => VectorAnswer | Promise<VectorAnswer>;

export interface VectorRunner {
  readonly areas: readonly string[];
  /** For making vectors, and for checking them. */
  run(area: string, input: unknown): Promise<VectorAnswer>;
  /** How the code departs from a vector; undefined when it does not. */
  check(area: string, vector: Vector): Promise<VectorMismatch>;
}

export function vectorRunner(runs: Readonly<Record<string, VectorRun>>): VectorRunner {
  const run = async (area: string, input: unknown): Promise<VectorAnswer> => {
    const of = runs[area];
    invariant(of !== undefined, `there is a runner for the area ${area}`);
    try {
      return await of(input as never);
    } catch (error) {
      if (!isGatosError(error)) throw error;
      return new Refusal(error.code);
    }
  };
  const check = async (area: string, { input, want, wantError }: Vector): Promise<VectorMismatch> => {
    const got = await run(area, input);
    if (got instanceof Refusal) return got.code === wantError ? undefined : `refused as ${got.code}`;
    if (wantError !== undefined) return `accepted, wanted ${wantError}`;
    const [have, wanted] = [got, want as JsonValue].map((value) => formatJson(value, { sorted: true }));
    return have === wanted ? undefined : `gave ${have}`;
  };
  return { areas: Object.keys(runs), run, check };
}
