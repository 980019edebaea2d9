/** What a recorded receipt promises: that it is of the proof that stands here, and that its verdict follows from what it says. */
import type { GitBackend } from '../git/index.js';
import { bytesEqual, type Check, type GatosError, runCheck } from '../kernel/index.js';
import { experimentError } from './errors.js';
import { REPRODUCTIONS } from './names.js';
import { type ExperimentJob, readExperiment, readJobs, readReproduction, type StoredExperiment } from './read.js';
import type { Reproduction } from './schema.js';

type Bad = (why: string) => GatosError;

/** The check `reproduction` of one receipt. */
export function verifyReproduction(backend: GitBackend, id: string): Promise<Check> {
  return runCheck('reproduction', REPRODUCTIONS + id, async () => {
    const { entry, body } = await readReproduction(backend, id);
    const experiment = await readExperiment(backend, body.experiment);
    const bad: Bad = (why) => experimentError('bad-receipt', { id, why });
    const { cid, clock } = experiment.entry.envelope;
    if (!cid.equals(body.pox)) throw bad(`it names the Proof-of-Experiment \`${body.pox}\`, and \`${cid}\` is there`);
    if (entry.envelope.clock <= clock) throw bad('it stands before the experiment');
    checkReproduction(body, { experiment, jobs: await readJobs(backend, experiment.body) }, bad);
    return `experiment ${body.experiment}: ${body.verdict}`;
  });
}

export interface Reproducible {
  readonly experiment: StoredExperiment;
  readonly jobs: readonly ExperimentJob[];
}

/** Throws what `bad` makes when a receipt is of other jobs, or claims what its own digests deny. */
export function checkReproduction(
  { jobs: again, verdict, outputs_root: root }: Reproduction,
  { experiment: { body }, jobs }: Reproducible,
  bad: Bad,
): void {
  const order = (ids: readonly unknown[]): string => ids.map(String).join(' ');
  if (order(again.map(({ job }) => job)) !== order(body.jobs)) throw bad('its jobs are not those of the experiment');
  const same = jobs.every(({ execution: { body: before } }, i) => {
    const now = again[i];
    return now !== undefined && now.status === before.status && bytesEqual(now.outputs_root, before.outputs_root);
  });
  const identical = same && bytesEqual(root, body.outputs_root);
  if ((verdict === 'identical') === identical) return;
  throw bad(
    identical
      ? `says \`${verdict}\`, and its digests are those of the record`
      : 'says `identical`, and its digests differ from the record',
  );
}
