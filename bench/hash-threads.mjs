/** SHA-256 of files on so many threads, nothing else: `node bench/hash-threads.mjs THREADS FILE…`; prints the seconds it took. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const CHUNK = 4 * 1024 * 1024;

/** One for all files: fresh memory for each would cost more than reading small ones. */
let buffer;

function hashFile(path) {
  buffer ??= Buffer.allocUnsafeSlow(CHUNK);
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  for (let got = readSync(file, buffer); got > 0; got = readSync(file, buffer)) hash.update(buffer.subarray(0, got));
  closeSync(file);
  return hash.digest('hex');
}

if (isMainThread) {
  const [threads, ...files] = process.argv.slice(2);
  const lanes = Array.from({ length: Number(threads) }, (_, lane) =>
    files.filter((_, i) => i % Number(threads) === lane),
  );
  const workers = lanes.map((lane) => new Worker(new URL(import.meta.url), { workerData: lane }));
  const message = (worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  // Starting threads is not hashing.
  await Promise.all(workers.map(message));
  const start = process.hrtime.bigint();
  for (const worker of workers) worker.postMessage('go');
  await Promise.all(workers.map(message));
  console.log(Number(process.hrtime.bigint() - start) / 1e9);
} else {
  parentPort.once('message', () => parentPort.postMessage(workerData.map(hashFile)));
  parentPort.postMessage('ready');
}
