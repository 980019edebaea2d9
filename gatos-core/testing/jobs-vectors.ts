/** Runs the golden vectors of `conformance/vectors/jobs`: manifests and their ids, roots over named files, and bodies of each kind. */
import { Cid, decode, formatHex, parseHex } from '../src/codec/index.js';
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
import { Refusal, type VectorAnswer, vectorRunner } from './vector-runner.js';

/** Input: DAG-CBOR of a manifest in hex. */
function runManifest({ manifest }: { readonly manifest: string }): VectorAnswer {
  const body = MANIFEST_KIND.schema.read(decode(parseHex(manifest)), 'job');
  return {
    job: String(jobId(body)),
    program_id: String(programId(body.program)),
    inputs_root: formatHex(inputsRoot(body)),
    title: MANIFEST_KIND.describe(body, 1).title,
    attachments: (MANIFEST_KIND.attachments?.(body) ?? []).map(({ path }) => path),
  };
}

/** Input: paths with CIDs, in any order. */
function runRoot({
  files,
}: {
  readonly files: readonly { readonly path: string; readonly cid: string }[];
}): VectorAnswer {
  return { root: formatHex(namedRoot(files.map(({ path, cid }) => ({ path, cid: Cid.parse(cid) })))) };
}

function runPath({ path }: { readonly path: string }): VectorAnswer {
  return pathFault(path) === undefined ? { path } : new Refusal('jobs/bad-file');
}

const KINDS = { claim: CLAIM_KIND, execution: EXECUTION_KIND, result: RESULT_KIND } as const;

/** Input: DAG-CBOR of a body of this kind in hex. */
function runRecord({ kind, body }: { readonly kind: keyof typeof KINDS; readonly body: string }): VectorAnswer {
  const of = KINDS[kind];
  const read = of.schema.read(decode(parseHex(body)), kind);
  const { title, trailers = [] } = of.describe(read as never, 1);
  return { title, trailers: trailers.map(([name, value]) => `${name}: ${value}`) };
}

export const JOBS_VECTORS = vectorRunner({
  manifests: runManifest,
  roots: runRoot,
  paths: runPath,
  records: runRecord,
});
