/** Reading the body of a request: no more than was asked for, and never more in memory than there is room for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { httpError } from './errors.js';
import { essenceOf } from './media.js';
import type { MemoryBudget } from './rate.js';
import type { BodyDeclaration } from './route.js';

export interface ReceivedBody {
  readonly media: string;
  readonly bytes: Uint8Array;
  /** Gives the memory back. */
  release(): void;
}

export interface BodyRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly declared: BodyDeclaration;
  readonly budget: MemoryBudget;
  /** Aborted when the caller has gone. */
  readonly gone: AbortSignal;
  /** Gets the bytes as they come. */
  readonly onBytes?: ((bytes: Uint8Array) => void) | undefined;
}

/**
 * The whole body. Memory for it is taken before its first byte is read, so that whoever sends waits where there is none. Throws
 * `http/media-type`, `http/no-length`, `http/too-large`, `http/incomplete`.
 */
export async function readBody(asked: BodyRequest): Promise<ReceivedBody> {
  const { request, response, declared, budget, gone } = asked;
  const media = mediaOf(request, declared);
  const length = lengthOf(request, declared);
  // All of it at once: whoever held a part and waited for more could wait for others who do the same.
  const release = await budget.take(length * (declared.weight ?? 1), gone);
  try {
    // The sender of `Expect: 100-continue` waits for this, or for a refusal, before it sends.
    if (request.headers.expect !== undefined) response.writeContinue();
    return { media, bytes: await fill(asked, length), release };
  } catch (error) {
    release();
    throw error;
  }
}

function mediaOf(request: IncomingMessage, { media }: BodyDeclaration): string {
  const wanted = Object.keys(media);
  const got = essenceOf(request.headers['content-type'] ?? '');
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw httpError('media-type', { got: `${got} (${encoding})`, wanted });
  if (!wanted.includes(got)) throw httpError('media-type', { got: got === '' ? 'none' : got.slice(0, 128), wanted });
  return got;
}

function lengthOf(request: IncomingMessage, { most }: BodyDeclaration): number {
  const text = request.headers['content-length'];
  // Node refuses what is no number, and a length beside a transfer coding.
  if (text === undefined) throw httpError('no-length', {});
  const length = Number(text);
  if (!(length <= most)) throw httpError('too-large', { what: 'the body', limit: most });
  return length;
}

function fill({ request, onBytes }: BodyRequest, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  return new Promise((resolve, reject) => {
    const cut = (): void => reject(httpError('incomplete', { got: at, expected: length }));
    if (request.destroyed) cut();
    request.on('data', (part: Buffer) => {
      // Node's parser ends a body at its length: no part reaches further.
      part.copy(bytes, at);
      at += part.length;
      onBytes?.(part);
    });
    request.once('end', () => (at === length ? resolve(bytes) : cut()));
    request.once('error', cut);
    request.once('close', cut);
  });
}
