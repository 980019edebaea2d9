/** Foreign bytes at the door: targets, headers, tokens, and raw requests. Whatever comes, the answer is one of ours, and the server goes on. */
import { GatosError } from 'gatos-core';
import { fuzzDecoder } from 'gatos-core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseListenAddress } from './address.js';
import { HttpWorld, RawClient } from './fixtures/scratch-http.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { chooseMedia } from './media.js';
import { parseQuery } from './parameters.js';
import { parseRange } from './range.js';
import { Router } from './router.js';
import { ROUTES } from './routes.js';
import type { ServedHttp } from './server.js';
import { splitTarget } from './target.js';
import { Tokens } from './tokens.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);
const RUNS = Number(process.env.GATOS_FUZZ_RUNS ?? 5000);
/** Of those that need a socket each. */
const RAW_RUNS = Math.ceil(RUNS / 25);

const HEX = 'ab'.repeat(32);
const isFault = (error: unknown): boolean => error instanceof GatosError && error.kind !== 'internal';
const bytesOf = (texts: readonly string[]): readonly Uint8Array[] =>
  texts.map((text) => new TextEncoder().encode(text));
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const TARGETS = [
  '/v1',
  `/v1/chunks/${HEX}`,
  `/v1/effects?tool=echo&status=committed&limit=10&cursor=${HEX}`,
  '/v1/tools/echo/calls',
  `/v1/blobs/${HEX}/proof?chunk=3`,
  `/v1/capabilities/${HEX}/check?tool=%65cho`,
  '/v1/../../etc/passwd',
];

describe(`fuzz of what requests say (seed ${SEED}, ${RUNS} runs)`, () => {
  it('targets lead to a route with parameters in form, or are refused', async () => {
    const router = new Router(ROUTES);
    const { values, faults } = await fuzzDecoder(
      { corpus: bytesOf(TARGETS), seed: SEED, runs: RUNS, isFault },
      (bytes) => {
        const { path, query } = splitTarget(latin1(bytes));
        const { route, params } = router.match(path.includes('calls') ? 'POST' : 'GET', path);
        for (const value of Object.values(params)) expect(value).toMatch(/^[A-Za-z0-9._~-]+$/);
        const found = parseQuery(query, route.query ?? {});
        for (const name of Object.keys(found)) expect(Object.keys(route.query ?? {})).toContain(name);
      },
    );
    expect(Math.min(values, faults)).toBeGreaterThan(0);
  });

  it('ranges are inside of what there is', async () => {
    const corpus = bytesOf([
      'bytes=0-1',
      'bytes=-5',
      'bytes=5-',
      'bytes=0-1,2-3',
      'items=1-2',
      'bytes=18446744073709551616-',
    ]);
    const { faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS, isFault }, (bytes) => {
      for (const size of [0, 1, 10, Number.MAX_SAFE_INTEGER]) {
        const range = parseRange(latin1(bytes), size);
        if (typeof range === 'string') continue;
        expect(Number.isSafeInteger(range.offset) && Number.isSafeInteger(range.length)).toBe(true);
        expect(range.offset >= 0 && range.length >= 1 && range.offset + range.length <= size).toBe(true);
      }
    });
    expect(faults).toBe(0);
  });

  it('types, keys and addresses are read or refused', async () => {
    const corpus = bytesOf(['"order-17"', 'a/b;q=0.5, */*;q=0.1', '[::1]:80', '127.0.0.1:8090', '"a\\"b"']);
    await fuzzDecoder({ corpus, seed: SEED, runs: RUNS, isFault }, (bytes) => {
      const text = latin1(bytes);
      expect(['a/b', 'c/d', null]).toContain(chooseMedia(text, ['a/b', 'c/d']));
      const { port } = parseListenAddress(text);
      expect(port).toBeLessThanOrEqual(65_535);
    });
    await fuzzDecoder({ corpus, seed: SEED, runs: RUNS, isFault }, (bytes) => {
      const key = parseIdempotencyKey(latin1(bytes));
      expect(key.length >= 1 && key.length <= 256).toBe(true);
    });
  });
});

describe(`fuzz of a running server (seed ${SEED}, ${RAW_RUNS} runs)`, () => {
  let world: HttpWorld;
  let served: ServedHttp;
  beforeAll(async () => {
    world = new HttpWorld();
    await world.open();
    served = await world.serve({ headersMs: 300, requestMs: 400, checkMs: 50 });
  });
  afterAll(() => world.end());

  it('tokens let nobody in but whoever has one', async () => {
    const tokens = new Tokens(world.workspace.backend.commonDir);
    const { secret } = await world.newToken();
    const corpus = bytesOf([
      `Bearer ${secret.slice(0, -1)}`,
      `Bearer gatos_${'a'.repeat(43)}`,
      'Basic YTpi',
      `bearer ${secret} x`,
    ]);
    const { faults } = await fuzzDecoder({ corpus, seed: SEED, runs: RUNS, isFault }, (bytes) => {
      const text = latin1(bytes);
      tokens.authenticate(text, { now: 0 });
      expect(text.toLowerCase()).toContain(`bearer ${secret.toLowerCase()}`);
    });
    expect(faults).toBeGreaterThan(0);
  });

  it('raw requests are answered in form or hung up on, and nothing of ours breaks', async () => {
    const line = (text: string): string =>
      `${text} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.token}\r\nConnection: close\r\n`;
    const corpus = bytesOf([
      `${line('GET /v1')}\r\n`,
      `${line(`PUT /v1/chunks/${HEX}`)}Content-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\nhello`,
      `${line('POST /v1/tools/echo/calls')}Content-Type: application/json\r\nIdempotency-Key: "k"\r\nContent-Length: 12\r\n\r\n{"body":[1]}`,
      `${line('GET /v1/effects?limit=1')}Accept: application/vnd.mythos.can;q=0.3\r\n\r\n`,
      `${line(`GET /v1/blobs/${HEX}/bytes`)}Range: bytes=0-1\r\n\r\n`,
      'GET /v1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: x\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ]);
    world.log.splice(0);
    const open: Promise<void>[] = [];
    await fuzzDecoder({ corpus, seed: SEED, runs: RAW_RUNS, isFault }, async (bytes) => {
      const client = new RawClient(served).say(bytes);
      open.push(
        client.rest().then((said) => {
          if (said !== '') expect(said).toMatch(/^HTTP\/1\.1 [1-5]\d\d /);
        }),
      );
      if (open.length >= 50) await Promise.all(open.splice(0));
    });
    await Promise.all(open);
    expect(world.log.filter(({ bug }) => bug !== null)).toEqual([]);
    expect(world.log.length).toBeGreaterThan(0);
    expect((await world.ask(served, '/v1')).status).toBe(200);
  }, 120_000);
});
