/** What one server takes at a time. */

const MIB = 1024 * 1024;

export interface HttpLimits {
  /** Connections; more are not accepted. */
  readonly connections: number;
  /** Requests that are answered at the same time; more are told to come again. */
  readonly concurrent: number;
  /** Requests of one token a second, and at once after a pause. */
  readonly perSecond: number;
  readonly burst: number;
  /** Bytes that bodies and chunks take in memory together. */
  readonly memoryBytes: number;
  /** Bytes of the headers of a request, and how many there may be. */
  readonly headerBytes: number;
  readonly headers: number;
  /** Milliseconds for the headers, for the whole of a request, and of a connection without one. */
  readonly headersMs: number;
  readonly requestMs: number;
  readonly idleMs: number;
  /** Milliseconds between two looks at connections that are too slow. */
  readonly checkMs: number;
  /** Milliseconds in which an answer has to be taken, and for longer ones the fewest bytes a second. */
  readonly sendMs: number;
  readonly slowestBytesPerSecond: number;
}

export const DEFAULT_LIMITS: HttpLimits = {
  connections: 1024,
  concurrent: 64,
  perSecond: 100,
  burst: 200,
  memoryBytes: 128 * MIB,
  headerBytes: 16 * 1024,
  headers: 64,
  headersMs: 10_000,
  requestMs: 300_000,
  idleMs: 5_000,
  checkMs: 1_000,
  sendMs: 60_000,
  slowestBytesPerSecond: 32 * 1024,
};
