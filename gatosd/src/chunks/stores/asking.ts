/** Requests to a server that may be slow, busy or cut off: each with a time-out, repeated with growing pauses where that can help. */
import { setTimeout as sleep } from 'node:timers/promises';
import { chunkError } from '../errors.js';

export interface Patience {
  /** Milliseconds for one try, with its body. */
  readonly timeoutMs: number;
  readonly tries: number;
  /** Milliseconds of the first pause; each further one is up to twice as long. */
  readonly pauseMs: number;
}

export const PATIENCE: Patience = { timeoutMs: 60_000, tries: 5, pauseMs: 200 };

const LONGEST_PAUSE_MS = 20_000;

export interface Question<T> {
  readonly store: string;
  /** As a verb: `read a chunk`. */
  readonly operation: string;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  /** Made anew for each try: a signature has the time in it. */
  readonly request: () => Request | Promise<Request>;
  /** Reads the body too, which is part of the try. Returns `again` for an answer that another try may better. */
  readonly read: (response: Response) => Promise<T | Again>;
}

/** Why another try is worth it. */
export class Again {
  constructor(readonly why: string) {}
}

const BUSY = new Set([408, 429, 500, 502, 503, 504]);

/** Throws `chunks/unreachable` after the last try, what `read` throws, and the reason of the signal. */
export async function ask<T>(question: Question<T>): Promise<T> {
  const { store, operation, patience, signal } = question;
  for (let tried = 1; ; tried++) {
    signal?.throwIfAborted();
    const { answer, waitMs } = await tryOnce(question);
    if (!(answer instanceof Again)) return answer;
    if (tried >= patience.tries) {
      throw chunkError('unreachable', { store, operation, tries: tried, why: answer.why });
    }
    await pause(waitMs ?? jittered(patience.pauseMs * 2 ** (tried - 1)), signal);
  }
}

interface Tried<T> {
  readonly answer: T | Again;
  /** What the server asked for. */
  readonly waitMs?: number | undefined;
}

async function tryOnce<T>({ request, read, patience, signal }: Question<T>): Promise<Tried<T>> {
  const timeout = AbortSignal.timeout(patience.timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  try {
    const response = await fetch(await request(), { signal: either, redirect: 'manual' });
    if (!BUSY.has(response.status)) return { answer: await read(response) };
    const why = `${response.status} ${response.statusText}`.trim();
    await response.body?.cancel();
    return { answer: new Again(why), waitMs: retryAfter(response.headers.get('retry-after')) };
  } catch (error) {
    signal?.throwIfAborted();
    if (timeout.aborted) return { answer: new Again(`no answer within ${patience.timeoutMs} ms`) };
    // That is how fetch tells a connection that was refused or broke off.
    if (error instanceof TypeError) return { answer: new Again(reasonOf(error)) };
    throw error;
  }
}

function reasonOf(error: TypeError): string {
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

/** Seconds, as most servers say it; dates are not worth their parsing. */
function retryAfter(value: string | null): number | undefined {
  if (value === null || !/^[0-9]{1,4}$/.test(value)) return undefined;
  return Math.min(LONGEST_PAUSE_MS, Number(value) * 1000);
}

/** Somewhere between half of it and all of it, so that many clients do not come back at once. */
function jittered(milliseconds: number): number {
  return Math.min(LONGEST_PAUSE_MS, milliseconds) * (0.5 + Math.random() / 2);
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

/** The body, but never more than so many bytes and the part in which there were more. */
export async function readBody(response: Response, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    parts.push(part.value);
    length += part.value.length;
    if (length > most) {
      await reader?.cancel();
      break;
    }
  }
  const bytes = new Uint8Array(length);
  parts.reduce((at, part) => {
    bytes.set(part, at);
    return at + part.length;
  }, 0);
  return bytes;
}

/** Has the server sent what it announced? Where it compresses on the way the numbers differ, and the hash decides alone. */
export function isCutOff(response: Response, got: number): boolean {
  const announced = response.headers.get('content-length');
  return announced !== null && !response.headers.has('content-encoding') && got < Number(announced);
}

/** A body for `fetch`, which takes no memory that threads share. */
export function bodyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
