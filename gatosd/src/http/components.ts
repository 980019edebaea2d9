/** Schemas of answers. What MYTHOS structs look like follows from their tables. */
import { EXIT, type JsonValue, jsonSchemaOf } from 'gatos-core';
import { CAPABILITY, DIVERGENCE_MARK, EFFECT_COMMIT, EFFECT_REGISTER, RECEIPT } from 'gatos-core/mythos';
import { EFFECT_STATES } from './routes.js';
import { CALL_REQUEST } from './shapes.js';
import { structSchema } from './struct-schema.js';

type JsonRecord = { readonly [key: string]: JsonValue };

const text = (description: string): JsonRecord => ({ type: 'string', description });
const hex = (description: string): JsonRecord => ({ type: 'string', pattern: '^[0-9a-f]{64}$', description });
const count = (description: string): JsonRecord => ({ type: 'integer', minimum: 0, description });
const bool = (description: string): JsonRecord => ({ type: 'boolean', description });
const ref = (name: string): JsonRecord => ({ $ref: `#/components/schemas/${name}` });
const nullable = (schema: JsonRecord): JsonRecord => ({ anyOf: [{ type: 'null' }, schema] });
const list = (items: JsonRecord, description: string): JsonRecord => ({ type: 'array', items, description });

/** All fields are there but those named as optional; others are an error of ours, which tests would find. */
function object(properties: { readonly [name: string]: JsonRecord }, optional: readonly string[] = []): JsonRecord {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

const ERROR = object(
  {
    code: { type: 'string', pattern: '^[a-z-]+/[a-z0-9-]+$', description: 'stable: `area/what`' },
    kind: {
      enum: ['input', 'missing', 'limit', 'unsupported', 'denied', 'integrity', 'conflict', 'unavailable', 'internal'],
    },
    message: text('for people'),
    hint: text('what to do next'),
    data: { type: 'object', description: 'what the message is made of' },
    exit: { enum: [...new Set(Object.values(EXIT))], description: 'status with which the command line would end' },
  },
  ['hint'],
);

const EFFECT_SUMMARY = {
  id: hex('idempotency id'),
  tool: hex('id of the tool'),
  state: { enum: EFFECT_STATES },
  attempt: count('leases that were taken'),
  request_hash: hex('SHA-256 of the exact request'),
  receipt_id: nullable(hex('of the outcome')),
};

const PAST: { readonly [name: string]: JsonRecord } = {
  Report: object({
    subject: text('what was checked'),
    outcome: { enum: ['pass', 'fail', 'unknown'] },
    checks: list(ref('Check'), 'in the order in which they are made'),
  }),
  Check: object(
    {
      name: text('stable name'),
      outcome: { enum: ['pass', 'fail', 'unknown'] },
      subject: text('what was looked at'),
      detail: text('for people'),
      code: text('`area/what` when it did not pass'),
      exit: { type: 'integer' },
      hint: text('what to do next'),
      evidence: { type: 'object' },
    },
    ['code', 'exit', 'hint', 'evidence'],
  ),
  EffectPage: object({
    effects: list(object(EFFECT_SUMMARY), 'in the order of their ids'),
    next: nullable(hex('cursor of the next page; null: this was the last')),
  }),
  Effect: object({
    ...EFFECT_SUMMARY,
    capability: hex('capability under which it was registered'),
    register: ref('EffectRegister'),
    ended: nullable(object({ acted: { enum: ['no', 'unknown'] }, why: text('for people') })),
    receipt: nullable(ref('Receipt')),
    commit: nullable(ref('EffectCommit')),
    response: nullable(
      object({ hash: hex('SHA-256 of the exact bytes'), size: count('bytes'), kept: bool('are they recorded?') }),
    ),
    marks: list(ref('DivergenceMark'), 'contradictions'),
    resolution: nullable(object({ as: text('outcome'), grant: text('CID of the grant'), why: text('for people') })),
  }),
  ReceiptView: object({
    receipt: ref('Receipt'),
    effect: nullable(hex('idempotency id of which it is the outcome; null: of none')),
    response: nullable({ type: 'object', description: 'the answer of the tool, decoded; null when it was not kept' }),
  }),
  CapabilityView: object({
    capability: ref('Capability'),
    scope: { type: 'object', description: 'what it allows, read' },
    parents: list(hex('id'), 'what it rests on, the root last'),
    revoked: nullable(object({ id: hex('the one that was revoked'), by: text('actor'), reason: text('for people') })),
    used: {
      type: 'object',
      description: 'how much of each limit is used up',
      additionalProperties: { type: 'integer' },
    },
  }),
};

const PRESENT: { readonly [name: string]: JsonRecord } = {
  AnyObject: { type: 'object' },
  Health: object({ status: { const: 'ok' } }),
  About: object({
    version: text('of the server'),
    agent: nullable(
      object({ actor: text('who acts here'), key: text('`ed25519:…`'), agent: hex('its key in hexadecimal') }),
    ),
    genesis: nullable(text('CID of the first envelope of the trust chain')),
    heads: { type: 'object', additionalProperties: { type: 'string' }, description: 'commit at which each chain ends' },
    token: object({
      id: text('id of the token of this request'),
      actor: text('whom it speaks for'),
      scopes: list(text('scope'), 'what it opens'),
      expires: { type: 'integer', description: 'µs since 1970' },
    }),
  }),
  CallResult: object({
    receipt: ref('Receipt'),
    response: nullable(
      object(
        { status: count('200: done'), body: { description: 'what the tool gave' }, error: text('why it is not done') },
        ['body', 'error'],
      ),
    ),
    replayed: bool('it was there already, and nothing was invoked'),
    effect: nullable(hex('idempotency id; null without a key')),
  }),
  Blob: object({
    cid: hex('root of the tree of chunks'),
    size: count('plain bytes'),
    stored_size: count('stored bytes'),
    media: text('media type'),
    codec: text('how chunks are stored'),
    chunk_size: count('plain bytes of each chunk but the last; 0: it is not cut'),
    chunks: count('how many; 0: it is not cut'),
    chunks_here: nullable(
      count('how many of them are here, unchecked; null: they are too many to look, or its tree does not hold'),
    ),
    name: nullable(text('name that it was put under')),
    record: text('CID of the record'),
  }),
  ChunkProof: object({
    cid: hex('the blob'),
    chunk: count('index of the chunk'),
    chunks: count('chunks of the blob'),
    hash: hex('SHA-256 of the stored bytes of the chunk'),
    len: count('stored bytes of the chunk'),
    ref: { type: 'string', description: 'canonical bytes of the BlobRef, base64url' },
    leaf: { type: 'string', description: 'canonical bytes of the leaf, base64url' },
    parents: list({ type: 'string' }, 'nodes above the leaf, the root last, base64url'),
  }),
  Problem: object(
    {
      type: { type: 'string', format: 'uri', description: '`urn:gatos:error:` and the code' },
      title: text('name of the status'),
      status: { type: 'integer' },
      detail: text('for people'),
      instance: text('names this request in the log of the server'),
      checks: list({ type: 'object' }, 'every check of the capability, where a call was denied'),
      error: { ...ERROR, description: 'as the command line prints it with `--json`' },
    },
    ['detail', 'instance', 'checks', 'error'],
  ),
};

/** `components.schemas` of the OpenAPI document. */
export function componentSchemas(): { readonly [name: string]: JsonRecord } {
  const structs = [RECEIPT, EFFECT_REGISTER, EFFECT_COMMIT, DIVERGENCE_MARK, CAPABILITY];
  return {
    ...PRESENT,
    ...PAST,
    CallRequest: jsonSchemaOf(CALL_REQUEST.shape) as JsonRecord,
    ...Object.fromEntries(structs.map((struct) => [struct.name, structSchema(struct)])),
  };
}
