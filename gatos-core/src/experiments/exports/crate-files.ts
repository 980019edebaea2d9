/** Where the files of an experiment stand in a crate, and which job reads or writes them. */
import type { Cid } from '../../codec/index.js';
import { compareText } from '../../kernel/index.js';
import { type ExportedExperiment, type ExportedJob, encodePath } from './model.js';

export type CrateRole = 'input' | 'program' | 'output' | 'stdout' | 'stderr';

/** A file that belongs into the crate. */
export interface CrateFile {
  /** Path in the crate. */
  readonly path: string;
  readonly cid: Cid;
  readonly size: number;
  readonly role: CrateRole;
  /** The job that gave it, or the first that reads it. */
  readonly job: Cid;
  /** The name that the job knows it by. */
  readonly name: string;
}

/** The files of one job, as they stand in the crate. */
export interface CrateJob {
  readonly job: ExportedJob;
  readonly inputs: readonly CrateFile[];
  readonly program: readonly CrateFile[];
  readonly outputs: readonly CrateFile[];
  readonly logs: readonly CrateFile[];
}

export interface CratePlan {
  readonly jobs: readonly CrateJob[];
  /** Each file once, by path. */
  readonly files: readonly CrateFile[];
}

/** Its `@id`: a relative URI (RO-Crate 1.1, "Data Entities": encoded paths). */
export const idOf = ({ path }: CrateFile): string => encodePath(path);

/** One job has its files at the top; several have a folder each. An input that an earlier job gave is that job's output. */
export function planCrate({ jobs }: ExportedExperiment): CratePlan {
  const files = new Map<string, CrateFile>();
  const given = new Map<string, CrateFile>();
  const place = (file: CrateFile): CrateFile => {
    const there = files.get(file.path);
    if (there !== undefined) return there;
    files.set(file.path, file);
    return file;
  };
  const planned = jobs.map((job, i): CrateJob => {
    const { manifest, execution } = job;
    const folder = jobs.length === 1 ? '' : `job-${i + 1}/`;
    const at = (role: CrateRole, name: string, cid: Cid, size: number): CrateFile => ({
      path: `${folder}${role === 'stdout' || role === 'stderr' ? 'logs' : role === 'program' ? 'program' : `${role}s`}/${name}`,
      cid,
      size,
      role,
      job: execution.job,
      name,
    });
    const inputs = manifest.inputs.map(
      ({ name, cid, size }) => given.get(String(cid)) ?? place(at('input', name, cid, size)),
    );
    const program = manifest.program.files.map(({ path, cid, size }) => place(at('program', path, cid, size)));
    const outputs = execution.outputs.map(({ path, cid, size }) => place(at('output', path, cid, size)));
    const { stdout, stderr, logs } = execution;
    const printed = [
      place(at('stdout', 'stdout.txt', stdout, logs.stdout)),
      place(at('stderr', 'stderr.txt', stderr, logs.stderr)),
    ];
    for (const file of outputs) if (!given.has(String(file.cid))) given.set(String(file.cid), file);
    return { job, inputs, program, outputs, logs: printed };
  });
  return { jobs: planned, files: [...files.values()].sort((a, b) => compareText(a.path, b.path)) };
}
