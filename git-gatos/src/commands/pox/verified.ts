/** An experiment that is to leave the repository: verified with all that it rests on. */
import {
  chainsOfExperiment,
  type ExperimentJob,
  type ExportedExperiment,
  exportedExperiment,
  type License,
  readExperiment,
  readExperimentJobs,
} from 'gatos-core';
import type { Context } from '../../context.js';
import type { Answer } from '../../output/outcome.js';
import { reportOutcome } from '../../output/report.js';
import type { Repository } from '../../repository.js';

export interface Exported {
  readonly experiment: ExportedExperiment;
  readonly jobs: readonly ExperimentJob[];
}

/** What to answer when it does not hold; null when it does. Throws `experiments/*`. */
export async function refusedUnverified(
  context: Context,
  { repository }: Repository,
  { id, what }: { readonly id: string; readonly what: string },
): Promise<Answer | null> {
  const { progress, signal, colour } = context;
  const only = await chainsOfExperiment(repository.backend, id);
  const { report } = await repository.verify({ only, progress, signal });
  if (report.outcome === 'pass') return null;
  const why = report.outcome === 'fail' ? 'the record itself does not hold' : 'the record could not be checked whole';
  context.note(`${why}, so nothing was ${what}:`);
  return reportOutcome(report, { style: colour });
}

/** Throws `experiments/*`. */
export async function readExported(
  { repository: { backend } }: Repository,
  { id, license }: { readonly id: string; readonly license: License | null },
): Promise<Exported> {
  const experiment = await readExperiment(backend, id);
  const jobs = await readExperimentJobs(backend, experiment.body);
  return { experiment: exportedExperiment({ experiment, jobs, license }), jobs };
}

const SPDX = /^[A-Za-z0-9.+-]{1,64}$/;

/** `CC-BY-4.0`, or the address of a licence of one's own. */
export function parseLicense(text: string): License {
  if (SPDX.test(text)) return { id: `https://spdx.org/licenses/${text}`, name: text, spdx: text };
  if (/^https?:\/\/[^\s\p{C}]+$/u.test(text) && URL.canParse(text)) return { id: text, name: text };
  throw new Error('an SPDX identifier such as CC-BY-4.0, or an http(s) address');
}
