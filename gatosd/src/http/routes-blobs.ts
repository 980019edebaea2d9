/** The routes of chunks and blobs. */
import { MOST_CHUNK_SIZE } from '../chunks/index.js';
import { ANY_MEDIA, BYTES_MEDIA } from './media.js';
import type { Route } from './route.js';
import { both, ETAG, ID, IF_NONE_MATCH, id, json, NOT_MODIFIED, ok } from './route-parts.js';

/** Room for what a codec adds. */
const CHUNK_MARGIN = 64 * 1024;
/** Bytes of one chunk that are taken over HTTP. */
export const MOST_CHUNK_BYTES = MOST_CHUNK_SIZE + CHUNK_MARGIN;
const CHUNK_ID = { hex: id('SHA-256 of the stored bytes') };

export const CHUNKS: readonly Route[] = [
  {
    id: 'getChunk',
    method: 'GET',
    path: '/v1/chunks/{hex}',
    summary: 'the bytes of a chunk',
    does: 'The bytes are checked against their hash before the first one is sent. `HEAD` says whether the chunk is there and how long it is, and does not check it.',
    access: 'blobs:read',
    params: CHUNK_ID,
    headers: { 'If-None-Match': IF_NONE_MATCH },
    answers: [ok('the stored bytes', { [BYTES_MEDIA]: 'binary' }, ETAG), NOT_MODIFIED],
    problems: { 404: 'this server does not have it', 500: 'its bytes were changed where they are stored' },
  },
  {
    id: 'putChunk',
    method: 'PUT',
    path: '/v1/chunks/{hex}',
    summary: 'store a chunk',
    does: 'The hash is computed while the bytes arrive; what is not what its name says, or not complete, leaves nothing behind. When it is answered the chunk is durable. Chunks that no blob needs are collected after a while.',
    access: 'blobs:write',
    params: CHUNK_ID,
    body: {
      does: 'The stored bytes, with `Content-Length`.',
      media: { [BYTES_MEDIA]: 'binary' },
      most: MOST_CHUNK_BYTES,
    },
    answers: [
      { status: 201, does: 'it is stored' },
      { status: 204, does: 'it was there already, and counts as young again' },
    ],
    problems: { 422: 'the bytes have another hash' },
  },
];

/** Every route of a blob says it of one that was removed. */
const REMOVED = { 410: 'the blob was removed; `error.data` says by whom and why' };
const BLOB_ID = { cid: id('root of the tree of chunks') };

export const BLOBS: readonly Route[] = [
  {
    id: 'getBlob',
    method: 'GET',
    path: '/v1/blobs/{cid}',
    summary: 'what a blob is',
    does: 'Its record: size, codec, chunks, and how many of them are here. They are counted up to 2048 chunks, and not read.',
    access: 'blobs:read',
    params: BLOB_ID,
    answers: [ok('the blob', json('Blob'))],
    problems: { 404: 'no such blob', ...REMOVED },
  },
  {
    id: 'getBlobBytes',
    method: 'GET',
    path: '/v1/blobs/{cid}/bytes',
    summary: 'the bytes of a blob',
    does: 'Plain bytes, whole or one range. Only the chunks that a range touches are read, and each is checked before a byte of it is sent. Several ranges at once are answered with the whole. When a later chunk is missing or was changed, the connection is broken off before the length that was announced is reached.',
    access: 'blobs:read',
    params: BLOB_ID,
    headers: {
      Range: { schema: { type: 'string', maxLength: 256 }, does: 'one range of bytes', example: 'bytes=0-1023' },
      'If-Range': {
        schema: { type: 'string', maxLength: 256 },
        does: 'the range only if this is its `ETag`',
        example: `"${ID}"`,
      },
      'If-None-Match': IF_NONE_MATCH,
    },
    answers: [
      ok('all bytes, of the type that the blob has', { [ANY_MEDIA]: 'binary' }, ETAG),
      {
        status: 206,
        does: 'the range',
        media: { [ANY_MEDIA]: 'binary' },
        headers: { ...ETAG, 'Content-Range': 'which bytes of how many' },
      },
      NOT_MODIFIED,
    ],
    problems: {
      404: 'no such blob, or the first chunk that is asked for is not here',
      ...REMOVED,
      416: 'the range is outside of the blob',
      500: 'the first chunk that is asked for was changed where it is stored, or the tree of chunks does not hold',
    },
  },
  {
    id: 'getBlobProof',
    method: 'GET',
    path: '/v1/blobs/{cid}/proof',
    summary: 'proof of a chunk',
    does: 'The nodes from the root to one chunk: with them and the bytes of the chunk anybody can check that it stands at that place of the blob.',
    access: 'blobs:read',
    params: BLOB_ID,
    query: {
      chunk: {
        schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
        does: 'index of the chunk; 0 when absent',
        example: '0',
      },
    },
    answers: [ok('the proof', both('ChunkProof'))],
    problems: { 404: 'no such blob or chunk', ...REMOVED, 500: 'its tree of chunks does not hold' },
  },
];
