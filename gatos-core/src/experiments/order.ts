/** The order in which the jobs of an experiment are to be run again: whoever reads comes after whoever gave it. */
import { compareText } from '../kernel/index.js';
import type { ExperimentJob } from './read.js';

/** What one job needs of the others. */
interface Place {
  readonly job: ExperimentJob;
  readonly gives: ReadonlySet<string>;
  /** Bytes that it reads and does not give itself. */
  readonly reads: readonly string[];
  /** Jobs from which it says that it reads. */
  readonly from: readonly string[];
}

function placeOf(job: ExperimentJob): Place {
  const gives = new Set(job.execution.body.outputs.map(({ cid }) => String(cid)));
  const { inputs } = job.manifest.body;
  return {
    job,
    gives,
    reads: inputs.map(({ cid }) => String(cid)).filter((cid) => !gives.has(cid)),
    from: inputs.flatMap(({ source }) => (source.job === undefined ? [] : [String(source.job)])),
  };
}

const idOf = ({ job }: Place): string => String(job.execution.body.job);

/**
 * Jobs in the order in which they were started, but for those whose inputs another one gave: clocks of workers differ, so the times
 * alone may say otherwise. Jobs that seem to have read from each other (files of equal content) stay in the order of their times.
 */
export function inRunOrder(jobs: readonly ExperimentJob[]): readonly ExperimentJob[] {
  const waiting = jobs.map(placeOf).sort((a, b) => {
    const [one, two] = [a.job.execution.body, b.job.execution.body];
    return one.started - two.started || compareText(idOf(a), idOf(b));
  });
  const placed: Place[] = [];
  while (waiting.length > 0) {
    const waits = (place: Place): boolean =>
      waiting.some(
        (other) => other !== place && (place.from.includes(idOf(other)) || isSoleGiver(other, place, placed)),
      );
    const next = waiting.findIndex((place) => !waits(place));
    placed.push(...waiting.splice(Math.max(next, 0), 1));
  }
  return placed.map(({ job }) => job);
}

/** Is there something that only this one can have given? */
function isSoleGiver(giver: Place, reader: Place, placed: readonly Place[]): boolean {
  return reader.reads.some((cid) => giver.gives.has(cid) && !placed.some(({ gives }) => gives.has(cid)));
}
