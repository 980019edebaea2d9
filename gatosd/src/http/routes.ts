/** Everything that the API offers. A route is added here and in `handlers.ts`; nothing else knows of it. */
import { LIMITS } from 'gatos-core';
import { CAN_MEDIA, JSON_MEDIA } from './media.js';
import type { Parameter } from './parameters.js';
import type { Route } from './route.js';
import { both, ETAG, HEX, ID, IF_NONE_MATCH, id, json, NOT_MODIFIED, ok } from './route-parts.js';
import { BLOBS, CHUNKS } from './routes-blobs.js';

/** As the ledger names them. */
export const EFFECT_STATES = ['pending', 'released', 'unknown', 'committed', 'divergent', 'resolved'] as const;

/** What surrounds the body of a call as JSON: white space, escapes. */
const JSON_MARGIN = 64 * 1024;
const MOST_CALL_BYTES = LIMITS.toolRequestBytes + JSON_MARGIN;

/** JSON of many small values takes a multiple of its bytes once it is read, until the call is over. */
const CALL_WEIGHT = 8;

const ABOUT: readonly Route[] = [
  {
    id: 'about',
    method: 'GET',
    path: '/v1',
    summary: 'what this server is',
    does: 'The server, the agent that acts and signs here, the repository, and where its chains end.',
    access: 'any',
    answers: [ok('about', json('About'))],
  },
  {
    id: 'openapi',
    method: 'GET',
    path: '/v1/openapi.json',
    summary: 'this document',
    does: 'OpenAPI 3.1. The routes of the running server, from the table that it works by.',
    access: 'open',
    answers: [ok('the document', { [JSON_MEDIA]: { component: 'AnyObject' } })],
  },
  {
    id: 'health',
    method: 'GET',
    path: '/v1/healthz',
    summary: 'is it up?',
    does: 'Answers as long as the server takes requests. It tells nothing about the repository.',
    access: 'open',
    answers: [ok('it is up', json('Health'))],
    problems: { 503: 'it is about to end' },
  },
];

const TOOL: Parameter = {
  schema: { type: 'string', pattern: '^(?:[0-9a-f]{64}|[a-z][a-z0-9._-]{0,63})$', maxLength: 64 },
  does: 'the name of a tool that is declared here, or its id in 64 hexadecimal digits',
  example: 'echo',
};
const IDEMPOTENCY_KEY: Parameter = {
  schema: { type: 'string', pattern: '^[ -~]+$', minLength: 1, maxLength: 512 },
  does: 'the key of this effect: a text in quotes (a string of RFC 8941), or printable ASCII without quotes. 256 bytes at most',
  example: '"order-17"',
};
const CAPABILITY_HEADER: Parameter = {
  schema: { type: 'string', pattern: HEX, minLength: 64, maxLength: 64 },
  does: 'id of the capability under which the call is made',
  example: ID,
};

const TOOLS: readonly Route[] = [
  {
    id: 'callTool',
    method: 'POST',
    path: '/v1/tools/{tool}/calls',
    summary: 'call a tool',
    does: `Calls a tool under a capability, and answers with the signed receipt and what the tool said. With a key it is made at most once: the same call again gives the same receipt and invokes nothing.
A tool that fails is an answer (\`200\`, with the status of the tool in \`response.status\`): it is recorded and signed as any other.
The call goes on when the caller hangs up; repeat it with its key to learn how it ended.`,
    access: 'tools:call',
    params: { tool: TOOL },
    headers: {
      'Idempotency-Key': IDEMPOTENCY_KEY,
      'Gatos-Capability': CAPABILITY_HEADER,
      Accept: {
        schema: { type: 'string', maxLength: 1024 },
        does: `\`${JSON_MEDIA}\`, or \`${CAN_MEDIA}\` for exact bytes`,
        example: JSON_MEDIA,
      },
    },
    body: {
      does: 'What the tool gets: as JSON, or the exact bytes of a ToolRequest, whose tool and key must be those of this request.',
      media: { [JSON_MEDIA]: { component: 'CallRequest' }, [CAN_MEDIA]: 'binary' },
      most: MOST_CALL_BYTES,
      weight: CALL_WEIGHT,
    },
    answers: [
      ok(
        'the receipt and the answer of the tool; as CAN a list of two byte strings, the exact receipt and the exact response',
        both('CallResult'),
        {
          'Gatos-Receipt': 'id of the receipt',
          'Gatos-Replayed': '`true` when it was there already and nothing was invoked',
        },
      ),
    ],
    problems: {
      403: 'the token has no scope `tools:call`, may not use this capability, or the call is denied: `checks` lists every check of the capability',
      404: 'no such tool or capability',
      409: 'the key stands for another request (`effects/…conflict`), is divergent, or another gateway has the lease',
      422: 'the body is not what the tool declares',
      502: 'the tool was invoked, and its answer is not what it declares: the receipt is recorded',
      503: 'the tool could not be started, and did nothing; or the server is busy',
      504: 'it may have acted, and no outcome is recorded. A tool that is not safe to repeat is not invoked again for this key',
    },
  },
];

const CURSOR: Parameter = {
  schema: { type: 'string', pattern: HEX, minLength: 64, maxLength: 64 },
  does: 'the `next` of the page before',
  example: ID,
};

const LEDGER: readonly Route[] = [
  {
    id: 'listEffects',
    method: 'GET',
    path: '/v1/effects',
    summary: 'list effects',
    does: 'The ledger in pages, in the order of idempotency ids. A page may have fewer than asked for, or none, although there are more: `next` tells.',
    access: 'effects:read',
    query: {
      tool: { ...TOOL, does: 'only those of this tool' },
      status: {
        schema: { type: 'string', enum: EFFECT_STATES },
        does: 'only those in this state',
        example: 'committed',
      },
      cursor: CURSOR,
      limit: {
        schema: { type: 'integer', minimum: 1, maximum: 1000 },
        does: 'how many at most; 100 when absent',
        example: '100',
      },
    },
    answers: [ok('a page', json('EffectPage'))],
    problems: { 404: 'no such tool' },
  },
  {
    id: 'getEffect',
    method: 'GET',
    path: '/v1/effects/{id}',
    summary: 'one effect',
    does: 'Everything that the ledger holds of one idempotency id, decoded; as CAN a list of the exact bytes of its entries.',
    access: 'effects:read',
    params: { id: id('the idempotency id') },
    answers: [ok('the effect', both('Effect'))],
    problems: { 404: 'the ledger knows no such id' },
  },
  {
    id: 'getReceipt',
    method: 'GET',
    path: '/v1/receipts/{id}',
    summary: 'one receipt',
    does: 'A receipt by its id, decoded or as its exact bytes.',
    access: 'effects:read',
    params: { id: id('the id of the receipt') },
    headers: { 'If-None-Match': IF_NONE_MATCH },
    answers: [ok('the receipt', both('ReceiptView'), ETAG), NOT_MODIFIED],
    problems: { 404: 'no such receipt' },
  },
];

const CAPABILITIES: readonly Route[] = [
  {
    id: 'getCapability',
    method: 'GET',
    path: '/v1/capabilities/{id}',
    summary: 'a capability',
    does: 'Decoded with its ancestors and what is known of their revocation and use; as CAN its exact bytes.',
    access: 'capabilities:read',
    params: { id: id('the id of the capability') },
    answers: [ok('the capability', both('CapabilityView'))],
    problems: { 404: 'no such capability' },
  },
  {
    id: 'checkCapability',
    method: 'GET',
    path: '/v1/capabilities/{id}/check',
    summary: 'check a capability',
    does: 'Every check that would be made now, with its outcome; nothing is counted.',
    access: 'capabilities:read',
    params: { id: id('the id of the capability') },
    query: { tool: { ...TOOL, does: 'does it cover a call of this tool?' } },
    answers: [ok('the report, whatever its outcome', json('Report'))],
    problems: { 404: 'no such capability' },
  },
];

export const ROUTES: readonly Route[] = [...ABOUT, ...TOOLS, ...LEDGER, ...CHUNKS, ...BLOBS, ...CAPABILITIES];
