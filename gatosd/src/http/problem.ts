/**
 * Faults as RFC 9457 problems. `error` is the document that the command line prints with `--json`, so that whoever reads one reads both.
 * What broke in the server by a bug is told in its log and not to the caller; where the server's folders are is not told either.
 */
import { dirname } from 'node:path';
import { type ErrorKind, GatosError, type JsonValue } from 'gatos-core';
import { httpError } from './errors.js';
import { plainData } from './plain-data.js';
import { STATUS_TEXT } from './status.js';

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  input: 400,
  missing: 404,
  limit: 413,
  unsupported: 501,
  denied: 403,
  integrity: 500,
  conflict: 409,
  unavailable: 503,
  internal: 500,
};

/** Codes whose status does not follow from their kind. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'http/no-token': 401,
  'http/bad-token': 401,
  'http/actor-revoked': 401,
  'http/method': 405,
  'http/not-acceptable': 406,
  'http/no-length': 411,
  'http/media-type': 415,
  'http/range': 416,
  'http/wrong-hash': 422,
  'http/too-fast': 429,
  'tools/body-refused': 422,
  'blobs/missing-chunks': 404,
  'blobs/removed': 410,
  'gateway/answer-refused': 502,
  // It may have acted, or has, and there is no outcome to show: nobody may take this for "nothing happened".
  'effects/outcome-unknown': 504,
  'effects/no-answer': 504,
  'effects/lost-lease': 504,
  'gateway/not-recorded': 504,
  'http/killed': 504,
  'tokens/exposed': 503,
  'tokens/malformed': 503,
};

export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly document: JsonValue;
  /** Nobody's fault but ours: for the log. */
  readonly bug: unknown;
}

/** `$GIT_DIR` in place of a folder of the server. */
export interface HiddenFolder {
  readonly name: string;
  readonly path: string;
}

/** In this order: a folder stands before what contains it. What is no folder of its own (`/`) would hide every slash. */
export function hiddenFolders(folders: Readonly<Record<string, string | null | undefined>>): readonly HiddenFolder[] {
  return Object.entries(folders)
    .flatMap(([name, path]) => (path == null || path === '' || dirname(path) === path ? [] : [{ name, path }]))
    .sort((a, b) => b.path.length - a.path.length);
}

export interface ProblemContext {
  /** Names the request in answers and logs. */
  readonly requestId: string;
  /** Folders of the server, by what is shown in their place. */
  readonly hide: readonly HiddenFolder[];
}

/** The answer to a request that failed with `error`. */
export function problemOf(error: unknown, { requestId, hide }: ProblemContext): Problem {
  const isBug = !(error instanceof GatosError) || error.kind === 'internal';
  const fault = isBug ? httpError('bug', { request: requestId }) : error;
  const status = STATUS_OF_CODE[fault.code] ?? STATUS_OF_KIND[fault.kind];
  const { code, kind, message, hint, data, exit } = fault;
  const told = {
    code,
    kind,
    message,
    ...(hint === undefined ? {} : { hint }),
    data: plainData(data),
    exit,
  } as const;
  const { checks } = told.data as { readonly checks?: JsonValue };
  const document = {
    type: `urn:gatos:error:${code}`,
    title: STATUS_TEXT[status] ?? 'Error',
    status,
    detail: message,
    instance: `urn:gatos:request:${requestId}`,
    ...(checks === undefined ? {} : { checks }),
    error: told,
  };
  return { status, headers: headersOf(status, fault), document: hidden(document, hide), bug: isBug ? error : null };
}

function headersOf(status: number, { code, data }: GatosError): Readonly<Record<string, string>> {
  if (status === 401) return { 'WWW-Authenticate': challengeOf(code) };
  if (code === 'http/missing-scope')
    return { 'WWW-Authenticate': `Bearer realm="gatos", error="insufficient_scope", scope="${String(data.scope)}"` };
  if (code === 'http/method') return { Allow: (data.allowed as readonly string[]).join(', ') };
  if (code === 'http/range') return { 'Content-Range': `bytes */${String(data.size)}` };
  if (code === 'http/busy' || code === 'effects/held') return { 'Retry-After': '1' };
  if (code === 'http/too-fast') return { 'Retry-After': String(Math.ceil(Number(data.waitMs) / 1000)) };
  return {};
}

/** RFC 6750 section 3. */
function challengeOf(code: string): string {
  return code === 'http/no-token' ? 'Bearer realm="gatos"' : 'Bearer realm="gatos", error="invalid_token"';
}

/** The document with folders replaced, in every text of it. */
function hidden(value: JsonValue, folders: readonly HiddenFolder[]): JsonValue {
  if (typeof value === 'string')
    return folders.reduce((text, { path, name }) => text.replaceAll(path, () => name), value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((each: JsonValue) => hidden(each, folders));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, hidden(each as JsonValue, folders)]));
}
