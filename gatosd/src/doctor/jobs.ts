/** Jobs on this machine: whether processes can be confined, what killed ones have left, and telling workers of a job. */
import { tmpdir } from 'node:os';
import {
  type Cid,
  type Finding,
  isGatosError,
  jobOfChain,
  listJobs,
  openBus,
  publishMessages,
  REF_PREFIX,
  readManifest,
} from 'gatos-core';
import { findLeftovers, locate, probeBubblewrap } from '../runners/index.js';
import { JOBS_TOPIC, submittedMessage } from '../work/index.js';
import type { Workspace } from '../workspace.js';
import { doctorError } from './errors.js';
import type { Patient } from './patient.js';
import { finding } from './symptoms.js';

type Environment = Patient['at']['env'];

/** As many as are told one by one. */
const SHOWN = 10;
/** Jobs that are looked at for one that is a process. */
const MOST_JOBS = 1000;

/** Where jobs are run: the folder for temporary files that a runner of this person would take. */
export function scratchRoot({ TMPDIR }: Environment): string {
  return TMPDIR || tmpdir();
}

export async function examineLeftovers({ at }: Patient): Promise<readonly Finding[]> {
  const folders = await findLeftovers(scratchRoot(at.env));
  return folders.slice(0, SHOWN).map((path) => finding('job-leftover', { subject: path, data: { path } }));
}

/** Of a repository whose jobs are processes; on Linux, where bubblewrap is. */
export async function examineConfinement({ workspace, at }: Patient): Promise<readonly Finding[]> {
  if (process.platform !== 'linux' || workspace.backend.bare || !(await hasProcessJob(workspace))) return [];
  const located = await locate('bwrap', { path: at.env.PATH ?? '', env: {}, cwd: '/' });
  if (located === null) return [finding('no-bubblewrap', { subject: 'bwrap', data: {} })];
  const probe = await probeBubblewrap(located.real);
  if (probe.found !== null) return [];
  return [finding('bubblewrap-broken', { subject: located.path, data: { path: located.path, why: probe.why } })];
}

async function hasProcessJob({ backend }: Workspace): Promise<boolean> {
  for (const { job } of (await listJobs(backend)).slice(0, MOST_JOBS)) {
    try {
      if ((await readManifest(backend, job)).body.program.kind === 'process') return true;
    } catch (error) {
      // What cannot be read is told by verification.
      if (!isGatosError(error)) throw error;
    }
  }
  return false;
}

/** Publishes the message that a job waits, as submitting it would have. Throws as `publishMessages`. */
export async function tellOfJob({ repository, backend }: Workspace, manifestRef: string): Promise<Cid> {
  const job = jobOfChain(manifestRef.slice(REF_PREFIX.length));
  if (job === null) throw doctorError('gone', { what: manifestRef });
  const { program } = (await readManifest(backend, job)).body;
  const messages = [submittedMessage(job, program.kind)];
  await publishMessages(openBus(repository.ports), { ...(await repository.writer()), topic: JOBS_TOPIC, messages });
  return job;
}
