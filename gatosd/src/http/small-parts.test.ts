/** The parts that decide by text alone: ranges, types, addresses, keys, paths, queries, and bounds on what is done at a time. */
import { isGatosError } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { formatAddress, isLoopback, parseListenAddress, resolveHost } from './address.js';
import { parseIdempotencyKey } from './idempotency-key.js';
import { chooseMedia } from './media.js';
import { faultOf, parseHeaders, parseQuery } from './parameters.js';
import { parseRange } from './range.js';
import { MemoryBudget, Rates } from './rate.js';
import { Router } from './router.js';
import { ROUTES } from './routes.js';

function codeOf(body: () => unknown): string {
  try {
    body();
    return 'none';
  } catch (error) {
    return isGatosError(error) ? error.code : 'no fault of ours';
  }
}

describe('a range of bytes', () => {
  it.each([
    ['bytes=0-0', { offset: 0, length: 1 }],
    ['bytes=0-', { offset: 0, length: 10 }],
    ['bytes=3-5', { offset: 3, length: 3 }],
    ['bytes=9-9', { offset: 9, length: 1 }],
    ['bytes=9-1000', { offset: 9, length: 1 }],
    ['BYTES = 1-2', 'all'],
    ['Bytes=1-2', { offset: 1, length: 2 }],
    ['bytes= 1-2 ', { offset: 1, length: 2 }],
    ['bytes=-1', { offset: 9, length: 1 }],
    ['bytes=-10', { offset: 0, length: 10 }],
    ['bytes=-11', { offset: 0, length: 10 }],
    ['bytes=-99999999999999999999', { offset: 0, length: 10 }],
    ['bytes=0-99999999999999999999', { offset: 0, length: 10 }],
    ['bytes=10-', 'none'],
    ['bytes=99999999999999999999-', 'none'],
    ['bytes=10-12', 'none'],
    ['bytes=-0', 'none'],
    // Malformed, another unit, several: as if it were not there.
    ['bytes=5-3', 'all'],
    ['bytes=-', 'all'],
    ['bytes=', 'all'],
    ['bytes', 'all'],
    ['bytes=a-b', 'all'],
    ['bytes=0x1-2', 'all'],
    ['bytes=1.5-2', 'all'],
    ['bytes=+1-2', 'all'],
    ['bytes=0-1,3-4', 'all'],
    ['bytes=0-1,', 'all'],
    ['items=0-1', 'all'],
    ['', 'all'],
    [undefined, 'all'],
  ])('`%s` of ten bytes', (header, wanted) => {
    expect(parseRange(header, 10)).toEqual(wanted);
  });

  it.each([
    ['bytes=0-', 'none'],
    ['bytes=-1', 'none'],
    ['bytes=0-0', 'none'],
    [undefined, 'all'],
  ])('`%s` of nothing', (header, wanted) => {
    expect(parseRange(header, 0)).toEqual(wanted);
  });
});

describe('the type that is wanted', () => {
  const offered = ['application/json', 'application/vnd.mythos.can'];
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['application/vnd.mythos.can', 'application/vnd.mythos.can'],
    ['Application/VND.mythos.CAN; q=1', 'application/vnd.mythos.can'],
    ['application/json;q=0.5, application/vnd.mythos.can', 'application/vnd.mythos.can'],
    ['application/json;q=0, */*', 'application/vnd.mythos.can'],
    ['text/html, application/json;q=0.1', 'application/json'],
    ['text/html', null],
    ['*/*;q=0', null],
    ['application/json;q=0', null],
  ])('of `%s`', (accept, wanted) => {
    expect(chooseMedia(accept, offered)).toBe(wanted);
  });
});

describe('an address', () => {
  it.each([
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:8443', { host: '::1', port: 8443 }],
    ['localhost:1', { host: 'localhost', port: 1 }],
    ['0.0.0.0', { host: '0.0.0.0', port: 8090 }],
    [':9', { host: '127.0.0.1', port: 9 }],
  ])('`%s`', (text, wanted) => {
    expect(parseListenAddress(text)).toEqual(wanted);
  });

  it.each([
    '',
    ':',
    'a:b',
    'host:65536',
    'host:999999',
    '[::g]:1',
    '[127.0.0.1]:1',
    '::1',
    'a b:1',
    'http://x:1',
    'x:1/',
  ])('is not `%s`', (text) => {
    expect(codeOf(() => parseListenAddress(text))).toBe('http-server/bad-address');
  });

  it('is reached from this machine alone, or not', () => {
    const own = ['127.0.0.1', '127.255.0.9', '::1', '::ffff:127.0.0.1'];
    const others = ['0.0.0.0', '::', '10.0.0.1', '192.168.1.1', '8.8.8.8', 'fe80::1', '::ffff:8.8.8.8'];
    expect(own.map(isLoopback)).toEqual(own.map(() => true));
    expect(others.map(isLoopback)).toEqual(others.map(() => false));
  });

  it('is told as it stands in a URL', () => {
    expect(formatAddress({ host: '::1', port: 1 })).toBe('[::1]:1');
    expect(formatAddress({ host: '127.0.0.1', port: 1 })).toBe('127.0.0.1:1');
  });

  it('of a host that is not there is refused', async () => {
    await expect(resolveHost('no-such-host.invalid')).rejects.toMatchObject({ code: 'http-server/bad-address' });
  });
});

describe('an idempotency key', () => {
  const text = (header: string): string => Buffer.from(parseIdempotencyKey(header)).toString();

  it('is the same in quotes and without', () => {
    expect(text('"order-17"')).toBe('order-17');
    expect(text('order-17')).toBe('order-17');
    expect(text('"a \\"b\\" \\\\"')).toBe('a "b" \\');
    expect(text('a"b')).toBe('a"b');
  });

  it.each(['"', '""', '"a', '"a" ', '"a"b', '"a\\n"', '"a";x=1', `"${'k'.repeat(257)}"`, 'k'.repeat(257)])(
    'is not %s',
    (header) => {
      expect(codeOf(() => parseIdempotencyKey(header))).toBe('http/bad-parameter');
    },
  );

  it('has 256 bytes at most', () => {
    expect(parseIdempotencyKey('k'.repeat(256))).toHaveLength(256);
  });
});

describe('parameters', () => {
  it('are held against their schemas', () => {
    const integer = { type: 'integer', minimum: 1, maximum: 1000 } as const;
    for (const text of ['1', '1000', '17']) expect(faultOf(integer, text)).toBe(null);
    for (const text of ['0', '1001', '-1', '01', '1.0', '1e2', ' 1', '', 'NaN', '9'.repeat(30)])
      expect(faultOf(integer, text)).toContain('is no whole number');
    expect(faultOf({ type: 'string', enum: ['a'] }, 'b')).toBe('is none of `a`');
    expect(faultOf({ type: 'string', minLength: 2 }, 'b')).toBe('has fewer than 2 characters');
    expect(faultOf({ type: 'string', maxLength: 2 }, 'bbb')).toBe('has more than 2 characters');
    expect(faultOf({ type: 'string' }, 'b'.repeat(1025))).toBe('has more than 1024 characters');
  });

  const declared = { tool: { schema: { type: 'string', pattern: '^[a-z]+$' }, does: '', example: '' } } as const;

  it('of a query are known, well-formed, and there once', () => {
    expect(parseQuery('', declared)).toEqual({});
    expect(parseQuery('tool=ab', declared)).toEqual({ tool: 'ab' });
    expect(parseQuery('%74ool=%61b', declared)).toEqual({ tool: 'ab' });
    for (const query of [
      'tool=a&tool=b',
      'x=1',
      'tool=%',
      'tool=%ff',
      'tool=A',
      'tool',
      '&',
      'tool=a&',
      '__proto__=x',
      '=1',
    ])
      expect([query, codeOf(() => parseQuery(query, declared))]).toEqual([query, 'http/bad-parameter']);
  });

  it('in headers are there once', () => {
    expect(parseHeaders({ tool: ['a'] }, declared)).toEqual({ tool: 'a' });
    expect(parseHeaders({}, declared)).toEqual({});
    expect(codeOf(() => parseHeaders({ tool: ['a', 'b'] }, declared))).toBe('http/bad-parameter');
    expect(codeOf(() => parseHeaders({ tool: ['A'] }, declared))).toBe('http/bad-parameter');
  });
});

describe('the router', () => {
  const router = new Router(ROUTES);
  const hex = 'a'.repeat(64);

  it('finds every route of the table by its path, and no path has two', () => {
    for (const route of ROUTES) {
      const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'tool' ? 'echo' : hex));
      expect(router.match(route.method, path).route.id).toBe(route.id);
      if (route.method === 'GET')
        expect(router.match('HEAD', path)).toMatchObject({ head: true, route: { id: route.id } });
      const there = ROUTES.filter(({ path: other }) => {
        const pattern = new RegExp(`^${other.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
        return pattern.test(path);
      });
      expect(new Set(there.map(({ path: other }) => other)).size).toBe(1);
    }
  });

  it.each([
    '',
    '/',
    '//v1',
    '/v1/',
    '/v2',
    '/v1/../v1',
    `/v1/chunks/${hex}/`,
    `/v1/chunks//${hex}`,
    `/v1/chunks/%61${hex.slice(1)}`,
    '/v1/chunks/..%2f..%2fsettings.json',
    '/v1/chunks/a/b/c',
    '/v1\0',
    '*',
    'http://host/v1',
    `/v1/${'a'.repeat(600)}`,
  ])('knows nothing at `%s`', (path) => {
    expect(codeOf(() => router.match('GET', path))).toBe('http/no-such-path');
  });

  it.each([
    `/v1/chunks/..`,
    '/v1/chunks/abc',
    `/v1/chunks/${hex.toUpperCase()}`,
    `/v1/chunks/${hex}a`,
    '/v1/tools/Echo/calls',
  ])('takes no parameter out of form: `%s`', (path) => {
    expect(codeOf(() => router.match(path.includes('tools') ? 'POST' : 'GET', path))).toBe('http/bad-parameter');
  });

  it('tells which methods there are', () => {
    expect(() => router.match('DELETE', `/v1/chunks/${hex}`)).toThrow('`DELETE` is not possible here: HEAD, GET, PUT');
    expect(() => router.match('GET', '/v1/tools/echo/calls')).toThrow('`GET` is not possible here: POST');
    expect(() => router.match('HEAD', '/v1/tools/echo/calls')).toThrow('is not possible');
    expect(() => router.match('OPTIONS', '/v1')).toThrow('is not possible');
  });
});

describe('rates', () => {
  it('give a burst, then so many a second, each name for itself', () => {
    let now = 0;
    const rates = new Rates({ perSecond: 10, burst: 3 }, () => now);
    expect([1, 2, 3].map(() => rates.take('a'))).toEqual([0, 0, 0]);
    expect(rates.take('a')).toBe(100);
    expect(rates.take('b')).toBe(0);
    now = 50;
    expect(rates.take('a')).toBe(50);
    now = 100;
    expect(rates.take('a')).toBe(0);
    expect(rates.take('a')).toBe(100);
    now = 1_000_000;
    expect([1, 2, 3, 4].map(() => rates.take('a'))).toEqual([0, 0, 0, 100]);
  });

  it('remember a bounded number of names', () => {
    const rates = new Rates({ perSecond: 1, burst: 1 }, () => 0);
    for (let i = 0; i < 10_000; i++) expect(rates.take(`name ${i}`)).toBe(0);
    expect(rates.take('name 9999')).toBe(1000);
    expect(rates.take('name 0')).toBe(0);
  });
});

describe('the memory budget', () => {
  const never = new AbortController().signal;

  it('gives what there is, and lets others wait in order', async () => {
    const budget = new MemoryBudget(10);
    const first = await budget.take(6, never);
    const order: string[] = [];
    const large = budget.take(8, never).then((release) => {
      order.push('large');
      return release;
    });
    const small = budget.take(1, never).then((release) => {
      order.push('small');
      return release;
    });
    await Promise.resolve();
    expect(order).toEqual([]);
    first();
    first();
    const releases = await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
    for (const release of releases) release();
    expect(budget.free).toBe(10);
  });

  it('counts more than all as all, and forgets who does not wait any longer', async () => {
    const budget = new MemoryBudget(10);
    const all = await budget.take(1000, never);
    expect(budget.free).toBe(0);
    const gone = new AbortController();
    const waiting = budget.take(10, gone.signal);
    const behind = budget.take(1, never);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    all();
    (await behind)();
    expect(budget.free).toBe(10);
    await expect(budget.take(1, gone.signal)).rejects.toThrow('gone');
  });
});
