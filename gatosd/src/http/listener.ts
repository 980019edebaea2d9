/** What listens: Node's server with its bounds, over TLS where there is a certificate. */
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import { httpServerError } from './errors.js';
import type { HttpLimits } from './limits.js';

/** Files in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Throws `http-server/bad-tls`. */
export function serverOf(limits: HttpLimits, tls: TlsFiles | undefined): Server {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
    requireHostHeader: true,
    insecureHTTPParser: false,
    noDelay: true,
  };
  const server = tls === undefined ? createHttp(options) : withTls(options, tls, limits);
  server.maxConnections = limits.connections;
  server.maxHeadersCount = limits.headers;
  return server;
}

function withTls(options: object, { cert, key }: TlsFiles, { headersMs }: HttpLimits): Server {
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw httpServerError(
        'bad-tls',
        { path, why: (error as NodeJS.ErrnoException).code ?? 'unreadable' },
        { cause: error },
      );
    }
  };
  const files = { cert: read(cert), key: read(key) };
  try {
    const server = createHttps({ ...options, ...files, minVersion: 'TLSv1.2', handshakeTimeout: headersMs });
    // A handshake that fails is the other side's: there is no request to answer.
    server.on('tlsClientError', (_, socket: Socket) => socket.destroy());
    return server;
  } catch (error) {
    throw httpServerError('bad-tls', { path: cert, why: (error as Error).message }, { cause: error });
  }
}
