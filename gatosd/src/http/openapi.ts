/** The OpenAPI 3.1 document of the table of routes. */
import type { JsonValue } from 'gatos-core';
import { componentSchemas } from './components.js';
import { ANY_MEDIA, BYTES_MEDIA, PROBLEM_MEDIA } from './media.js';
import type { Parameters, Where } from './parameters.js';
import type { AnswerDeclaration, Content, Media, Route } from './route.js';
import { ROUTES } from './routes.js';
import { SCOPES } from './scopes.js';
import { STATUS_TEXT } from './status.js';

type JsonRecord = { readonly [key: string]: JsonValue };

const DESCRIPTION = `
Tools under authority, the ledger of their effects, blobs by content, and capabilities of one GATOS repository.

Requests carry a bearer token. A token opens routes by its scopes; what may be done is decided by capabilities, which are signed and recorded. Faults are
problems (RFC 9457) whose \`error\` is the document that \`git gatos … --json\` prints.
`.trim();

const SCHEME = 'token';

let made: JsonRecord | undefined;

/** The document. The same bytes whatever server it comes from; made once, since whoever asks for it shows no token. */
export function openApiDocument(): JsonRecord {
  made ??= makeDocument();
  return made;
}

function makeDocument(): JsonRecord {
  const paths: Record<string, Record<string, JsonValue>> = {};
  for (const route of ROUTES) {
    const methods = paths[route.path] ?? {};
    methods[route.method.toLowerCase()] = operationOf(route);
    // What answers GET answers HEAD, without the body.
    if (route.method === 'GET') methods.head = headOf(route);
    paths[route.path] = methods;
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'gatosd',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: 'http://127.0.0.1:8090', description: 'where it listens when nobody says otherwise' }],
    tags: tagsOf(),
    paths,
    components: {
      schemas: componentSchemas(),
      responses: { Problem: { description: 'a problem', content: { [PROBLEM_MEDIA]: { schema: refTo('Problem') } } } },
      securitySchemes: {
        [SCHEME]: {
          type: 'http',
          scheme: 'bearer',
          description: `Made by \`git gatos serve token create\`. Scopes: ${Object.entries(SCOPES)
            .map(([name, does]) => `\`${name}\` (${does})`)
            .join(', ')}.`,
        },
      },
    },
  };
}

const refTo = (name: string): JsonRecord => ({ $ref: `#/components/schemas/${name}` });

const TAGS: readonly (readonly [prefix: string, tag: string, does: string])[] = [
  ['/v1/tools', 'tools', 'calls of tools'],
  ['/v1/effects', 'ledger', 'what was done'],
  ['/v1/receipts', 'ledger', 'what was done'],
  ['/v1/chunks', 'blobs', 'bytes by content'],
  ['/v1/blobs', 'blobs', 'bytes by content'],
  ['/v1/capabilities', 'capabilities', 'who may do what'],
  ['/v1', 'server', 'the server itself'],
];

function tagsOf(): readonly JsonRecord[] {
  const named = new Map(TAGS.map(([, name, description]) => [name, description]));
  return [...named].map(([name, description]) => ({ name, description }));
}

const tagOf = ({ path }: Route): string => TAGS.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'server';

function operationOf(route: Route): JsonRecord {
  const { id, summary, does, access, body } = route;
  const scope = access === 'open' || access === 'any' ? '' : `\n\nScope: \`${access}\`.`;
  return {
    operationId: id,
    tags: [tagOf(route)],
    summary,
    description: `${does}${scope}`,
    security: access === 'open' ? [] : [{ [SCHEME]: [] }],
    ...(access === 'open' || access === 'any' ? {} : { 'x-scope': access }),
    parameters: [
      ...parametersOf('path', route.params),
      ...parametersOf('query', route.query),
      ...parametersOf('header', route.headers),
    ],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            description: body.does,
            content: contentOf(body.media),
            'x-max-bytes': body.most,
          },
        }),
    responses: responsesOf(route),
  };
}

/** As `GET`, without bodies. Only GET knows ranges (RFC 9110 section 14.2). */
function headOf(route: Route): JsonRecord {
  const told = Object.entries(responsesOf(route)).filter(([status]) => status !== '206' && status !== '416');
  const bare = told.map(([status, response]) => {
    const { content: _, ...rest } = response as JsonRecord;
    return [status, rest] as const;
  });
  return {
    ...operationOf(route),
    operationId: `${route.id}Head`,
    summary: `${route.summary}, without the body`,
    responses: Object.fromEntries(bare),
  };
}

/** Header parameters with these names are ignored in OpenAPI: they have places of their own. */
const ELSEWHERE = new Set(['Accept', 'Content-Type', 'Authorization']);

function parametersOf(where: Where, parameters: Parameters = {}): readonly JsonRecord[] {
  return Object.entries(parameters)
    .filter(([name]) => where !== 'header' || !ELSEWHERE.has(name))
    .map(([name, { schema, does, example }]) => ({
      name,
      in: where,
      required: where === 'path',
      description: does,
      schema: schema as unknown as JsonRecord,
      example: schema.type === 'integer' ? Number(example) : example,
    }));
}

function contentOf(media: Media): JsonRecord {
  return Object.fromEntries(
    Object.entries(media).map(([type, content]) => [type, { schema: schemaOf(type, content) }]),
  );
}

function schemaOf(type: string, content: Content): JsonRecord {
  if (content !== 'binary') return refTo(content.component);
  // OpenAPI 3.1: raw bytes have no type; what they are is the media type.
  return type === BYTES_MEDIA ? {} : { contentMediaType: type };
}

function responseOf({ does, media, headers = {} }: AnswerDeclaration): JsonRecord {
  const described = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return {
    description: does,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) as JsonRecord }),
    ...(media === undefined ? {} : { content: contentOf(media) }),
  };
}

function responsesOf(route: Route): JsonRecord {
  const answers = route.answers.map((answer) => [String(answer.status), responseOf(answer)] as const);
  const problems = Object.entries({ ...impliedProblems(route), ...route.problems }).map(
    ([status, description]) =>
      [status, { description, content: { [PROBLEM_MEDIA]: { schema: refTo('Problem') } } }] as const,
  );
  return {
    ...Object.fromEntries([...answers, ...problems]),
    default: { $ref: '#/components/responses/Problem' },
  };
}

/** What follows from the rest of a route. */
function impliedProblems({ access, body, answers }: Route): Readonly<Record<number, string>> {
  const named = (status: number): string => STATUS_TEXT[status] ?? '';
  const out: Record<number, string> = { 400: 'a parameter that is not known, or not in form' };
  if (access !== 'open') {
    out[401] = 'no token, or one that does not count';
    out[429] = 'more requests with this token than are answered; `Retry-After`';
    out[503] = 'more requests at the same time than are answered, or the server is about to end; `Retry-After`';
  }
  if (access !== 'open' && access !== 'any') out[403] = `the token has no scope \`${access}\``;
  const offered = Object.keys(answers[0]?.media ?? {});
  if (offered.length > 0 && !offered.includes(ANY_MEDIA)) out[406] = named(406);
  if (body !== undefined) {
    out[411] = named(411);
    out[413] = `more than ${body.most} bytes`;
    out[415] = named(415);
  }
  return out;
}
