/** Hashing large blobs on all cores: each thread takes the next one. Threads are started for a call and end with it. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { DigestReply, DigestRequest } from './digest-thread.js';

const THREAD = new URL('./digest-thread.js', import.meta.url);
const MOST_THREADS = 4;

/** Below so many bytes a thread is not worth its start. */
const WORTH_BYTES = 8 * 1024 * 1024;

/**
 * SHA-256 of the blobs at these places, in order; null for one that has to be read by the way that checks everything, which is all of them
 * where threads are not worth it.
 */
export async function digestPlaces(
  places: readonly DigestRequest[],
  { thread = THREAD }: { readonly thread?: URL | undefined } = {},
): Promise<readonly DigestReply[]> {
  const replies: DigestReply[] = places.map(() => null);
  const bytes = places.reduce((sum, { length }) => sum + length, 0);
  if (bytes < WORTH_BYTES || !existsSync(fileURLToPath(thread))) return replies;
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(thread);
    try {
      for (let i = next++; i < places.length; i = next++) replies[i] = await ask(worker, places[i] as DigestRequest);
    } finally {
      await worker.terminate();
    }
  };
  const threads = Math.min(MOST_THREADS, availableParallelism(), places.length);
  await Promise.all(Array.from({ length: threads }, work));
  return replies;
}

/** Null when the thread broke down: then nothing is known of the blob. */
function ask(worker: Worker, request: DigestRequest): Promise<DigestReply> {
  return new Promise((resolve) => {
    const settle = (reply: DigestReply): void => {
      worker.off('message', settle);
      worker.off('error', broken);
      worker.off('exit', broken);
      resolve(reply);
    };
    const broken = (): void => settle(null);
    worker.on('message', settle);
    worker.on('error', broken);
    worker.on('exit', broken);
    worker.postMessage(request);
  });
}
