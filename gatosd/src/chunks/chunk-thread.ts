/** Entry of a thread that works on chunks: it answers the requests one after the other, since they share its scratch memory. */
import { parentPort } from 'node:worker_threads';
import { type ChunkWork, doWork, transfersOf } from './chunk-work.js';

let last: Promise<void> = Promise.resolve();

parentPort?.on('message', (work: ChunkWork) => {
  // What is no fault of a chunk rejects: the thread ends with it, and whoever started it says so.
  last = last.then(async () => {
    const done = await doWork(work);
    parentPort?.postMessage(done, transfersOf(done));
  });
});
