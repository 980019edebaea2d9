/** Submitting a job to the queue: its manifest is recorded, and workers are told. */
import {
  type AppendRequest,
  type BusPorts,
  type Cid,
  type LongCall,
  type Manifest,
  newNonce,
  openBus,
  prepareJob,
  publishMessages,
  readHead,
  repeatedJob,
  resultChain,
  submission,
  type WriterPorts,
} from 'gatos-core';
import type { Workspace } from '../workspace.js';
import { type CommandRequest, gatherJob } from './gather.js';
import { largeFiles } from './large.js';
import { JOBS_TOPIC, submittedMessage } from './queue.js';

export interface SubmitRequest extends CommandRequest, LongCall {
  /** Submit it once more when a job of the same content is done already. */
  readonly again: boolean;
}

export interface Submitted {
  readonly job: Cid;
  readonly manifest: Manifest;
  /** `exists`: it was submitted before. `done`: it was, and has a result. */
  readonly status: 'recorded' | 'exists' | 'done';
}

/** The job and the message that tells of it become visible in one step. Errors as `gatherJob`, `prepareJob` and `publishMessages`. */
export async function submitCommand(workspace: Workspace, request: SubmitRequest): Promise<Submitted> {
  const { repository, backend } = workspace;
  const { ports } = repository;
  const writer = await repository.writer();
  const spec = await gatherJob(workspace, request);
  const { progress, signal } = request;
  const first = await prepareJob(backend, spec, {
    policyRoot: writer.policyRoot,
    progress,
    signal,
    large: largeFiles(workspace, { signal }),
  });
  const done = (await readHead(backend, resultChain(first.job))) !== null;
  if (done && !request.again) return { job: first.job, manifest: first.manifest, status: 'done' };
  const prepared = done ? repeatedJob(first, newNonce(ports)) : first;
  const { job, manifest } = prepared;
  const { status, append } = watched(submission(writer, prepared));
  const messages = [submittedMessage(job, manifest.program.kind)];
  const limits = { maxMessages: SEGMENT_MESSAGES };
  const publication = { ...writer, topic: JOBS_TOPIC, messages, limits, together: [append] };
  await publishMessages(busOf(ports), publication);
  return { job, manifest, status: status() };
}

/** Whoever submits one job reads the active segment: it stays short. */
const SEGMENT_MESSAGES = 250;

const BUSES = new WeakMap<WriterPorts, BusPorts>();

/** Whoever submits a thousand jobs reads the topic once. */
function busOf(ports: WriterPorts): BusPorts {
  const bus = BUSES.get(ports) ?? openBus(ports);
  BUSES.set(ports, bus);
  return bus;
}

/** An append that says afterwards whether there was anything to append. */
function watched(append: AppendRequest): { readonly append: AppendRequest; status(): 'recorded' | 'exists' } {
  let status: 'recorded' | 'exists' = 'exists';
  const prepare: AppendRequest['prepare'] = async (head, before) => {
    const drafts = await append.prepare(head, before);
    status = drafts.length > 0 ? 'recorded' : 'exists';
    return drafts;
  };
  return { append: { ...append, prepare }, status: () => status };
}
