/** An RO-Crate as a folder: there whole, or not at all. */
import { chmodSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  CRATE_METADATA,
  type CrateFile,
  type ExperimentJob,
  type ExportedExperiment,
  filesBelow,
  INPUTS_FOLDER,
  type JobFile,
  type LongCall,
  OUTPUTS_FOLDER,
  PROGRAM_FOLDER,
  readAttached,
  roCrate,
  STDERR_PATH,
  STDOUT_PATH,
} from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import { isLarge, restoreFile, restoreStream, streamBlob } from '../work/index.js';
import { emptyFolder } from './empty-folder.js';
import { experimentFilesError } from './errors.js';

export interface CrateRequest extends LongCall {
  readonly experiment: ExportedExperiment;
  /** As they are recorded, in the order of the experiment. */
  readonly jobs: readonly ExperimentJob[];
  /** One that is not there yet, or is empty. */
  readonly folder: string;
}

/**
 * Writes the metadata and every file, each checked against its digest, beside the folder first. Returns the paths. Throws
 * `experiment-files/*`, `jobs/altered`, `work/not-restored`, and as the git port; then there is no crate.
 */
export async function writeCrate(
  backend: NativeBackend,
  { experiment, jobs, folder, signal, progress }: CrateRequest,
): Promise<readonly string[]> {
  const { metadata, files } = roCrate(experiment);
  emptyFolder(folder);
  const draft = draftFolder(folder);
  try {
    for (const [done, file] of files.entries()) {
      const large = largeOf(file, jobs);
      if (large === null) restoreFile(draft, { path: file.path, bytes: await bytesOf(backend, file, jobs) });
      else await restoreStream(draft, { path: file.path, parts: streamBlob(backend, large) });
      progress?.({ task: 'write the crate', done: done + 1, total: files.length, unit: 'files' });
      signal?.throwIfAborted();
    }
    restoreFile(draft, { path: CRATE_METADATA, bytes: Buffer.from(metadata) });
    takePlace(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return [CRATE_METADATA, ...files.map(({ path }) => path)];
}

function draftFolder(folder: string): string {
  try {
    return mkdtempSync(join(dirname(folder), `.${basename(folder)}-`));
  } catch (error) {
    throw notWritten(folder, error);
  }
}

/** In one step; it fails when somebody has put something into the folder meanwhile. */
function takePlace(draft: string, folder: string): void {
  try {
    chmodSync(draft, 0o777 & ~process.umask());
    renameSync(draft, folder);
  } catch (error) {
    throw notWritten(folder, error);
  }
}

function notWritten(path: string, error: unknown) {
  const { code, message } = error as NodeJS.ErrnoException;
  return experimentFilesError('not-written', { path, why: code ?? message }, { cause: error });
}

/** The file where it is kept as a blob; null for one that travels with its record. */
function largeOf({ role, name, job }: CrateFile, jobs: readonly ExperimentJob[]) {
  const found = jobs.find(({ execution }) => execution.body.job.equals(job));
  const inputs = (found?.manifest.body.inputs ?? []).map((input) => ({ ...input, path: input.name }));
  const files: readonly JobFile[] = role === 'input' ? inputs : (found?.execution.body.outputs ?? []);
  const file = role === 'input' || role === 'output' ? files.find(({ path }) => path === name) : undefined;
  return file !== undefined && isLarge(file) ? file : null;
}

async function bytesOf(
  backend: NativeBackend,
  { role, name, job, cid, size }: CrateFile,
  jobs: readonly ExperimentJob[],
): Promise<Uint8Array> {
  const found = jobs.find(({ execution }) => execution.body.job.equals(job));
  if (found === undefined) throw experimentFilesError('not-written', { path: name, why: 'its job is not known' });
  const { manifest, execution } = found;
  const isGiven = role === 'input' || role === 'program';
  const folder = { input: INPUTS_FOLDER, program: PROGRAM_FOLDER, output: OUTPUTS_FOLDER, stdout: '', stderr: '' }[
    role
  ];
  const path = role === 'stdout' ? STDOUT_PATH : role === 'stderr' ? STDERR_PATH : name;
  const files = await filesBelow(backend, isGiven ? manifest.entry : execution.entry, folder);
  return readAttached(backend, files.get(path), { path, cid, size });
}
