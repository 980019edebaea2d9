/** From what somebody wants to be run to a manifest with its files. */
import type { NewFile, StoredFile } from '../chain/index.js';
import { Cid, encode, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { compareText, EMPTY_BYTES, isGatosError, LIMITS } from '../kernel/index.js';
import { jobError } from './errors.js';
import { jobId } from './roots.js';
import {
  INPUTS_FOLDER,
  type InputSource,
  type JobFile,
  type JobLimits,
  type JobProgram,
  MANIFEST_SCHEMA,
  type Manifest,
  PROGRAM_FOLDER,
} from './schema.js';
import { checkSources, type FileSource, type StageOptions, stageFiles } from './staging.js';

/** A file of the program. */
export interface ProgramSource extends FileSource {
  readonly executable: boolean;
}

/** A file that the program reads; `path` is the name under which it finds it. */
export interface InputFile extends FileSource {
  readonly source: InputSource;
}

export interface JobSpec {
  readonly program: Pick<JobProgram, 'kind' | 'entry' | 'args' | 'env'> & {
    /** `sha256:…` of an image; absent: none, or the main file's CID for sandboxed programs. */
    readonly image?: string | undefined;
    readonly files: readonly ProgramSource[];
  };
  readonly inputs: readonly InputFile[];
  readonly outputs: readonly string[];
  readonly libraries?: readonly string[] | undefined;
  readonly limits: JobLimits;
  readonly network?: boolean | undefined;
  readonly nonce?: string | undefined;
  readonly effect?: Manifest['effect'];
}

/** A manifest, its id, and the files that travel with it. */
export interface PreparedJob {
  readonly job: Cid;
  readonly manifest: Manifest;
  readonly files: readonly (NewFile | StoredFile)[];
}

const SANDBOXED = new Set(['quickjs', 'wasm']);

/**
 * What is wrong with the job itself is told before a file is read. Throws `jobs/bad-manifest`, `jobs/bad-file`, `jobs/too-many`,
 * `jobs/too-large`, what reading a file throws, and as the git port.
 */
export async function prepareJob(
  backend: GitBackend,
  spec: JobSpec,
  { policyRoot, large, ...options }: StageOptions & { readonly policyRoot: Cid | null },
): Promise<PreparedJob> {
  checkSources(spec.inputs, { large });
  checkSources(spec.program.files);
  checkedManifest(manifestOf(spec, { inputs: unread(spec.inputs), program: unread(spec.program.files), policyRoot }));
  const inputs = await stageFiles(backend, spec.inputs, { ...options, large });
  const program = await stageFiles(backend, spec.program.files, options);
  const manifest = checkedManifest(manifestOf(spec, { inputs: inputs.files, program: program.files, policyRoot }));
  return { job: jobId(manifest), manifest, files: [...inputs.in(INPUTS_FOLDER), ...program.in(PROGRAM_FOLDER)] };
}

const NOTHING = Cid.hash('raw', EMPTY_BYTES);

/** Files before anybody knows what is in them. */
function unread(sources: readonly FileSource[]): readonly JobFile[] {
  const files = sources.map(({ path, size }) => ({ path, cid: NOTHING, size }));
  return files.sort((a, b) => compareText(a.path, b.path));
}

interface Given {
  readonly inputs: readonly JobFile[];
  readonly program: readonly JobFile[];
  readonly policyRoot: Cid | null;
}

function manifestOf(spec: JobSpec, { inputs, program, policyRoot }: Given): Manifest {
  const executable = new Set(spec.program.files.filter((file) => file.executable).map(({ path }) => path));
  const sources = new Map(spec.inputs.map(({ path, source }) => [path, source]));
  return {
    program: {
      kind: spec.program.kind,
      ref: refOf(spec, program),
      entry: spec.program.entry,
      args: spec.program.args,
      env: spec.program.env,
      files: program.map((file) => ({ ...file, executable: executable.has(file.path) })),
    },
    inputs: inputs.map(({ path, cid, size, blob }) => ({
      name: path,
      cid,
      size,
      ...(blob === undefined ? {} : { blob }),
      source: sources.get(path) ?? { path: null, state: 'given' },
    })),
    outputs: sortedOnce(spec.outputs),
    libraries: sortedOnce(spec.libraries ?? []),
    limits: spec.limits,
    network: spec.network ?? false,
    policy_root: policyRoot,
    ...(spec.nonce === undefined ? {} : { nonce: spec.nonce }),
    ...(spec.effect === undefined ? {} : { effect: spec.effect }),
  };
}

function refOf({ program: { kind, entry, image } }: JobSpec, files: readonly JobFile[]): string | null {
  if (!SANDBOXED.has(kind)) return image ?? null;
  const main = files.find(({ path }) => path === entry);
  if (main !== undefined) return image ?? String(main.cid);
  throw jobError('bad-manifest', { why: `its program \`${entry}\` is not among the files of the program` });
}

/** The same job once more: another id. Throws `jobs/bad-manifest`. */
export function repeatedJob({ manifest, files }: PreparedJob, nonce: string): PreparedJob {
  const again = checkedManifest({ ...manifest, nonce });
  return { job: jobId(again), manifest: again, files };
}

function checkedManifest(manifest: Manifest): Manifest {
  try {
    MANIFEST_SCHEMA.read(manifest, 'job');
  } catch (error) {
    if (!isGatosError(error, 'codec/schema')) throw error;
    throw jobError('bad-manifest', { why: error.message }, { cause: error });
  }
  const [size, limit] = [encode(manifest as unknown as Value).length, LIMITS.recordBytes];
  if (size > limit) throw jobError('too-large', { what: 'the manifest of the job', size, limit });
  return manifest;
}

function sortedOnce(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort(compareText);
}
