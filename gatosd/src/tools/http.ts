/**
 * Tools that are reached over HTTP: the request is POSTed as it is, and the body of the answer is the answer. Only hosts that the settings
 * allow; no addresses of this machine or its networks, and the connection goes to the address that was checked; no redirects.
 *
 * Media type of both: `application/vnd.mythos.can`. The status of HTTP is 200, whatever the status in the answer is.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressesOf, type CheckedAddress, hostOf, originFault, type Resolve, systemResolve } from './http-allow.js';
import { NO_LOG, notStarted, type RawCall, type RawEnd, type RawOptions, unknown } from './runner.js';
import type { ToolSettings } from './settings.js';

export const CAN_MEDIA = 'application/vnd.mythos.can';

export function httpCall(
  address: string,
  settings: Pick<ToolSettings, 'httpAllow' | 'httpPrivate'>,
  resolve: Resolve = systemResolve,
): RawCall {
  return async (request, options) => {
    const url = urlOf(address);
    if (url === null) return notStarted('refused', `\`${address}\` is no address: its host or its port is none`);
    const refused = originFault(url, settings);
    if (refused !== undefined) return notStarted('refused', refused);
    const until = performance.now() + options.limits.time_ms;
    const addresses = await within(options.limits.time_ms, addressesOf(hostOf(url), settings, resolve));
    options.signal?.throwIfAborted();
    if (addresses === undefined) return notStarted('time', `nobody said in time where \`${url.host}\` is`);
    if (typeof addresses === 'string') return notStarted('refused', addresses);
    return new Exchange({ url, addresses, request, until, ...options }).end();
  };
}

/** A manifest that was read may still have a port that is none, or an address with a part above 255. */
function urlOf(address: string): URL | null {
  try {
    return new URL(address);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Undefined when it takes longer: the resolver of the system has no end of its own. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  const waiting = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: waiting.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    waiting.abort();
  }
}

interface ExchangeParts extends RawOptions {
  readonly url: URL;
  readonly addresses: readonly CheckedAddress[];
  readonly request: Uint8Array;
  /** By the clock of `performance`. */
  readonly until: number;
}

/** One request and its answer. */
class Exchange {
  readonly #parts: ExchangeParts;
  readonly #message: ClientRequest;
  /** Has the connection been made? Before it has, nothing was sent. */
  #connected = false;
  #settled = false;
  #settle: (end: RawEnd) => void = () => undefined;
  #fail: (reason: unknown) => void = () => undefined;
  readonly #ended: Promise<RawEnd>;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#ended = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    const { url, request } = parts;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    this.#message = send(url, {
      method: 'POST',
      // A connection of its own: none that somebody else's name has opened.
      agent: false,
      lookup: pinned(parts.addresses),
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
      headers: {
        'content-type': CAN_MEDIA,
        accept: CAN_MEDIA,
        'content-length': request.length,
        'accept-encoding': 'identity',
      },
    });
    this.#message.on('socket', (socket) => {
      const ready = url.protocol === 'https:' ? 'secureConnect' : 'connect';
      socket.once(ready, () => {
        this.#connected = true;
      });
    });
  }

  async end(): Promise<RawEnd> {
    const { request, signal, until, limits } = this.#parts;
    const late = setTimeout(
      () => this.#stop(this.#broken('time', `it took longer than ${limits.time_ms} ms`)),
      Math.max(0, until - performance.now()),
    );
    const abort = (): void => {
      this.#settled = true;
      this.#fail(signal?.reason);
      this.#message.destroy();
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#message.on('error', (error: NodeJS.ErrnoException) =>
      this.#stop(this.#broken(this.#connected ? 'connection' : 'unavailable', error.code ?? error.message)),
    );
    // Such as one that goes over to another protocol.
    this.#message.on('close', () => this.#stop(this.#broken('connection', 'it closed the connection')));
    this.#message.on('response', (response) => this.#receive(response));
    this.#message.end(request);
    try {
      return await this.#ended;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', abort);
    }
  }

  #broken(code: 'time' | 'connection' | 'unavailable', why: string): RawEnd {
    return this.#connected
      ? unknown(code, why)
      : notStarted(code, `no connection to \`${this.#parts.url.host}\`: ${why}`);
  }

  #stop(end: RawEnd): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle(end);
    this.#message.destroy();
  }

  #receive(response: IncomingMessage): void {
    const refusal = refusalOf(response);
    if (refusal !== undefined) {
      this.#stop(refusal);
      return;
    }
    const most = this.#parts.limits.response_bytes;
    const chunks: Uint8Array[] = [];
    let size = 0;
    response.on('data', (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > most) this.#stop(unknown('flood', `its answer has more than ${most} bytes`));
      else chunks.push(chunk);
    });
    response.on('error', (error: NodeJS.ErrnoException) =>
      this.#stop(unknown('connection', error.code ?? error.message)),
    );
    // `end` comes only when all of it has come, by its length or its last chunk.
    response.on('end', () => this.#stop({ response: new Uint8Array(Buffer.concat(chunks)), log: NO_LOG }));
  }
}

/** What is no answer, by its head. The request has arrived by then. */
function refusalOf({ statusCode = 0, headers }: IncomingMessage): RawEnd | undefined {
  if (statusCode >= 300 && statusCode < 400)
    return unknown('connection', `it answers with a redirect (HTTP status ${statusCode}), and none is followed`);
  if (statusCode !== 200) return unknown('connection', `it answers with HTTP status ${statusCode}`);
  const media = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (media !== CAN_MEDIA)
    return unknown('bad-answer', `its answer is \`${media ?? 'of no media type'}\`, not \`${CAN_MEDIA}\``);
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return unknown('bad-answer', 'its answer is compressed');
  return undefined;
}

/** The addresses that were checked, whatever the name says by now. */
function pinned(addresses: readonly CheckedAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses as [CheckedAddress];
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}
