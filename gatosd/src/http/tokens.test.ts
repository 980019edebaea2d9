/** Tokens: made, told apart, revoked; and a file that nobody else may read or change. */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGatosError } from 'gatos-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScratchWorld } from '../scratch-world.js';
import { MOST_TOKEN_DAYS, Tokens } from './tokens.js';

const DAY = 86_400_000_000;
const NOW = 1_700_000_000_000_000;

let world: ScratchWorld;
let tokens: Tokens;
beforeEach(() => {
  world = new ScratchWorld();
  tokens = new Tokens(world.folder('git'));
});
afterEach(() => world.dispose());

const create = (more = {}) =>
  tokens.create({ actor: 'user:alice', scopes: ['blobs:read'], lifetime: DAY, now: NOW, ...more });
const enter = (secret: string | undefined, now = NOW) =>
  tokens.authenticate(secret === undefined ? undefined : `Bearer ${secret}`, { now });

function codeOf(body: () => unknown): string {
  try {
    body();
    return 'none';
  } catch (error) {
    return isGatosError(error) ? `${error.code} ${String(error.data.why ?? '')}`.trim() : 'no fault of ours';
  }
}

describe('a token', () => {
  it('lets in whoever has its secret, which is written nowhere', async () => {
    const { secret, ...info } = await create({ scopes: ['tools:call', 'blobs:read'], capabilities: ['ab'.repeat(32)] });
    expect(secret).toMatch(/^gatos_[A-Za-z0-9_-]{43}$/);
    expect(enter(secret)).toEqual(info);
    expect(info).toMatchObject({
      actor: 'user:alice',
      scopes: ['tools:call', 'blobs:read'],
      capabilities: ['ab'.repeat(32)],
      created: NOW,
      expires: NOW + DAY,
      revoked: null,
    });
    const text = readFileSync(tokens.path, 'utf8');
    expect(text).not.toContain(secret.slice(6, 20));
    expect(statSync(tokens.path).mode & 0o777).toBe(0o600);
    expect(tokens.list()).toEqual([info]);
  });

  it('is one of two hundred and fifty-six random bits: no two are alike', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => create()));
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(20);
    expect(new Set(made.map(({ id }) => id)).size).toBe(20);
    expect(tokens.list()).toHaveLength(20);
  });

  it('does not let in anybody else', async () => {
    const { secret } = await create();
    const other = `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`;
    expect(codeOf(() => enter(undefined))).toBe('http/no-token');
    for (const wrong of ['', 'x', secret.slice(1), `${secret}a`, `${secret} `, `${secret} x`, 'gatos_'])
      expect(codeOf(() => enter(wrong))).toBe(
        wrong === `${secret} ` ? 'http/bad-token malformed' : 'http/bad-token malformed',
      );
    expect(codeOf(() => enter(other))).toBe('http/bad-token unknown');
    for (const header of [`Basic ${secret}`, secret, `Bearer${secret}`, `Bearer  ${secret}x`])
      expect(codeOf(() => tokens.authenticate(header, { now: NOW }))).toMatch(/^http\/bad-token/);
    expect(tokens.authenticate(`bearer ${secret}`, { now: NOW }).actor).toBe('user:alice');
  });

  it('ends by itself, and when it is revoked', async () => {
    const { secret } = await create();
    expect(enter(secret, NOW + DAY - 1).revoked).toBe(null);
    expect(codeOf(() => enter(secret, NOW + DAY))).toBe('http/bad-token expired');
    const [{ id } = { id: '' }] = tokens.list();
    expect((await tokens.revoke(id, { now: NOW + 5 })).revoked).toBe(NOW + 5);
    expect(codeOf(() => enter(secret))).toBe('http/bad-token revoked');
    expect((await tokens.revoke(id, { now: NOW + 9 })).revoked).toBe(NOW + 5);
    await expect(tokens.revoke('0'.repeat(16), { now: NOW })).rejects.toMatchObject({ code: 'tokens/no-such-token' });
  });

  it('is read anew when another process has changed the file', async () => {
    const { secret, id } = await create();
    expect(enter(secret).id).toBe(id);
    const other = new Tokens(world.at('git'));
    const second = await other.create({ actor: 'user:bob', scopes: ['blobs:write'], lifetime: DAY, now: NOW });
    expect(enter(second.secret).actor).toBe('user:bob');
    await other.revoke(id, { now: NOW });
    expect(codeOf(() => enter(secret))).toBe('http/bad-token revoked');
    rmSync(tokens.path);
    expect(codeOf(() => enter(second.secret))).toBe('http/bad-token unknown');
  });

  it.each([
    [{ actor: 'alice' }, 'identity/actor'],
    [{ actor: 'user:../x' }, 'identity/actor'],
    [{ scopes: ['blobs:all'] }, 'tokens/bad-scope'],
    [{ scopes: ['__proto__'] }, 'tokens/bad-scope'],
    [{ lifetime: 0 }, 'tokens/bad-lifetime'],
    [{ lifetime: -1 }, 'tokens/bad-lifetime'],
    [{ lifetime: (MOST_TOKEN_DAYS + 1) * DAY }, 'tokens/bad-lifetime'],
    [{ lifetime: Number.NaN }, 'tokens/bad-lifetime'],
  ])('is not made with %o', async (wrong, code) => {
    await expect(create(wrong)).rejects.toMatchObject({ code });
    expect(tokens.list()).toEqual([]);
  });
});

describe('the file of tokens', () => {
  it('lets nobody in when others may read or change it', async () => {
    const { secret } = await create();
    for (const mode of [0o640, 0o604, 0o620, 0o666]) {
      chmodSync(tokens.path, mode);
      expect(codeOf(() => enter(secret))).toMatch(/^tokens\/exposed/);
    }
    chmodSync(tokens.path, 0o400);
    expect(enter(secret).actor).toBe('user:alice');
  });

  it('lets nobody in when it is broken, and is not written over', async () => {
    const { secret } = await create();
    const good = readFileSync(tokens.path, 'utf8');
    const broken = ['', '{', '[]', '{"version":2,"tokens":[]}', good.replace('"version": 1', '"version": 1, "x": 1')];
    broken.push(
      good.replace('user:alice', 'alice'),
      good.replace('blobs:read', 'blobs:all'),
      good.replace('"tokens"', '"tokens": [], "tokens"'),
    );
    for (const text of broken) {
      writeFileSync(tokens.path, text);
      expect(codeOf(() => enter(secret))).toMatch(/^tokens\/malformed/);
      await expect(create()).rejects.toMatchObject({ code: 'tokens/malformed' });
      expect(readFileSync(tokens.path, 'utf8')).toBe(text);
    }
    writeFileSync(tokens.path, good);
    expect(enter(secret).actor).toBe('user:alice');
  });

  it('is a file: a folder or a link to what others own is none', async () => {
    mkdirSync(tokens.path, { recursive: true, mode: 0o700 });
    expect(codeOf(() => enter(`gatos_${'a'.repeat(43)}`))).toMatch(/^tokens\/exposed it is no file/);
    rmSync(tokens.path, { recursive: true });
    const readable = world.at('shared.json');
    writeFileSync(readable, '{"version":1,"tokens":[]}', { mode: 0o644 });
    symlinkSync(readable, tokens.path);
    expect(codeOf(() => enter(`gatos_${'a'.repeat(43)}`))).toMatch(/^tokens\/exposed/);
  });

  it('waits for who changes it, and says who holds it when that does not end', async () => {
    await create();
    const lock = `${tokens.path}.lock`;
    writeFileSync(lock, '');
    const waiting = create();
    setTimeout(() => rmSync(lock), 100);
    await waiting;
    writeFileSync(lock, '');
    await expect(create()).rejects.toMatchObject({ code: 'tokens/locked', exit: 75 });
    expect(tokens.list()).toHaveLength(2);
  });

  it('leaves nothing beside it', async () => {
    await create();
    await expect(create({ actor: 'x' })).rejects.toThrow();
    const { readdirSync } = await import('node:fs');
    expect(readdirSync(join(world.at('git'), 'gatos', 'http'))).toEqual(['tokens.json']);
  });
});
