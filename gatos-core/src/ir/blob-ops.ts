/**
 * What the blob operations leave receipts of: each is a tool of its own, with the exact bytes of request and response. The node that
 * BLOB_PUT takes beside the bytes is a record of the type `BLOB_META_TYPE`.
 */
import { sha256 } from '#hash';
import { CanMap, type CanValue, canOfJson, encodeCan } from '../codec/index.js';
import { utf8 } from '../kernel/index.js';
import {
  BLOB_CHUNK_REQUEST,
  BLOB_PUT_REQUEST,
  BLOB_REF,
  type BlobRef,
  encodeStruct,
  structId,
  TOOL_DEF,
  TYPE_DEF,
  type TypeDef,
} from '../mythos/index.js';

/** How a blob is to be stored. */
export interface BlobMeta {
  readonly media: string;
  /** What a capability to write names. */
  readonly namespace: string;
  /** Bytes of a chunk; the store's own choice when absent. */
  readonly chunkSize?: number | undefined;
}

/** The id of a type that is not a record: of the JSON Schema that says it, as for the types of tools. */
const schemaId = (schema: Parameters<typeof canOfJson>[0]): Uint8Array => sha256(encodeCan(canOfJson(schema)));

const TEXT_TYPE = schemaId({ type: 'string' });
const COUNT_TYPE = schemaId({ type: 'integer', minimum: 0 });
const HASH_TYPE = sha256(utf8('mythos:Hash'));

interface FieldOf {
  readonly name: string;
  readonly of: Uint8Array;
  readonly optional?: true;
}

/** A record type whose fields are numbered from 1 on. */
function recordType(name: string, fields: readonly FieldOf[]): TypeDef {
  const draft: TypeDef = {
    type_id: new Uint8Array(32),
    kind: 1,
    name,
    fields: fields.map(({ name, of, optional }, i) => ({
      field_id: i + 1,
      name,
      field_type_id: of,
      required: optional !== true,
    })),
  };
  return { ...draft, type_id: structId(TYPE_DEF, draft) };
}

export const BLOB_META_TYPE: TypeDef = recordType('BlobMeta', [
  { name: 'media', of: TEXT_TYPE },
  { name: 'namespace', of: TEXT_TYPE },
  { name: 'chunk_size', of: COUNT_TYPE, optional: true },
]);

const PUT_REQUEST = recordType('BlobPut', [
  { name: 'content', of: HASH_TYPE },
  { name: 'size', of: COUNT_TYPE },
  { name: 'media', of: TEXT_TYPE },
  { name: 'namespace', of: TEXT_TYPE },
]);
const CHUNK_REQUEST = recordType('BlobChunkGet', [
  { name: 'cid', of: HASH_TYPE },
  { name: 'index', of: COUNT_TYPE },
]);

interface Builtin {
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  /** 1 reads, 2 writes. */
  readonly effect: 1 | 2;
  readonly does: string;
}

function builtin({ request, response, effect, does }: Builtin): Uint8Array {
  return structId(TOOL_DEF, {
    tool_id: new Uint8Array(32),
    request_type_id: request,
    response_type_id: response,
    effect: { effect, retry_safe: true, cacheable: true, does: sha256(utf8(does)) },
  });
}

/** What the receipts of BLOB_PUT name as their tool. */
export const BLOB_PUT_TOOL: Uint8Array = builtin({
  request: PUT_REQUEST.type_id,
  response: sha256(utf8('mythos:BlobRef')),
  effect: 2,
  does: 'stores a blob',
});

/** What the receipts of BLOB_CHUNK_GET name as their tool. */
export const BLOB_CHUNK_GET_TOOL: Uint8Array = builtin({
  request: CHUNK_REQUEST.type_id,
  response: sha256(utf8('mythos:Chunk')),
  effect: 1,
  does: 'gives one chunk of a blob as it is stored',
});

/** A digest as the struct Hash. */
export function hashValue(digest: Uint8Array): CanValue {
  return new CanMap([
    [1n, 1n],
    [2n, digest],
  ]);
}

/** Request bytes of BLOB_PUT: a BlobPutRequest. */
export function blobPutRequest(bytes: Uint8Array, { media, namespace }: BlobMeta): Uint8Array {
  return encodeStruct(BLOB_PUT_REQUEST, { content: sha256(bytes), size: BigInt(bytes.length), media, namespace });
}

/** Response bytes of BLOB_PUT. */
export function blobPutResponse(ref: BlobRef): Uint8Array {
  return encodeStruct(BLOB_REF, ref);
}

/** Request bytes of BLOB_CHUNK_GET: a BlobChunkRequest. The response bytes are the chunk. */
export function blobChunkRequest({ cid }: BlobRef, index: number): Uint8Array {
  return encodeStruct(BLOB_CHUNK_REQUEST, { cid, index: BigInt(index) });
}
