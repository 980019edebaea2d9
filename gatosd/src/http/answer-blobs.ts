/** Blobs: what is recorded of them, their bytes in ranges, and proofs of their chunks. */
import { etagOf, FOR_EVER, isKnown, notModified } from './caching.js';
import { httpError } from './errors.js';
import type { Exchange } from './exchange.js';
import { BYTES_MEDIA } from './media.js';
import { parseRange } from './range.js';
import type { Answer } from './send.js';
import type { OpenedBlob } from './services.js';
import { viewed } from './viewed.js';

export async function getBlob({ params, services }: Exchange): Promise<Answer> {
  return { status: 200, body: { json: await services.blob(params.cid as string) } };
}

const MEDIA = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/i;

export async function getBlobBytes(exchange: Exchange): Promise<Answer> {
  const cid = exchange.params.cid as string;
  const blob = await exchange.services.openBlob(cid, exchange.gone);
  const { size } = blob;
  const headers = {
    ...FOR_EVER,
    ETag: etagOf(cid),
    'Accept-Ranges': 'bytes',
    // Whatever it says that it is, nothing shows it in its own window.
    'Content-Disposition': 'attachment',
  };
  if (isKnown(exchange, cid)) return notModified(headers);
  const range = rangeOf(exchange, cid, size);
  if (range === 'none') throw httpError('range', { size });
  const { offset, length } = range === 'all' ? { offset: 0, length: size } : range;
  const media = MEDIA.test(blob.media) ? blob.media : BYTES_MEDIA;
  const opened = exchange.head ? null : await streamOf(exchange, blob, { offset, length });
  const body = { media, length, stream: opened?.stream };
  const done = opened?.done;
  if (range === 'all') return { status: 200, headers, body, done };
  const shown = { 'Content-Range': `bytes ${offset}-${offset + length - 1}/${size}` };
  return { status: 206, headers: { ...headers, ...shown }, body, done };
}

/** A range that is asked for of another content than there is (`If-Range`) is answered with the whole. */
function rangeOf({ headers, head }: Exchange, cid: string, size: number): ReturnType<typeof parseRange> {
  const condition = headers['if-range'];
  // Only GET knows ranges (RFC 9110 section 14.2).
  if (head || (condition !== undefined && condition.trim() !== etagOf(cid))) return 'all';
  return parseRange(headers.range, size);
}

/** The first part is checked before anything is sent, so that what fails at once is answered with a fault and not with half an answer. */
async function streamOf(
  { budget, gone }: Exchange,
  blob: OpenedBlob,
  range: { readonly offset: number; readonly length: number },
): Promise<{ readonly stream: () => AsyncIterable<Uint8Array>; readonly done: () => void }> {
  const done = await budget.take(blob.stepBytes, gone);
  const parts = blob.stream(range)[Symbol.asyncIterator]();
  try {
    const first = await parts.next();
    const stream = async function* () {
      for (let part = first; part.done !== true; part = await parts.next()) {
        gone.throwIfAborted();
        yield part.value;
      }
    };
    return { stream, done };
  } catch (error) {
    done();
    throw error;
  }
}

export async function getBlobProof(exchange: Exchange): Promise<Answer> {
  const { params, query, services } = exchange;
  return viewed(exchange, await services.blobProof(params.cid as string, Number(query.chunk ?? '0')));
}
