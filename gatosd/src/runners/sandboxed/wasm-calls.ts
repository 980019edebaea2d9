/** Calls of modules that import nothing, each in a thread of a pool, bounded in memory by the module and in time by ending the thread. */
import type { CallFault } from './messages.js';
import { THREAD } from './sandbox-runner.js';
import { ThreadPool } from './thread-pool.js';

export interface WasmCall {
  readonly module: Uint8Array;
  readonly request: Uint8Array;
  readonly memoryBytes: number;
  readonly responseBytes: number;
  readonly timeMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** `time`: the thread was ended. */
export type WasmCallEnd =
  | { readonly response: Uint8Array }
  | { readonly response?: undefined; readonly fault: CallFault | 'time'; readonly why: string };

export interface WasmCalls {
  /** Rejects with the reason of the signal, and for faults of ours: `sandboxed/…`. */
  call(call: WasmCall): Promise<WasmCallEnd>;
  /** Ends its threads. Not needed to let the process end. */
  close(): Promise<void>;
}

export interface WasmCallsOptions {
  /** Calls that run at once. */
  readonly concurrency: number;
  /** The program of the threads; only tests give another than the one beside this file. */
  readonly thread?: URL | undefined;
}

export function wasmCalls({ concurrency, thread = THREAD }: WasmCallsOptions): WasmCalls {
  const pool = new ThreadPool({ size: concurrency, thread });
  return {
    call: async ({ timeMs, signal, ...call }) => {
      const ended = await pool.run({ request: { kind: 'wasm-call', ...call }, timeMs, signal });
      if (ended.is === 'timed-out') return { fault: 'time', why: `it took longer than ${timeMs} ms` };
      if (ended.is === 'out-of-memory') return { fault: 'memory', why: 'it takes more memory than a thread may have' };
      const { outputs, fault = 'trap', failure } = ended.outcome;
      const [answer] = outputs;
      return answer === undefined ? { fault, why: failure ?? '' } : { response: answer.bytes };
    },
    close: () => pool.close(),
  };
}
