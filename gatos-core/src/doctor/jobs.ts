/** The queue of jobs: what nobody takes, what its worker gave up without a word, and what no message tells of. */
import { listTopics, readMessages } from '../bus/index.js';
import { refOfChain } from '../chain/index.js';
import { type Cid, formatJson, formatTime, type JsonValue } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { type JobView, listJobs, manifestChain, readJob } from '../jobs/index.js';
import { isGatosError, LIMITS, type LongCall } from '../kernel/index.js';
import type { JobQueueNames } from './bus.js';
import type { Finding } from './finding.js';
import { finding } from './symptoms.js';

interface JobsRequest extends LongCall {
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly queue: JobQueueNames | null;
}

const HOUR = 3600 * 1_000_000;
/** After this without a worker there is most likely none. */
const LONG_OPEN = 24 * HOUR;
/** Workers look for leases that ended every minute or so. */
const LONG_EXPIRED = HOUR;
/** As many as are told one by one. */
const SHOWN = 10;

/** Throws as the git port. */
export async function examineJobs(backend: GitBackend, request: JobsRequest): Promise<readonly Finding[]> {
  const { time, queue, signal } = request;
  const waiting: JobView[] = [];
  for (const { job, done } of await listJobs(backend)) {
    const view = done ? null : await viewOf(backend, job, time);
    if (view !== null && ['open', 'held', 'expired'].includes(view.state)) waiting.push(view);
    signal?.throwIfAborted();
  }
  if (waiting.length === 0) return [];
  const untold = queue === null ? [] : await untoldJobs(backend, { queue, waiting, signal });
  return [...openJobs(waiting, time), ...abandonedJobs(waiting, time), ...untold];
}

/** Null for what cannot be read: verification tells it. */
async function viewOf(backend: GitBackend, job: Cid, time: number): Promise<JobView | null> {
  try {
    return await readJob(backend, job, time);
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

const submitted = ({ manifest }: JobView): number => manifest.entry.envelope.time;

function openJobs(waiting: readonly JobView[], time: number): readonly Finding[] {
  const open = waiting.filter((view) => view.state === 'open' && time - submitted(view) >= LONG_OPEN);
  const [oldest] = open.sort((a, b) => submitted(a) - submitted(b));
  if (oldest === undefined) return [];
  const data = { jobs: open.length, job: String(oldest.job), time: formatTime(submitted(oldest)) };
  return [finding('jobs-waiting', { subject: data.job, data })];
}

function abandonedJobs(waiting: readonly JobView[], time: number): readonly Finding[] {
  const ended = ({ claim }: JobView): number => (claim?.lease_until ?? time) + LIMITS.leaseSkew;
  const gone = waiting.filter((view) => view.state === 'expired' && time - ended(view) >= LONG_EXPIRED);
  const [oldest] = gone.sort((a, b) => ended(a) - ended(b));
  if (oldest?.claim == null) return [];
  const { worker, lease_until: until } = oldest.claim;
  const data = { jobs: gone.length, job: String(oldest.job), worker, time: formatTime(until) };
  return [finding('jobs-abandoned', { subject: data.job, data })];
}

interface Untold extends Pick<LongCall, 'signal'> {
  readonly queue: JobQueueNames;
  readonly waiting: readonly JobView[];
}

async function untoldJobs(backend: GitBackend, { queue: { topic }, waiting, signal }: Untold): Promise<Finding[]> {
  const told = new Set<string>();
  if ((await listTopics(backend)).includes(topic))
    for await (const { messages } of readMessages(backend, { topic, from: 'start', signal }))
      for (const { payload } of messages) told.add(jobIn(payload));
  return waiting
    .filter(({ job }) => !told.has(String(job)))
    .slice(0, SHOWN)
    .map(({ job, manifest }) => {
      const payload = formatJson({ job: String(job), kind: manifest.body.program.kind });
      return finding('job-untold', {
        subject: refOfChain(manifestChain(job)),
        data: { topic, job: String(job), payload },
      });
    });
}

/** The job that a message tells of; empty for one that tells of none. */
function jobIn(payload: JsonValue): string {
  const job = payload !== null && typeof payload === 'object' && 'job' in payload ? payload.job : null;
  return typeof job === 'string' ? job : '';
}
