/** Runs the golden vectors of `conformance/vectors/jobs`: manifests and their ids, roots over named files, and bodies of each kind. */
import { Cid, decode, formatHex, formatJson, type JsonValue, parseHex } from '../src/codec/index.js';
import {
  CLAIM_KIND,
  EXECUTION_KIND,
  inputsRoot,
  jobId,
  MANIFEST_KIND,
  namedRoot,
  pathFault,
  programId,
  RESULT_KIND,
} from '../src/jobs/index.js';
import { GatosError, invariant } from '../src/kernel/index.js';
import type { Vector, VectorMismatch } from './vector.js';

/** What comes out: an answer, or the code of the first refusal. */
type Outcome = { readonly answer: JsonValue } | { readonly code: string };

/** Input: DAG-CBOR of a manifest in hex. */
function runManifest({ manifest }: { readonly manifest: string }): Outcome {
  const body = MANIFEST_KIND.schema.read(decode(parseHex(manifest)), 'job');
  const answer = {
    job: String(jobId(body)),
    program_id: String(programId(body.program)),
    inputs_root: formatHex(inputsRoot(body)),
    title: MANIFEST_KIND.describe(body, 1).title,
    attachments: (MANIFEST_KIND.attachments?.(body) ?? []).map(({ path }) => path),
  };
  return { answer };
}

/** Input: paths with CIDs, in any order. */
function runRoot({ files }: { readonly files: readonly { readonly path: string; readonly cid: string }[] }): Outcome {
  return { answer: { root: formatHex(namedRoot(files.map(({ path, cid }) => ({ path, cid: Cid.parse(cid) })))) } };
}

function runPath({ path }: { readonly path: string }): Outcome {
  return pathFault(path) === undefined ? { answer: { path } } : { code: 'jobs/bad-file' };
}

const KINDS = { claim: CLAIM_KIND, execution: EXECUTION_KIND, result: RESULT_KIND } as const;

/** Input: DAG-CBOR of a body of this kind in hex. */
function runRecord({ kind, body }: { readonly kind: keyof typeof KINDS; readonly body: string }): Outcome {
  const of = KINDS[kind];
  const read = of.schema.read(decode(parseHex(body)), kind);
  const { title, trailers = [] } = of.describe(read as never, 1);
  return { answer: { title, trailers: trailers.map(([name, value]) => `${name}: ${value}`) } };
}

type Run = (input: never) => Outcome;

const RUNS: Readonly<Record<string, Run>> = {
  manifests: runManifest,
  roots: runRoot,
  paths: runPath,
  records: runRecord,
};

/** Areas that `checkJobsVector` knows. */
export const JOBS_AREAS: readonly string[] = Object.keys(RUNS);

/** What the code makes of the input of a vector. */
export function runJobsVector(area: string, input: unknown): Outcome {
  const run = RUNS[area];
  invariant(run !== undefined, `there is a runner for the area ${area}`);
  try {
    return run(input as never);
  } catch (error) {
    if (error instanceof GatosError) return { code: error.code };
    throw error;
  }
}

/** Runs one vector of an area. Returns how jobs depart from it, or undefined when they do not. */
export function checkJobsVector(area: string, { input, want, wantError }: Vector): VectorMismatch {
  const got = runJobsVector(area, input);
  if ('code' in got) return got.code === wantError ? undefined : `refused as ${got.code}`;
  if (wantError !== undefined) return `accepted, wanted ${wantError}`;
  const [have, wanted] = [got.answer, want as JsonValue].map((value) => formatJson(value, { sorted: true }));
  return have === wanted ? undefined : `gave ${have}`;
}
