/** `git gatos serve` as a person starts it: tokens, a call, a blob that another clone fetches, and the end. */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Child, until } from './child.js';
import { openStage, type Stage } from './stage.js';

const EXAMPLES = fileURLToPath(new URL('../../examples/first-build/tools', import.meta.url));

let stage: Stage;
let cwd: string;
let token: { readonly id: string; readonly token: string };
const children: Child[] = [];
beforeAll(() => {
  stage = openStage();
  cwd = stage.at('clone');
  mkdirSync(cwd);
  stage.gatos(['init', '--actor', 'user:alice'], { cwd });
  cpSync(EXAMPLES, join(cwd, 'tools'), { recursive: true });
  stage.gatos(['tool', 'declare', 'tools/builtin/tool.json'], { cwd });
  token = json([
    'token',
    'create',
    '--actor',
    'user:alice',
    '--scopes',
    'tools:call,effects:read',
    '--scopes',
    'blobs:read,blobs:write',
  ]) as typeof token;
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await child.ended;
  }
});
afterAll(() => stage.close());

const json = (args: readonly string[], status = 0) => stage.json(['serve', ...args], { cwd, status });

/** A server on any port: itself, and where it answers. */
async function serve(...args: readonly string[]): Promise<{ readonly child: Child; readonly url: string }> {
  const child = new Child(stage, ['serve', '--listen', '127.0.0.1:0', '--json', ...args], { cwd });
  children.push(child);
  await until(
    () => child.out.includes('\n'),
    () => `no address, but: ${child.out}${child.err}`,
  );
  const { url } = JSON.parse(child.out) as { readonly url: string };
  return { child, url };
}

const ask = (url: string, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token.token}`, ...(init.headers as object) } });

describe('tokens', () => {
  it('are shown once, kept as their hash for their owner only, and listed without it', () => {
    const path = join(cwd, '.git', 'gatos', 'http', 'tokens.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).not.toContain(token.token);
    expect(token.token).toMatch(/^gatos_/);
    const plain = stage.run(
      [
        'git',
        'gatos',
        'serve',
        'token',
        'create',
        '--actor',
        'service:ci',
        '--scopes',
        'blobs:read',
        '--expires',
        '1h',
      ],
      { cwd },
    );
    expect(plain.stdout).toMatch(/^gatos_[A-Za-z0-9_-]{43}\n$/);
    expect(plain.stderr).not.toContain(plain.stdout.trim());
    const listed = json(['token', 'list']) as { id: string; actor: string; state: string }[];
    expect(listed.map(({ actor, state }) => `${actor} ${state}`)).toEqual(['user:alice good', 'service:ci good']);
    expect(JSON.stringify(listed)).not.toContain('gatos_');
    expect(stage.gatos(['serve', 'token', 'list'], { cwd })).toContain(
      `${token.id} user:alice tools:call,effects:read,blobs:read,blobs:write until `,
    );
  });

  it.each([
    [['--actor', 'alice', '--scopes', 'blobs:read'], 'identity/actor', 1],
    [['--actor', 'user:a', '--scopes', 'all'], 'tokens/bad-scope', 129],
    [['--actor', 'user:a'], 'serve/no-scopes', 129],
    [['--actor', 'user:a', '--scopes', 'blobs:read', '--expires', '500d'], 'tokens/bad-lifetime', 129],
    [['--actor', 'user:a', '--scopes', 'blobs:read', '--capability', 'x'], 'capabilities/name', 1],
    [['--scopes', 'blobs:read'], 'cli/missing-option', 129],
  ])('are not made of %o', (args, code, status) => {
    expect(json(['token', 'create', ...args], status)).toMatchObject({ error: { code } });
  });

  it('are not made where nobody would see them', () => {
    const before = json(['token', 'list']);
    const asked = ['serve', 'token', 'create', '--actor', 'user:alice', '--scopes', 'blobs:read', '--quiet'];
    const { status, stderr } = stage.run(['git', 'gatos', ...asked], { cwd });
    expect([status, stderr]).toEqual([129, expect.stringContaining('none was made')]);
    expect(json(['token', 'list'])).toEqual(before);
  });
});

describe('a server', () => {
  it('tells its address, answers, tells of requests without secrets, and ends with 0 when it is asked to', async () => {
    const { child, url } = await serve();
    expect(await (await ask(url, '/v1/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await ask(url, '/v1')).json()).toMatchObject({ agent: { actor: 'user:alice' } });
    expect((await fetch(`${url}/v1`)).status).toBe(401);
    await ask(url, '/v1/effects?limit=1');
    child.kill('SIGTERM');
    const { code, out, err } = await child.ended;
    expect([code, out]).toEqual([0, `{"agent":"user:alice","url":"${url}"}\n`]);
    expect(err).toMatch(/^GET \/v1\/healthz 200 \d+ ms \([0-9a-f]{16}\)$/m);
    expect(err).toMatch(/^GET \/v1 200 \d+ ms user:alice \([0-9a-f]{16}\)$/m);
    expect(err).toMatch(/^GET \/v1 401 \d+ ms http\/no-token/m);
    expect(err).not.toContain('gatos_');
    expect(err).not.toContain('limit=1');
  });

  it('calls a tool under a capability, and the command line knows what it did', async () => {
    const { child, url } = await serve();
    stage.gatos(['trust', 'set-group', 'cap-tool', 'user:alice'], { cwd });
    const limits = ['--max-calls', 'unlimited', '--for', '1d'];
    const issued = stage.json(['cap', 'issue', '--subject', 'user:alice', '--tool', 'echo', ...limits], { cwd });
    const capability = /"([0-9a-f]{64})"/.exec(JSON.stringify(issued))?.[1] ?? '';
    const call = (body: unknown, key: string) =>
      ask(url, '/v1/tools/echo/calls', {
        method: 'POST',
        body: JSON.stringify({ body, capability }),
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
      });
    const called = await call({ text: 'hi' }, '"one"');
    const said = (await called.json()) as {
      readonly effect: string;
      readonly receipt: object;
      readonly replayed: boolean;
    };
    expect([called.status, said]).toMatchObject([200, { replayed: false, response: { body: { text: 'hi' } } }]);
    expect(await (await call({ text: 'hi' }, 'one')).json()).toEqual({ ...said, replayed: true });
    expect(JSON.stringify(stage.json(['effect', 'show', said.effect], { cwd }))).toContain(said.effect);
    const conflict = await call({ text: 'other' }, 'one');
    expect([conflict.status, conflict.headers.get('content-type')]).toEqual([409, 'application/problem+json']);
    expect(await conflict.json()).toMatchObject({ error: { code: 'effects/idempotency-conflict', exit: 15 } });
    const unknown = 'e'.repeat(64);
    const there = (await (await ask(url, `/v1/effects/${unknown}`)).json()) as { readonly error: unknown };
    const here = stage.json(['effect', 'show', unknown], { cwd, status: 20 }) as { readonly error: unknown };
    expect(there.error).toEqual(here.error);
    child.kill('SIGINT');
    expect((await child.ended).code).toBe(0);
  });

  it('gives and takes chunks: blob sync moves them through it', async () => {
    const { url } = await serve();
    const bytes = randomBytes(700_000);
    writeFileSync(join(cwd, 'big.bin'), bytes);
    const { cid } = stage.json(['blob', 'put', 'big.bin'], { cwd }) as { readonly cid: string };
    const range = await ask(url, `/v1/blobs/${cid}/bytes`, { headers: { range: 'bytes=-10' } });
    expect([range.status, Buffer.from(await range.arrayBuffer())]).toEqual([206, bytes.subarray(-10)]);
    const other = stage.at('other');
    stage.gatos(['clone', cwd, other]);
    const env = { GATOS_BLOB_TOKEN: token.token };
    stage.git(['config', 'remote.origin.gatosBlobs', url], { cwd: other });
    stage.gatos(['blob', 'sync', '--pull'], { cwd: other, env });
    stage.gatos(['blob', 'get', cid, '-o', stage.at('back.bin')], { cwd: other });
    expect(readFileSync(stage.at('back.bin')).equals(bytes)).toBe(true);
    // And back: what is put there is given to the server.
    const more = randomBytes(600_000);
    writeFileSync(stage.at('more.bin'), more);
    stage.gatos(['config', 'set', 'actor', 'user:alice'], { cwd: other });
    stage.gatos(['config', 'set', 'key', 'default'], { cwd: other });
    const put = stage.json(['blob', 'put', stage.at('more.bin')], { cwd: other }) as { readonly cid: string };
    stage.gatos(['blob', 'sync', '--push'], { cwd: other, env });
    stage.gatos(['sync'], { cwd: other });
    stage.gatos(['blob', 'verify', put.cid], { cwd });
  });

  it('is let in no more by a token that was revoked meanwhile', async () => {
    const { url } = await serve();
    const made = json(['token', 'create', '--actor', 'user:alice', '--scopes', 'effects:read']) as typeof token;
    const with_ = () => fetch(`${url}/v1`, { headers: { authorization: `Bearer ${made.token}` } });
    expect((await with_()).status).toBe(200);
    expect(json(['token', 'revoke', made.id])).toMatchObject({ id: made.id, state: 'revoked' });
    expect((await with_()).status).toBe(401);
    expect(json(['token', 'revoke', '0000000000000000'], 20)).toMatchObject({
      error: { code: 'tokens/no-such-token' },
    });
  });

  it('speaks TLS with a certificate, and is not public without one', async () => {
    expect(json(['--listen', '0.0.0.0:0'], 129)).toMatchObject({ error: { code: 'http-server/public-address' } });
    expect(json(['--listen', 'nonsense:x'], 129)).toMatchObject({ error: { kind: 'input' } });
    expect(json(['--tls-cert', 'x.pem'], 129)).toMatchObject({ error: { code: 'serve/half-tls' } });
    expect(json(['--listen', '127.0.0.1:0', '--tls-cert', 'x.pem', '--tls-key', 'x.pem'], 1)).toMatchObject({
      error: { code: 'http-server/bad-tls' },
    });
    const [cert, key] = [stage.at('cert.pem'), stage.at('key.pem')];
    const made = stage.run([
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ed25519',
      '-nodes',
      '-subj',
      '/CN=localhost',
      '-days',
      '1',
      '-keyout',
      key,
      '-out',
      cert,
    ]);
    expect(made.status).toBe(0);
    const child = new Child(stage, ['serve', '--listen', '0.0.0.0:0', '--tls-cert', cert, '--tls-key', key], { cwd });
    children.push(child);
    await child.says(/listening on https:\/\/0\.0\.0\.0:\d+/);
    const port = /:(\d+)\n/.exec(child.out)?.[1];
    const { status, stdout } = stage.run([
      'curl',
      '-sS',
      '--cacert',
      cert,
      '--connect-to',
      `localhost:${port}:127.0.0.1:${port}`,
      `https://localhost:${port}/v1/healthz`,
    ]);
    expect([status, stdout]).toEqual([0, '{"status":"ok"}\n']);
    child.kill('SIGTERM');
    expect((await child.ended).code).toBe(0);
  });

  it('gives up what runs at a second signal, and says so', async () => {
    const started = stage.at('started');
    const source = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(started)}, ''); setTimeout(() => {}, 60_000);`;
    writeFileSync(join(cwd, 'slow.mjs'), source);
    const manifest = {
      name: 'slow',
      does: 'nothing, slowly',
      request: {},
      response: {},
      effect: 'external',
      retry_safe: false,
      cacheable: false,
    };
    writeFileSync(
      join(cwd, 'slow.json'),
      JSON.stringify({ ...manifest, run: { kind: 'process', argv: ['node', 'slow.mjs'], files: ['slow.mjs'] } }),
    );
    stage.git(['config', 'gatos.toolSandbox', 'off'], { cwd });
    stage.gatos(['tool', 'declare', 'slow.json'], { cwd });
    stage.gatos(['trust', 'set-group', 'cap-tool', 'user:alice'], { cwd });
    const limits = ['--max-calls', 'unlimited', '--for', '1d'];
    const { id } = stage.json(['cap', 'issue', '--subject', 'user:alice', '--tool', 'slow', ...limits], { cwd }) as {
      readonly id: string;
    };
    const { child, url } = await serve();
    const call = ask(url, '/v1/tools/slow/calls', {
      method: 'POST',
      body: JSON.stringify({ body: null, capability: id, idempotency_key: 'slow' }),
      headers: { 'content-type': 'application/json' },
    });
    await until(
      () => existsSync(started),
      () => `the tool did not start: ${child.err}`,
    );
    child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(child.process.exitCode).toBe(null);
    child.kill('SIGTERM');
    const said = await call;
    expect([said.status, ((await said.json()) as { error: { code: string } }).error.code]).toEqual([
      504,
      'http/killed',
    ]);
    expect((await child.ended).code).toBe(130);
    const listed = JSON.stringify(stage.json(['effect', 'history'], { cwd }));
    expect(listed).toContain('unknown');
  });

  it('leaves nothing of itself behind', () => {
    expect(existsSync(join(cwd, '.git', 'gatos', 'http', 'tokens.json.lock'))).toBe(false);
  });
});

describe('the guide', () => {
  it('has lines that run, one after the other', async () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/http-api.md', import.meta.url)), 'utf8');
    const port = String(await freePort());
    const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, lines = '']) => lines);
    expect(blocks.length).toBeGreaterThan(6);
    const lines = blocks.join('\n').replaceAll('127.0.0.1:8090', `127.0.0.1:${port}`);
    const script = lines.replace('git gatos serve &', `git-gatos serve --listen 127.0.0.1:${port} 2> log.txt &`);
    const folder = stage.at('guide');
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'guide.sh'),
      `set -euo pipefail\nset -m\ntrap 'kill %1 2> kill.txt || true' EXIT\n${script}`,
    );
    const { status, stdout, stderr } = stage.run(['bash', 'guide.sh'], { cwd: folder });
    expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    for (const part of [
      '"replayed":false',
      '409\neffects/idempotency-conflict',
      '"state":"divergent"',
      '201\n',
      '\n422\n',
      'a chunk',
      '"outcome":"pass"',
    ])
      expect(stdout).toContain(part);
  }, 60_000);
});

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
