/**
 * The experiment as an in-toto Statement v1 (github.com/in-toto/attestation, spec/v1/statement.md) with a SLSA Provenance v1 predicate
 * (slsa.dev/spec/v1.0/provenance): outputs are the subjects, jobs are the build.
 */
import {
  type Cid,
  formatDigest,
  formatHex,
  formatJson,
  formatKey,
  formatTime,
  type JsonValue,
} from '../../codec/index.js';
import type { Environment } from '../../jobs/index.js';
import { compareText, utf8 } from '../../kernel/index.js';
import { type ExportedExperiment, type ExportedJob, urn } from './model.js';

type JsonRecord = { readonly [key: string]: JsonValue };

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';
/** How `externalParameters` and `internalParameters` are to be read: as a manifest and as an environment of version 1. */
export const BUILD_TYPE = 'urn:gatos:build-type:job:1';

const digestOf = (cid: Cid): JsonRecord => ({ sha256: formatHex(cid.digest) });

/** Names that files of several jobs have only once; else the job goes before the name. */
function namer(jobs: readonly ExportedJob[], namesOf: (job: ExportedJob) => readonly string[]) {
  const counts = new Map<string, number>();
  for (const name of jobs.flatMap(namesOf)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return (job: ExportedJob, name: string): string => (counts.get(name) === 1 ? name : `${job.execution.job}/${name}`);
}

/**
 * "Each element MUST have `digest` set"; names are unique (statement.md, `subject`). An experiment without outputs proves something
 * about nothing but itself.
 */
function subjects({ jobs, pox }: ExportedExperiment): readonly JsonRecord[] {
  const name = namer(jobs, ({ execution }) => execution.outputs.map(({ path }) => path));
  const outputs = jobs.flatMap((job) =>
    job.execution.outputs.map(({ path, cid }) => ({ name: name(job, path), digest: digestOf(cid) })),
  );
  return outputs.length > 0 ? outputs : [{ name: 'proof-of-experiment', digest: digestOf(pox) }];
}

function externalParameters({ manifest, execution }: ExportedJob): JsonRecord {
  const { program, inputs, outputs, libraries, limits, network } = manifest;
  return {
    job: String(execution.job),
    program: {
      kind: program.kind,
      ref: program.ref,
      entry: program.entry,
      args: program.args,
      env: program.env,
      files: program.files.map(({ path, cid, executable }) => ({ path, cid: String(cid), executable })),
    },
    inputs: inputs.map(({ name, cid, source }) => ({ name, cid: String(cid), state: source.state })),
    outputs,
    libraries,
    limits: { ...limits },
    network,
  };
}

function environmentOf({ runner, engine, os, arch, sandbox, variables, passed, checkout }: Environment): JsonRecord {
  return {
    runner,
    engine,
    os,
    arch,
    sandbox: { ...sandbox },
    variables,
    passed,
    checkout: checkout === null ? null : { ...checkout },
  };
}

/** Everything that was there to read, with a digest: inputs, files of the program, tools, libraries, lock files. */
function dependencies(job: ExportedJob): readonly JsonRecord[] {
  const { manifest, execution } = job;
  const { tools, libraries, lockfiles } = execution.environment;
  const of = String(execution.job);
  return [
    ...manifest.inputs.map(({ name, cid }) => ({
      name,
      digest: digestOf(cid),
      annotations: { role: 'input', job: of, cid: String(cid) },
    })),
    ...manifest.program.files.map(({ path, cid }) => ({
      name: path,
      digest: digestOf(cid),
      annotations: { role: 'program', job: of, cid: String(cid) },
    })),
    ...tools.map(({ name, version, digest }) => ({
      name,
      digest: { sha256: formatHex(digest) },
      annotations: { role: 'tool', job: of, version },
    })),
    ...libraries.map(({ path, version, digest }) => ({
      name: path,
      digest: { sha256: formatHex(digest) },
      annotations: { role: 'library', job: of, version },
    })),
    ...lockfiles.map(({ path, digest }) => ({
      name: path,
      digest: { sha256: formatHex(digest) },
      annotations: { role: 'lockfile', job: of },
    })),
  ];
}

/** Who ran the jobs is trusted to have recorded them: the builder. Of several, who put their work together as one proof. */
function builder({ repo, jobs, actor }: ExportedExperiment): JsonRecord {
  const runners = [...new Set(jobs.map(({ execution }) => execution.environment.runner))].sort(compareText);
  const [first = actor, ...others] = new Set(jobs.map((job) => job.actor));
  return {
    id: urn('builder', repo, others.length === 0 ? first : actor),
    version: Object.fromEntries(runners.map((runner) => [runner.split('/')[0] ?? runner, runner])),
  };
}

function byproducts({ execution: { job, stdout, stderr }, poe }: ExportedJob): readonly JsonRecord[] {
  return [
    { name: `${job}/stdout`, digest: digestOf(stdout) },
    { name: `${job}/stderr`, digest: digestOf(stderr) },
    { name: `${job}/proof-of-execution`, digest: digestOf(poe), annotations: { cid: String(poe) } },
  ];
}

/** `invocationId` of one job is its id; of several, the experiment. */
function runDetails(experiment: ExportedExperiment): JsonRecord {
  const { jobs, proof, pox } = experiment;
  const [first] = jobs;
  const executions = jobs.map(({ execution }) => execution);
  return {
    builder: builder(experiment),
    metadata: {
      invocationId:
        jobs.length === 1 && first !== undefined ? String(first.execution.job) : urn('experiment', proof.ulid),
      startedOn: formatTime(Math.min(...executions.map(({ started }) => started))),
      finishedOn: formatTime(Math.max(...executions.map(({ finished }) => finished))),
    },
    byproducts: [
      ...jobs.flatMap(byproducts),
      { name: 'proof-of-experiment', digest: digestOf(pox), annotations: { cid: String(pox) } },
    ],
  };
}

function experimentFacts({ proof, pox, actor, repo }: ExportedExperiment): JsonRecord {
  return {
    ulid: proof.ulid,
    title: proof.title,
    pox: String(pox),
    repository: String(repo),
    actor,
    inputs_root: formatDigest(proof.inputs_root),
    program_id: String(proof.program_id),
    outputs_root: formatDigest(proof.outputs_root),
    policy_root: proof.policy_root === null ? null : String(proof.policy_root),
    policy_code_root: proof.policy_code_root === null ? null : formatDigest(proof.policy_code_root),
    dirty: proof.dirty,
  };
}

/** The statement as data. */
export function statementOf(experiment: ExportedExperiment): JsonRecord {
  const { jobs } = experiment;
  return {
    _type: STATEMENT_TYPE,
    subject: subjects(experiment),
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { experiment: experimentFacts(experiment), jobs: jobs.map(externalParameters) },
        internalParameters: {
          jobs: jobs.map(({ execution, actor, key, poe }) => ({
            job: String(execution.job),
            actor,
            key: formatKey(key),
            proof: String(poe),
            status: execution.status,
            exit: execution.exit,
            environment: environmentOf(execution.environment),
          })),
        },
        resolvedDependencies: jobs.flatMap(dependencies),
      },
      runDetails: runDetails(experiment),
    },
  };
}

/** The bytes that are signed: one experiment, one form. */
export function statementBytes(experiment: ExportedExperiment): Uint8Array {
  return utf8(formatJson(statementOf(experiment), { sorted: true }));
}
