/** From an answer to bytes on the socket. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatJson, type JsonValue } from 'gatos-core';
import { JSON_MEDIA, PROBLEM_MEDIA } from './media.js';
import type { Problem } from './problem.js';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: AnswerBody | undefined;
  /** Called once when it was sent, or could not be: gives back what it holds. */
  readonly done?: (() => void) | undefined;
}

export type AnswerBody =
  | { readonly json: JsonValue }
  | { readonly media: string; readonly bytes: Uint8Array }
  | {
      readonly media: string;
      readonly length: number;
      /** Absent where only the head is asked for. */
      readonly stream?: (() => AsyncIterable<Uint8Array>) | undefined;
    };

/** What every answer carries: nothing here is for a browser to run, guess, keep or frame. */
const ALWAYS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cache-Control': 'no-store',
};

export function answerOfProblem({ status, headers, document }: Problem): Answer {
  const bytes = Buffer.from(`${formatJson(document)}\n`);
  return { status, headers, body: { media: PROBLEM_MEDIA, bytes } };
}

interface Shaped {
  readonly media: string;
  readonly length: number;
  readonly parts: AsyncIterable<Uint8Array> | readonly Uint8Array[];
}

function shaped(body: AnswerBody): Shaped {
  if ('json' in body) {
    const bytes = Buffer.from(`${formatJson(body.json)}\n`);
    return { media: JSON_MEDIA, length: bytes.length, parts: [bytes] };
  }
  if ('bytes' in body) return { media: body.media, length: body.bytes.length, parts: [body.bytes] };
  return { media: body.media, length: body.length, parts: body.stream?.() ?? [] };
}

export interface Sending {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Without its body. */
  readonly head: boolean;
  /** The connection is not used again. */
  readonly last: boolean;
}

/** How long the rest of a body is taken from a sender who was answered already, so that he comes to read the answer. */
const LINGER_MS = 500;

/** Sends an answer. Resolves when it is handed to the system; throws what its stream throws, after the connection was broken off. */
export async function send(answer: Answer, { request, response, requestId, head, last }: Sending): Promise<void> {
  const unread = !request.complete;
  const body = answer.body === undefined ? null : shaped(answer.body);
  response.writeHead(answer.status, {
    ...ALWAYS,
    'X-Request-Id': requestId,
    ...(body === null ? {} : { 'Content-Type': body.media, 'Content-Length': body.length }),
    ...answer.headers,
    ...(unread || last ? { Connection: 'close' } : {}),
  });
  if (body !== null && !head) await pour(body.parts, response);
  else response.flushHeaders();
  if (unread) await linger(request);
  response.end();
}

async function pour(parts: Shaped['parts'], response: ServerResponse): Promise<void> {
  try {
    for await (const part of parts) {
      if (response.destroyed) return;
      if (!response.write(part)) await drained(response);
    }
  } catch (error) {
    // Its length was announced: cutting it short is what tells the reader.
    response.destroy();
    throw error;
  }
}

async function drained(response: ServerResponse): Promise<void> {
  const done = new AbortController();
  const { signal } = done;
  try {
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
  } finally {
    done.abort();
  }
}

async function linger(request: IncomingMessage): Promise<void> {
  request.resume();
  const done = new AbortController();
  const { signal } = done;
  try {
    await Promise.race([
      once(request, 'close', { signal }),
      once(request, 'end', { signal }),
      sleep(LINGER_MS, undefined, { signal }),
    ]);
  } catch (error) {
    // That the sender has gone is as good as an end.
    if (!(error instanceof Error)) throw error;
  } finally {
    done.abort();
  }
}
