/**
 * The HTTP API: tools, ledger, blobs and capabilities of one repository for programs that have a token. One table of routes drives dispatch,
 * checks, the OpenAPI document and the documentation.
 *
 * Invariants: a token never widens authority, it only opens routes; no byte of a blob leaves and none stays that is not what its hash says;
 * whatever has effects goes through the gateway, and the ledger decides.
 */
export { formatAddress, type ListenAddress, parseListenAddress } from './address.js';
export { httpError, httpServerError, tokenError } from './errors.js';
export type { HttpLimits } from './limits.js';
export type { TlsFiles } from './listener.js';
export { openApiDocument } from './openapi.js';
export { SCOPE_NAMES, SCOPES, type Scope } from './scopes.js';
export { type ServedHttp, type ServedRequest, type ServeHttpRequest, serveHttp } from './server.js';
export { type CreateTokenRequest, MOST_TOKEN_DAYS, type NewToken, type TokenInfo, Tokens } from './tokens.js';
