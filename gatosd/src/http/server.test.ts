/** The server with real sockets: who gets in, what is bounded, what is broken off, and how it ends. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from 'gatos-core/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, HttpWorld, RawClient } from './fixtures/scratch-http.js';
import { type ServedHttp, serveHttp } from './server.js';
import type { Services } from './services.js';
import { servicesOf } from './services-of.js';

const HEX = 'a'.repeat(64);

let world: HttpWorld;
let served: ServedHttp;
beforeAll(async () => {
  world = new HttpWorld();
  await world.open();
  served = await world.serve();
});
afterAll(() => world.end());
afterEach(() => {
  expect(world.log.filter(({ bug }) => bug !== null)).toEqual([]);
});

/** Services whose `about` takes until it is let go. */
function held(): { services: Services; release: () => void; waiting: () => number } {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = 0;
  const services = servicesOf({ workspace: world.workspace, env: world.scratch.env(), version: '1.2.3' });
  const about: Services['about'] = async () => {
    waiting += 1;
    await gate;
    return services.about();
  };
  return { services: { ...services, about }, release, waiting: () => waiting };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

describe('who gets in', () => {
  it('has a token, where one is needed', async () => {
    expect((await world.ask(served, '/v1/healthz', { token: null })).json).toEqual({ status: 'ok' });
    expect((await world.ask(served, '/v1/openapi.json', { token: null })).status).toBe(200);
    const none = await world.ask(served, '/v1', { token: null });
    expect([none.status, codeOf(none), none.headers.get('www-authenticate')]).toEqual([
      401,
      'http/no-token',
      'Bearer realm="gatos"',
    ]);
    const wrong = await world.ask(served, '/v1', { token: `gatos_${'a'.repeat(43)}` });
    expect([wrong.status, codeOf(wrong), wrong.headers.get('www-authenticate')]).toEqual([
      401,
      'http/bad-token',
      'Bearer realm="gatos", error="invalid_token"',
    ]);
    expect((await world.ask(served, '/v1')).status).toBe(200);
  });

  it('has one that counts: not expired, not revoked', async () => {
    const now = systemClock.now();
    const expired = await world.newToken({ now: now - 2000, lifetime: 1000 });
    expect(codeOf(await world.ask(served, '/v1', { token: expired.secret }))).toBe('http/bad-token');
    const token = await world.newToken();
    expect((await world.ask(served, '/v1', { token: token.secret })).status).toBe(200);
    await world.tokens.revoke(token.id, { now });
    const said = await world.ask(served, '/v1', { token: token.secret });
    expect([said.status, codeOf(said)]).toEqual([401, 'http/bad-token']);
  });

  it('has one for what is asked', async () => {
    const needs: readonly (readonly [scope: string, method: string, path: string])[] = [
      ['tools:call', 'POST', '/v1/tools/echo/calls'],
      ['effects:read', 'GET', '/v1/effects'],
      ['effects:read', 'GET', `/v1/effects/${HEX}`],
      ['effects:read', 'GET', `/v1/receipts/${HEX}`],
      ['blobs:read', 'GET', `/v1/chunks/${HEX}`],
      ['blobs:read', 'HEAD', `/v1/chunks/${HEX}`],
      ['blobs:write', 'PUT', `/v1/chunks/${HEX}`],
      ['blobs:read', 'GET', `/v1/blobs/${HEX}`],
      ['blobs:read', 'GET', `/v1/blobs/${HEX}/bytes`],
      ['blobs:read', 'GET', `/v1/blobs/${HEX}/proof`],
      ['capabilities:read', 'GET', `/v1/capabilities/${HEX}`],
      ['capabilities:read', 'GET', `/v1/capabilities/${HEX}/check`],
    ];
    const all = [...new Set(needs.map(([scope]) => scope))];
    for (const [scope, method, path] of needs) {
      const { secret } = await world.newToken({ scopes: all.filter((each) => each !== scope) });
      const said = await world.ask(served, path, { method, token: secret });
      expect([path, said.status, said.headers.get('www-authenticate')]).toEqual([
        path,
        403,
        `Bearer realm="gatos", error="insufficient_scope", scope="${scope}"`,
      ]);
      if (method !== 'HEAD') expect(codeOf(said)).toBe('http/missing-scope');
    }
  });

  it('does not get in twice over: two tokens, two of a header', async () => {
    const client = new RawClient(served);
    client.say(
      `GET /v1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\nAuthorization: Bearer ${world.token}\r\nConnection: close\r\n\r\n`,
    );
    expect(await client.rest()).toMatch(/^HTTP\/1\.1 400 .*"http\/bad-parameter"/s);
  });

  it('speaks for somebody whose keys are not all revoked', async () => {
    const services = servicesOf({ workspace: world.workspace, env: world.scratch.env(), version: '1.2.3' });
    const other = await world.serve(
      {},
      { services: { ...services, isRevoked: async (actor) => actor === 'user:bob' } },
    );
    const { secret } = await world.newToken({ actor: 'user:bob' });
    expect(codeOf(await world.ask(other, '/v1', { token: secret }))).toBe('http/actor-revoked');
    expect((await world.ask(other, '/v1')).status).toBe(200);
  });

  it('is not told of in the log by what is secret', async () => {
    world.log.splice(0);
    await world.ask(served, `/v1/effects?tool=${world.token}`);
    await world.ask(served, '/v1');
    const text = JSON.stringify(world.log);
    expect(text).not.toContain(world.token);
    expect(text).not.toContain('tool=');
    expect(world.log[1]).toMatchObject({
      method: 'GET',
      path: '/v1',
      route: 'about',
      status: 200,
      actor: 'user:alice',
    });
  });
});

describe('what it answers', () => {
  it('says what there is, where there is something', async () => {
    const missing = await world.ask(served, '/v1/nothing');
    expect([missing.status, codeOf(missing)]).toEqual([404, 'http/no-such-path']);
    const method = await world.ask(served, `/v1/chunks/${HEX}`, { method: 'DELETE' });
    expect([method.status, codeOf(method), method.headers.get('allow')]).toEqual([
      405,
      'http/method',
      'HEAD, GET, PUT',
    ]);
    const options = await world.ask(served, '/v1', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
    expect(options.status).toBe(405);
    expect([...options.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    const accept = await world.ask(served, '/v1', { headers: { accept: 'text/html' } });
    expect([accept.status, codeOf(accept)]).toEqual([406, 'http/not-acceptable']);
    const query = await world.ask(served, '/v1/effects?limit=0');
    expect([query.status, codeOf(query)]).toEqual([400, 'http/bad-parameter']);
    expect(codeOf(await world.ask(served, '/v1/effects?access_token=x'))).toBe('http/bad-parameter');
    expect(codeOf(await world.ask(served, '/v1/chunks/..%2f..%2fsettings.json'))).toBe('http/no-such-path');
  });

  it('carries what keeps a browser from running, guessing, keeping or framing it', async () => {
    const { headers } = await world.ask(served, '/v1');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/);
    expect(headers.get('access-control-allow-origin')).toBe(null);
  });

  it('names no folder of the server', async () => {
    const said = await world.ask(served, `/v1/chunks/${HEX}`);
    expect(codeOf(said)).toBe('chunks/missing');
    expect(JSON.stringify(said.json)).not.toContain(world.repo);
    expect(JSON.stringify(said.json)).toContain('$GIT_DIR/gatos/blobs/chunks');
  });

  it('tells a bug of ours to its log and not to the caller', async () => {
    const services = servicesOf({ workspace: world.workspace, env: world.scratch.env(), version: '1.2.3' });
    const broken = await world.serve(
      {},
      { services: { ...services, about: () => Promise.reject(new Error('the secret detail')) } },
    );
    const said = await world.ask(broken, '/v1');
    expect([said.status, codeOf(said)]).toEqual([500, 'http/bug']);
    expect(JSON.stringify(said.json)).not.toContain('secret detail');
    const bugs = world.log.splice(0).filter(({ bug }) => bug !== null);
    expect(bugs).toMatchObject([{ status: 500, code: 'http/bug', bug: { message: 'the secret detail' } }]);
    expect((said.json as { instance: string }).instance).toBe(`urn:gatos:request:${bugs[0]?.id}`);
  });
});

describe('what is bounded', () => {
  it.each([
    ['no request at all', 'hello\r\n\r\n', 400],
    ['no host', 'GET /v1/healthz HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'GET /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'a length and a transfer coding',
      'PUT /v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a header over lines', 'GET /v1 HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 400],
    ['too large headers', `GET /v1 HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
    ['a control character', 'GET /v1\x01 HTTP/1.1\r\nHost: x\r\n\r\n', 400],
  ])('%s is refused in one line, and hung up on', async (_, text, status) => {
    const client = new RawClient(served).say(text);
    const said = await client.rest();
    expect(said.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(said).not.toContain('hello');
  });

  it('headers that do not come, and requests that do not end, are given up', async () => {
    const slow = await world.serve({ headersMs: 300, requestMs: 600, checkMs: 50 });
    const silent = new RawClient(slow);
    const dribbling = new RawClient(slow).say('GET /v1 HTTP/1.1\r\n');
    const timer = setInterval(() => dribbling.say('A: b\r\n'), 40);
    const half = new RawClient(slow).say(
      `PUT /v1/chunks/${HEX} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nabc`,
    );
    expect(await silent.rest()).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect(await dribbling.rest()).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(timer);
    await half.rest();
    await until(() => world.log.some(({ route, code }) => route === 'putChunk' && code === 'http/incomplete'));
    expect((await world.ask(slow, `/v1/chunks/${HEX}`)).status).toBe(404);
    expect((await world.ask(slow, '/v1/healthz')).status).toBe(200);
  });

  it('an answer that nobody takes is broken off', async () => {
    const slow = await world.serve({ sendMs: 200, slowestBytesPerSecond: 1024 * 1024 * 1024 });
    const cid = await world.put(new Uint8Array(64 * 1024 * 1024).fill(7), { chunkSize: 4 * 1024 * 1024 });
    const lazy = new RawClient(slow);
    lazy.socket.pause();
    lazy.say(`GET /v1/blobs/${cid}/bytes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\n\r\n`);
    await until(() => world.log.some(({ route }) => route === 'getBlobBytes'));
    expect(world.log.find(({ route }) => route === 'getBlobBytes')).toMatchObject({ status: 200, code: 'http/gone' });
    lazy.socket.destroy();
    expect((await world.ask(slow, '/v1')).status).toBe(200);
  });

  it('a thousand requests at once: some are answered, the others are told to come again, and then all is as before', async () => {
    const { services, release, waiting } = held();
    const small = await world.serve({ concurrent: 8, connections: 4096 }, { services });
    const asked = Array.from({ length: 1000 }, () => world.ask(small, '/v1'));
    const busy: number[] = [];
    for (const each of asked) void each.then(({ status }) => busy.push(status));
    await until(() => busy.length >= 992);
    expect(new Set(busy)).toEqual(new Set([503]));
    expect(waiting()).toBe(8);
    release();
    const all = await Promise.all(asked);
    expect(all.filter(({ status }) => status === 200)).toHaveLength(8);
    const refused = all.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(992);
    expect(new Set(refused.map(codeOf))).toEqual(new Set(['http/busy']));
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect((await world.ask(small, '/v1')).status).toBe(200);
  });

  it('who asks too fast waits; others do not', async () => {
    const narrow = await world.serve({ perSecond: 0.01, burst: 3 });
    const { secret } = await world.newToken();
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await world.ask(narrow, '/v1', { token: secret })).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const said = await world.ask(narrow, '/v1', { token: secret });
    expect([codeOf(said), Number(said.headers.get('retry-after'))]).toEqual(['http/too-fast', expect.any(Number)]);
    expect((await world.ask(narrow, '/v1')).status).toBe(200);
    expect((await world.ask(narrow, '/v1/healthz', { token: null })).status).toBe(200);
  });

  it('more connections than there may be are not accepted', async () => {
    const few = await world.serve({ connections: 2 });
    const [one, two] = [new RawClient(few), new RawClient(few)];
    await Promise.all([once(one.socket, 'connect'), once(two.socket, 'connect')]);
    const third = new RawClient(few).say('GET /v1/healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await third.rest()).toBe('');
    one.socket.destroy();
    two.socket.destroy();
  });
});

describe('where it listens', () => {
  const listen = (host: string, more = {}) =>
    serveHttp({
      workspace: world.workspace,
      env: world.scratch.env(),
      version: '1.2.3',
      listen: { host, port: 0 },
      ...more,
    });

  it('is this machine, unless somebody insists', async () => {
    for (const host of ['0.0.0.0', '::'])
      await expect(listen(host)).rejects.toMatchObject({ code: 'http-server/public-address', exit: 129 });
    const open = await listen('0.0.0.0', { withoutTls: true });
    expect((await world.ask({ url: `http://127.0.0.1:${open.address.port}` }, '/v1')).status).toBe(200);
    await open.close();
  });

  it('is refused by name: taken, not ours, files of TLS that are none', async () => {
    const taken = { host: '127.0.0.1', port: served.address.port };
    await expect(
      serveHttp({ workspace: world.workspace, env: {}, version: '1.2.3', listen: taken }),
    ).rejects.toMatchObject({
      code: 'http-server/cannot-listen',
      exit: 75,
    });
    await expect(listen('192.0.2.1', { withoutTls: true })).rejects.toMatchObject({
      code: 'http-server/cannot-listen',
    });
    const tls = { cert: world.scratch.at('none.pem'), key: world.scratch.at('none.pem') };
    await expect(listen('127.0.0.1', { tls })).rejects.toMatchObject({ code: 'http-server/bad-tls' });
    const bad = { cert: join(world.repo, '.git', 'HEAD'), key: join(world.repo, '.git', 'HEAD') };
    await expect(listen('127.0.0.1', { tls: bad })).rejects.toMatchObject({ code: 'http-server/bad-tls' });
  });
});

describe('how it ends', () => {
  it('takes nothing new, and finishes what it has begun', async () => {
    const { services, release, waiting } = held();
    const ending = await world.serve({}, { services });
    const idle = new RawClient(ending).say('GET /v1/healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await until(() => idle.got.includes('ok'));
    const begun = world.ask(ending, '/v1');
    await until(() => waiting() === 1);
    const closed = ending.close();
    expect(ending.close()).toBe(closed);
    await idle.rest();
    await expect(world.ask(ending, '/v1')).rejects.toThrow('fetch failed');
    release();
    const said = await begun;
    expect([said.status, said.headers.get('connection')]).toEqual([200, 'close']);
    await closed;
    await ending.ended;
  });

  it('gives up by force what listens to that', async () => {
    const services = servicesOf({ workspace: world.workspace, env: world.scratch.env(), version: '1.2.3' });
    const call: Services['call'] = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const ending = await world.serve({}, { services: { ...services, call, mayUse: async () => true } });
    const begun = world.callTool(ending, 'echo', { body: 1, capability: HEX });
    await until(() => world.log.length >= 0);
    await sleep(100);
    await ending.kill();
    const said = await begun;
    expect([said.status, codeOf(said)]).toEqual([504, 'http/killed']);
  });

  it('leaves no files', () => {
    expect(readdirSync(join(world.repo, '.git', 'gatos', 'http'))).toEqual(['tokens.json']);
  });
});
