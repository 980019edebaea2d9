/** Entry of a thread that runs sandboxed jobs and calls of tools, one at a time. Its code for one kind of program is loaded when one comes. */
import { parentPort } from 'node:worker_threads';
import { NoRoom, type Outcome, reasonOf, type ThreadFault, type ThreadReply, type ThreadRequest } from './messages.js';

async function run(request: ThreadRequest): Promise<Outcome> {
  if (request.kind === 'quickjs') return (await import('./quickjs-job.js')).runQuickjs(request);
  if (request.kind === 'wasm-call') return (await import('./wasm-call.js')).runWasmCall(request);
  return (await import('./wasm-job.js')).runWasm(request);
}

function faultOf(error: unknown): ThreadFault {
  return error instanceof NoRoom ? { room: error.what } : { why: reasonOf(error) };
}

/** The memory of what is sent goes along, where nothing else holds it. */
function transferable({ outputs }: Outcome): ArrayBuffer[] {
  const buffers = outputs.map(({ bytes }) => bytes.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
  return [...new Set(buffers)];
}

parentPort?.on('message', (request: ThreadRequest) => {
  const answer = (reply: ThreadReply, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(reply, transfer);
  run(request).then(
    (outcome) => answer({ outcome }, transferable(outcome)),
    (error: unknown) => answer({ fault: faultOf(error) }),
  );
});
