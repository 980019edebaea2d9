/** Tools over HTTP, with real servers on this machine, which only a setting for tests allows. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeToolResponse, toolLimits } from 'gatos-core';
import { ECHO_TOOL } from 'gatos-core/testing';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { CAN_MEDIA, httpCall } from './http.js';
import type { CheckedAddress } from './http-allow.js';
import type { RawEnd } from './runner.js';
import { failureOf, requestTo, ToolPlace } from './scratch-tools.js';

const place = new ToolPlace();
const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});
afterAll(() => place.dispose());

const REQUEST = requestTo(ECHO_TOOL, { n: 1 });
const ANSWER = encodeToolResponse({ status: 200, body: { n: 1 } });

async function listen(server: Pick<Server, 'listen' | 'address' | 'close'>): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener): Promise<number> => listen(createServer(listener));

interface Sketch {
  readonly limits?: object;
  readonly path?: string;
}

async function call(listener: RequestListener, { limits = {}, path = '/tool' }: Sketch = {}) {
  const port = await serve(listener);
  const origin = `http://127.0.0.1:${port}`;
  const run = { kind: 'http', url: origin + path } as const;
  const runner = await place.open({ ...ECHO_TOOL, run, limits }, [], { httpAllow: [origin], httpPrivate: true });
  return runner.invoke(REQUEST);
}

const answering =
  (bytes: Uint8Array, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    request.resume().on('end', () => response.writeHead(200, { 'content-type': CAN_MEDIA, ...headers }).end(bytes));
  };

describe('a tool over HTTP', () => {
  it('is posted the exact bytes, and its bytes are the answer', async () => {
    const seen: unknown[] = [];
    const got = await call((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        seen.push(method, url, headers['content-type'], headers.accept, new Uint8Array(Buffer.concat(chunks)));
        response.writeHead(200, { 'content-type': `${CAN_MEDIA}; charset=x` }).end(ANSWER);
      });
    });
    expect(got).toMatchObject({ response: ANSWER, answer: { status: 200, body: { n: 1 } } });
    expect(seen).toEqual(['POST', '/tool', CAN_MEDIA, CAN_MEDIA, REQUEST]);
  });

  const redirect: RequestListener = (_request, response) => {
    response.writeHead(307, { location: 'http://127.0.0.1/elsewhere' }).end();
  };
  const faults: [string, RequestListener, string, object?][] = [
    ['answers with a redirect', redirect, 'unknown: connection'],
    ['answers with status 500', (_, response) => void response.writeHead(500).end(), 'unknown: connection'],
    ['answers with status 204', (_, response) => void response.writeHead(204).end(), 'unknown: connection'],
    ['answers with another media type', answering(ANSWER, { 'content-type': 'text/html' }), 'unknown: bad-answer'],
    ['answers compressed', answering(ANSWER, { 'content-encoding': 'gzip' }), 'unknown: bad-answer'],
    ['answers with something else', answering(Uint8Array.of(8, 0)), 'unknown: bad-answer'],
    ['answers with nothing', answering(new Uint8Array(0)), 'unknown: bad-answer'],
    ['answers with more than it may', answering(new Uint8Array(2000)), 'unknown: flood', { response_bytes: 1000 }],
    [
      'never stops answering',
      (_, response) => {
        response.writeHead(200, { 'content-type': CAN_MEDIA });
        const write = (): void => void (response.writable && response.write(Buffer.alloc(65_536), write));
        write();
      },
      'unknown: flood',
    ],
    ['never answers', () => undefined, 'unknown: time', { time_ms: 300 }],
    [
      'answers a byte at a time',
      (_, response) => {
        response.writeHead(200, { 'content-type': CAN_MEDIA });
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(timer));
      },
      'unknown: time',
      { time_ms: 400 },
    ],
    ['hangs up', (request) => void request.socket.destroy(), 'unknown: connection'],
    [
      'hangs up in the middle of its answer',
      (_, response) => {
        response.writeHead(200, { 'content-type': CAN_MEDIA, 'content-length': ANSWER.length });
        response.write(ANSWER.slice(0, 3), () => response.socket?.destroy());
      },
      'unknown: connection',
    ],
    [
      'goes over to another protocol',
      (request) =>
        void request.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'unknown: connection',
    ],
    [
      'has a head without end',
      (request) => void request.socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`),
      'unknown: connection',
    ],
    ['does not speak HTTP', (request) => void request.socket.end('220 hello\r\n'), 'unknown: connection'],
  ];
  it.each(faults)('that %s may have acted', async (_what, listener, want, limits = {}) => {
    const got = await call(listener, { limits: { time_ms: 20_000, ...limits } });
    expect(failureOf(got)).toBe(want);
  });

  it('follows no redirect to itself either', async () => {
    let calls = 0;
    await call((_, response) => {
      calls += 1;
      response.writeHead(308, { location: '/tool' }).end();
    });
    expect(calls).toBe(1);
  });

  it('that nobody listens for was not reached', async () => {
    const server = createSocketServer();
    const port = await listen(server as unknown as Server);
    await new Promise((resolve) => server.close(resolve));
    const origin = `http://127.0.0.1:${port}`;
    const manifest = { ...ECHO_TOOL, run: { kind: 'http', url: origin } } as const;
    const runner = await place.open(manifest, [], { httpAllow: [origin], httpPrivate: true });
    expect(failureOf(await runner.invoke(REQUEST))).toBe('not-started: unavailable');
  });

  it('that is aborted rejects with the reason', async () => {
    const port = await serve(() => undefined);
    const origin = `http://127.0.0.1:${port}`;
    const manifest = { ...ECHO_TOOL, run: { kind: 'http', url: origin } } as const;
    const runner = await place.open(manifest, [], { httpAllow: [origin], httpPrivate: true });
    const abort = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => abort.abort(reason), 100);
    await expect(runner.invoke(REQUEST, { signal: abort.signal })).rejects.toBe(reason);
  });

  it.each(['1', '0'])('over TLS has to have a certificate that Node trusts (the environment says %s)', async (says) => {
    // With 0 Node would take any certificate.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', says);
    const folder = mkdtempSync(join(tmpdir(), 'gatos-tls-'));
    try {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
      execFileSync('openssl', [...args, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
      let calls = 0;
      const options = { key: readFileSync(key), cert: readFileSync(cert) };
      const port = await listen(
        createTlsServer(options, (_request, response) => {
          calls += 1;
          response.end();
        }),
      );
      const url = `https://127.0.0.1:${port}/`;
      const settings = { httpAllow: [`127.0.0.1:${port}`], httpPrivate: true };
      const got = await httpCall(url, settings)(REQUEST, { signal: undefined, limits: toolLimits(ECHO_TOOL) });
      expect(got.failure).toMatchObject({ outcome: 'not-started', code: 'unavailable' });
      expect(got.failure?.why).toMatch(/SELF_SIGNED|self.signed/i);
      expect(calls).toBe(0);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a host', () => {
  const limits = toolLimits(ECHO_TOOL);
  const ask = (
    url: string,
    settings: { httpAllow: readonly string[]; httpPrivate?: boolean },
    addresses?: readonly string[],
  ): Promise<RawEnd> => {
    const found = addresses?.map((address): CheckedAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
    const resolve = found === undefined ? undefined : async () => found;
    return httpCall(url, { httpPrivate: false, ...settings }, resolve)(REQUEST, { signal: undefined, limits });
  };
  const refused = (why: RegExp) => ({
    failure: { outcome: 'not-started', code: 'refused', why: expect.stringMatching(why) },
  });

  it.each([
    'http://127.0.0.1/',
    'http://localhost/',
    'http://[::1]/',
    'http://10.1.2.3/',
    'http://192.168.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://0.0.0.0/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://017700000001/',
  ])('such as %s is blocked, even where it is allowed by name', async (url) => {
    expect(await ask(url, { httpAllow: [new URL(url).origin] })).toMatchObject(
      refused(/no address of the public internet/),
    );
  });

  it.each([
    ['https://tools.example/x', []],
    ['https://tools.example/x', ['http://tools.example']],
    ['https://tools.example:8443/x', ['tools.example']],
    ['http://tools.example/x', ['tools.example']],
    ['https://a.tools.example/', ['tools.example']],
    ['https://tools.example.evil/', ['tools.example']],
    ['https://tools.example/', ['*', 'https://', ':', '*.example']],
    // An entry that says more than a host would seem to allow less than it does.
    [
      'https://tools.example/x',
      ['https://tools.example/x', 'tools.example/x', 'https://tools.example/?x', 'a@tools.example'],
    ],
    [
      'https://tools.example/x',
      ['https://tools.example#x', 'tools.example\\x', 'https:tools.example', ' tools.example'],
    ],
  ])('%s is refused where only %j is allowed, and nobody is asked for its address', async (url, httpAllow) => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return [];
    };
    const call = httpCall(url, { httpAllow, httpPrivate: true }, resolve);
    const want = refused(/is not allowed here; `git config --add gatos\.httpToolAllow/);
    expect(await call(REQUEST, { signal: undefined, limits })).toMatchObject(want);
    expect(asked).toBe(0);
  });

  it.each(['http://tools.example:99999/', 'http://1.2.3.256/', 'http://tools..example:70000/x'])(
    'that is none, such as %s, is refused before anything happens',
    async (url) => {
      expect(await ask(url, { httpAllow: ['tools.example', url] })).toMatchObject(refused(/is no address/));
    },
  );

  it('is reached without a proxy, whatever the environment says', async () => {
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'] as const;
    const before = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : 'http://127.0.0.1:1';
    try {
      expect((await call(answering(ANSWER))).failure).toBeUndefined();
    } finally {
      for (const [name, value] of before)
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });

  it('with one private address among public ones is blocked', async () => {
    const httpAllow = ['tools.example'];
    for (const inner of ['127.0.0.1', '10.0.0.1', '::1', 'fd00::1'])
      expect(await ask('https://tools.example/', { httpAllow }, ['1.1.1.1', inner])).toMatchObject(
        refused(/public internet/),
      );
  });

  it('without an address is not reached', async () => {
    const httpAllow = ['tools.example'];
    expect(await ask('https://tools.example/', { httpAllow }, [])).toMatchObject(refused(/has no address/));
    const resolve = async (): Promise<never> => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    const call = httpCall('https://tools.example/', { httpAllow, httpPrivate: false }, resolve);
    expect(await call(REQUEST, { signal: undefined, limits })).toMatchObject(refused(/ENOTFOUND/));
  });

  it('whose address nobody says in time is not reached', async () => {
    const resolve = (): Promise<never> => new Promise(() => undefined);
    const call = httpCall('https://tools.example/', { httpAllow: ['tools.example'], httpPrivate: false }, resolve);
    const got = await call(REQUEST, { signal: undefined, limits: { ...limits, time_ms: 50 } });
    expect(got.failure).toMatchObject({ outcome: 'not-started', code: 'time' });
  });

  it('is connected to at the address that was checked, whatever its name says later (rebinding)', async () => {
    const port = await serve(answering(ANSWER));
    let asked = 0;
    // The second answer would be another one; the system knows no such name.
    const resolve = async (): Promise<readonly CheckedAddress[]> => [
      { address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 },
    ];
    const origin = `http://rebound.invalid:${port}`;
    const call = httpCall(`${origin}/`, { httpAllow: [origin], httpPrivate: true }, resolve);
    const got = await call(REQUEST, { signal: undefined, limits });
    expect(got.failure).toBeUndefined();
    expect(asked).toBe(1);
  });
});
