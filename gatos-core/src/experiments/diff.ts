/** Comparing two recorded experiments, job by job in the order in which they were run. */
import type { GitBackend } from '../git/index.js';
import { filesBelow, type JobFile, OUTPUTS_FOLDER, readAttached } from '../jobs/index.js';
import { LIMITS, type LongCall } from '../kernel/index.js';
import {
  boundContents,
  type ContentDifference,
  compareContents,
  compareExperiment,
  type Difference,
  type DriftReport,
  type Run,
} from './drift/index.js';
import type { ExperimentJob } from './read.js';

export interface ExperimentPair {
  readonly recorded: readonly ExperimentJob[];
  readonly reproduced: readonly ExperimentJob[];
}

interface JobPair {
  readonly recorded: ExperimentJob;
  readonly reproduced: ExperimentJob;
}

const runOf = ({ manifest, execution }: ExperimentJob): Run => ({ manifest: manifest.body, execution: execution.body });

/** Differences as of a reproduction. Errors as `readAttached`. */
export async function diffExperiments(
  backend: GitBackend,
  { recorded, reproduced }: ExperimentPair,
  { signal }: LongCall = {},
): Promise<DriftReport> {
  const pairs = recorded.flatMap((job, i): readonly JobPair[] => {
    const other = reproduced[i];
    return other === undefined ? [] : [{ recorded: job, reproduced: other }];
  });
  const compared = compareExperiment(
    pairs.map((pair) => ({
      job: pair.recorded.execution.body.job,
      recorded: runOf(pair.recorded),
      reproduced: runOf(pair.reproduced),
    })),
  );
  const contents: ContentDifference[] = [];
  for (const pair of pairs) {
    if (contents.length < LIMITS.driftContents) contents.push(...(await contentsOf(backend, pair)));
    signal?.throwIfAborted();
  }
  return { differences: [...unpaired({ recorded, reproduced }), ...compared], contents: boundContents(contents) };
}

/** Jobs that only one of the two has. */
function unpaired({ recorded, reproduced }: ExperimentPair): readonly Difference[] {
  const [short, long] = recorded.length < reproduced.length ? [recorded, reproduced] : [reproduced, recorded];
  return long.slice(short.length, short.length + LIMITS.driftDifferences).map(({ execution }, i) => {
    const { job } = execution.body;
    const isRecorded = long === recorded;
    return {
      where: 'program',
      job,
      name: `job ${short.length + i + 1}`,
      recorded: isRecorded ? String(job) : null,
      reproduced: isRecorded ? null : String(job),
      detail: 'only one of the two has it',
    };
  });
}

async function contentsOf(
  backend: GitBackend,
  { recorded, reproduced }: JobPair,
): Promise<readonly ContentDifference[]> {
  const others = new Map(reproduced.execution.body.outputs.map((file) => [file.path, file]));
  const found: ContentDifference[] = [];
  for (const file of recorded.execution.body.outputs) {
    const other = others.get(file.path);
    if (other === undefined || other.cid.equals(file.cid) || found.length >= LIMITS.driftContents) continue;
    // Large files are kept as blobs, whose chunks are not in git: their digests say that they differ.
    if (file.blob !== undefined || other.blob !== undefined) continue;
    const [before, after] = [await bytesOf(backend, recorded, file), await bytesOf(backend, reproduced, other)];
    const difference = compareContents({ path: file.path, recorded: before, reproduced: after });
    if (difference !== null) found.push(difference);
  }
  return found;
}

async function bytesOf(backend: GitBackend, { execution }: ExperimentJob, file: JobFile): Promise<Uint8Array> {
  const files = await filesBelow(backend, execution.entry, OUTPUTS_FOLDER);
  return readAttached(backend, files.get(file.path), file);
}
