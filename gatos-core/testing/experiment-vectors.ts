/** Runs the golden vectors of `conformance/vectors/experiments`: roots, drift reports, statements, and receipts in files. */
import { Cid, decode, formatHex, type JsonValue, parseHex } from '../src/codec/index.js';
import {
  compareContents,
  compareExperiment,
  driftReportValue,
  EXPERIMENT_SCHEMA,
  type ExportedExperiment,
  experimentRoots,
  formatCitation,
  formatDriftReport,
  parseReceipt,
  roCrate,
  signStatement,
  statementBytes,
  verifyReceipt,
} from '../src/experiments/index.js';
import { nobleEngine, nobleSigner } from '../src/identity/index.js';
import { EXECUTION_KIND, MANIFEST_KIND } from '../src/jobs/index.js';
import { fromUtf8 } from '../src/kernel/index.js';
import { vectorRunner } from './vector-runner.js';

/** Records are the hex of their DAG-CBOR. */
interface RunText {
  readonly manifest: string;
  readonly execution: string;
}

const runOf = ({ manifest, execution }: RunText) => ({
  manifest: MANIFEST_KIND.schema.read(decode(parseHex(manifest))),
  execution: EXECUTION_KIND.schema.read(decode(parseHex(execution))),
});

function runRoots({ runs }: { readonly runs: readonly RunText[] }): JsonValue {
  const read = runs.map(runOf);
  const roots = experimentRoots(
    read.map(({ execution }) => execution),
    read.map(({ manifest }) => manifest),
  );
  return {
    inputs_root: formatHex(roots.inputs_root),
    program_id: String(roots.program_id),
    outputs_root: formatHex(roots.outputs_root),
  };
}

interface DriftInput {
  readonly pairs: readonly { readonly job: string; readonly recorded: RunText; readonly reproduced: RunText }[];
  /** Bytes as hex. */
  readonly contents: readonly { readonly path: string; readonly recorded: string; readonly reproduced: string }[];
}

function runDrift({ pairs, contents }: DriftInput): JsonValue {
  const report = {
    differences: compareExperiment(
      pairs.map(({ job, recorded, reproduced }) => ({
        job: Cid.parse(job),
        recorded: runOf(recorded),
        reproduced: runOf(reproduced),
      })),
    ),
    contents: contents.flatMap(({ path, recorded, reproduced }) => {
      const found = compareContents({ path, recorded: parseHex(recorded), reproduced: parseHex(reproduced) });
      return found === null ? [] : [found];
    }),
  };
  return { report: driftReportValue(report), text: formatDriftReport(report) };
}

export interface StatementInput {
  /** Of the key that signs: 32 bytes as hex. */
  readonly seed: string;
  readonly proof: string;
  readonly pox: string;
  readonly actor: string;
  readonly time: number;
  readonly repo: string;
  readonly jobs: readonly (RunText & { readonly poe: string; readonly actor: string; readonly key: string })[];
  readonly license: ExportedExperiment['license'];
}

async function runStatement(input: StatementInput): Promise<JsonValue> {
  const signer = nobleSigner({ seed: parseHex(input.seed), source: 'vector' });
  const experiment: ExportedExperiment = {
    proof: EXPERIMENT_SCHEMA.read(decode(parseHex(input.proof))),
    pox: Cid.parse(input.pox),
    actor: input.actor,
    key: signer.key,
    time: input.time,
    repo: Cid.parse(input.repo),
    jobs: input.jobs.map(({ poe, actor, key, ...run }) => ({
      ...runOf(run),
      poe: Cid.parse(poe),
      actor,
      key: parseHex(key),
    })),
    license: input.license,
  };
  const { payload, signature } = await signStatement(statementBytes(experiment), signer);
  const crate = roCrate(experiment);
  return {
    statement: fromUtf8(payload),
    signature: formatHex(signature),
    crate: crate.metadata,
    files: crate.files.map(({ path, cid }) => [path, String(cid)]),
    citation: formatCitation(experiment, 'text'),
  };
}

interface ReceiptInput {
  readonly text: string;
  readonly pox?: string;
  /** 32 bytes as hex. */
  readonly key?: string;
}

async function runReceipt({ text, pox, key }: ReceiptInput): Promise<JsonValue> {
  const { reproduction } = parseReceipt(text);
  const report = await verifyReceipt(text, {
    engine: nobleEngine(),
    pox: pox === undefined ? undefined : Cid.parse(pox),
    key: key === undefined ? undefined : parseHex(key),
  });
  return {
    experiment: reproduction.experiment,
    verdict: reproduction.verdict,
    outcome: report.outcome,
    checks: report.checks.map(({ name, outcome, code }) => [name, code ?? outcome]),
  };
}

export const EXPERIMENT_VECTORS = vectorRunner({
  roots: runRoots,
  drift: runDrift,
  statements: runStatement,
  receipts: runReceipt,
});
