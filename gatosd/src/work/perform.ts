/** Running a job that was prepared or read from a repository, and turning what its runner saw into what is recorded. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Environment as Facts,
  filesBelow,
  INPUTS_FOLDER,
  LIMITS,
  type Manifest,
  PROGRAM_FOLDER,
  type ProgramKind,
  type RunRecord,
  readAttached,
  type StageOptions,
  type StoredManifest,
  stageFiles,
} from 'gatos-core';
import type { NativeBackend } from 'gatos-core/node';
import type { GivenFile, Ran, Runner, Task } from '../runners/index.js';
import { workError } from './errors.js';
import { isLarge, readJobFile, streamBlob } from './large.js';

/** The runners that are here, by kind of program. */
export type Runners = Readonly<Partial<Record<ProgramKind, Runner>>>;

/** Throws `work/no-runner`, and why the runner that is here cannot run it. */
export async function runnerFor(runners: Runners, manifest: Manifest): Promise<Runner> {
  const { kind } = manifest.program;
  const runner = runners[kind];
  if (runner === undefined) throw workError('no-runner', { kind });
  const refusal = await runner.refusal(manifest);
  if (refusal !== null) throw refusal;
  return runner;
}

/** What a job is given, from where its manifest is recorded; every byte is checked against it as it is read. Throws as `filesBelow`. */
export async function givenFiles(
  backend: NativeBackend,
  { entry, body }: StoredManifest,
): Promise<Pick<Task, 'inputs' | 'program'>> {
  const [inputs, program] = await Promise.all([
    filesBelow(backend, entry, INPUTS_FOLDER),
    filesBelow(backend, entry, PROGRAM_FOLDER),
  ]);
  return {
    inputs: body.inputs.map(({ name, cid, size, blob }): GivenFile => {
      const file = { path: name, cid, size, ...(blob === undefined ? {} : { blob }) };
      return {
        path: name,
        size,
        executable: false,
        read: () => readJobFile(backend, inputs.get(name), file),
        ...(isLarge(file) ? { stream: () => streamBlob(backend, file) } : {}),
      };
    }),
    program: body.program.files.map(
      ({ path, cid, size, executable }): GivenFile => ({
        path,
        size,
        executable,
        read: () => readAttached(backend, program.get(path), { path, cid, size }),
      }),
    ),
  };
}

const LOCK_FILES = [
  'Cargo.lock',
  'Gemfile.lock',
  'Manifest.toml',
  'Pipfile.lock',
  'conda-lock.yml',
  'environment.yml',
  'flake.lock',
  'go.sum',
  'npm-shrinkwrap.json',
  'package-lock.json',
  'pnpm-lock.yaml',
  'poetry.lock',
  'renv.lock',
  'requirements.txt',
  'uv.lock',
  'yarn.lock',
] as const;

/** Digests of the lock files in a folder: they say which libraries were meant. */
export function lockFiles(folder: string): Facts['lockfiles'] {
  return LOCK_FILES.flatMap((path) => {
    try {
      const bytes = readFileSync(join(folder, path));
      return [{ path, digest: new Uint8Array(createHash('sha256').update(bytes).digest()) }];
    } catch {
      // Not there, or not to be read: then it cannot have been heeded either.
      return [];
    }
  });
}

/** What is recorded of a run. Outputs are read and, where they are many, written to the repository. Errors as `stageFiles`. */
export async function recordOf(
  backend: NativeBackend,
  ran: Ran,
  { checkout, lockfiles, ...options }: StageOptions & Pick<Facts, 'checkout' | 'lockfiles'>,
): Promise<RunRecord> {
  const { status, exit, signal, failure, started, finished, environment, stdout, stderr, dropped } = ran;
  const outputs = await stageFiles(backend, ran.outputs, options);
  return {
    status,
    exit,
    signal,
    failure: failure === null ? null : oneLine(failure),
    started,
    finished,
    environment: { ...environment, checkout, lockfiles },
    outputs,
    stdout,
    stderr,
    dropped,
  };
}

/** Whatever the failure says, in one line that a record takes. */
function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  let kept = line.slice(0, LIMITS.jobFailureBytes);
  while (Buffer.byteLength(kept) > LIMITS.jobFailureBytes) kept = kept.slice(0, -1);
  return kept.toWellFormed();
}
