/** Tokens: made, listed, revoked, and told apart. The secret is shown once; what is kept is its SHA-256. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { formatTime, parseActor, parseTime } from 'gatos-core';
import { httpError, tokenError } from './errors.js';
import { isScope, SCOPE_NAMES, type Scope } from './scopes.js';
import { MOST_TOKENS, type StoredToken, TokenFile, tokenPath } from './token-file.js';

const DAY_US = 86_400_000_000;
/** Days that a token may live. */
export const MOST_TOKEN_DAYS = 366;
const SECRET_BYTES = 32;
/** So that programs that look for secrets in published files find ours. */
const PREFIX = 'gatos_';
const SECRET = /^gatos_[A-Za-z0-9_-]{43}$/;

/** A token as it may be shown. Times: µs since 1970. */
export interface TokenInfo {
  readonly id: string;
  readonly actor: string;
  readonly scopes: readonly Scope[];
  /** Ids of capabilities that may be used although the actor did not issue them. */
  readonly capabilities: readonly string[];
  readonly created: number;
  readonly expires: number;
  readonly revoked: number | null;
}

export interface NewToken extends TokenInfo {
  /** What is sent as `Authorization: Bearer`. It cannot be had a second time. */
  readonly secret: string;
}

export interface CreateTokenRequest {
  readonly actor: string;
  readonly scopes: readonly string[];
  readonly capabilities?: readonly string[] | undefined;
  /** µs that it lives. */
  readonly lifetime: number;
  /** µs since 1970. */
  readonly now: number;
}

/** The tokens of one repository. */
export class Tokens {
  readonly #file: TokenFile;

  constructor(commonDir: string) {
    this.#file = new TokenFile(tokenPath(commonDir));
  }

  get path(): string {
    return this.#file.path;
  }

  /** Throws `tokens/exposed`, `tokens/malformed`. */
  list(): readonly TokenInfo[] {
    return this.#file.read().map(infoOf);
  }

  /** Throws `identity/actor`, `tokens/bad-scope`, `tokens/bad-lifetime`, `tokens/too-many`, `tokens/*` of the file. */
  async create({ actor, scopes, capabilities = [], lifetime, now }: CreateTokenRequest): Promise<NewToken> {
    parseActor(actor);
    const known = scopes.map((scope) => {
      if (!isScope(scope)) throw tokenError('bad-scope', { scope, known: SCOPE_NAMES });
      return scope;
    });
    if (!(lifetime > 0 && lifetime <= MOST_TOKEN_DAYS * DAY_US))
      throw tokenError('bad-lifetime', { days: MOST_TOKEN_DAYS });
    const secret = `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
    const token: StoredToken = {
      id: randomBytes(8).toString('hex'),
      sha256: digestOf(secret).toString('hex'),
      actor,
      scopes: SCOPE_NAMES.filter((scope) => known.includes(scope)),
      capabilities: [...new Set(capabilities)],
      created: formatTime(now),
      expires: formatTime(now + lifetime),
      revoked: null,
    };
    await this.#file.change((tokens) => {
      const kept = tokens.filter(({ expires }) => parseTime(expires) > now - MOST_TOKEN_DAYS * DAY_US);
      if (kept.length >= MOST_TOKENS) throw tokenError('too-many', { limit: MOST_TOKENS });
      return [...kept, token];
    });
    return { ...infoOf(token), secret };
  }

  /** From now on nobody gets in with it; one that is revoked already stays as it is. Throws `tokens/no-such-token`, `tokens/*` of the file. */
  async revoke(id: string, { now }: { readonly now: number }): Promise<TokenInfo> {
    let revoked: StoredToken | undefined;
    await this.#file.change((tokens) =>
      tokens.map((token) => {
        if (token.id !== id) return token;
        revoked = { ...token, revoked: token.revoked ?? formatTime(now) };
        return revoked;
      }),
    );
    if (revoked === undefined) throw tokenError('no-such-token', { id });
    return infoOf(revoked);
  }

  /**
   * Whose token an `Authorization` header holds. Every token is compared, in the same time whether it is the one or not. Throws
   * `http/no-token`, `http/bad-token`; `tokens/*` when the file is not as it should be, so that nobody gets in then.
   */
  authenticate(header: string | undefined, { now }: { readonly now: number }): TokenInfo {
    if (header === undefined) throw httpError('no-token', {});
    const secret = /^Bearer +([^ ]+)$/i.exec(header)?.[1];
    if (secret === undefined || !SECRET.test(secret)) throw httpError('bad-token', { why: 'malformed' });
    const digest = digestOf(secret);
    let found: StoredToken | undefined;
    for (const token of this.#file.read()) {
      if (timingSafeEqual(digest, Buffer.from(token.sha256, 'hex'))) found = token;
    }
    if (found === undefined) throw httpError('bad-token', { why: 'unknown' });
    const token = infoOf(found);
    if (token.revoked !== null) throw httpError('bad-token', { why: 'revoked' });
    if (now >= token.expires) throw httpError('bad-token', { why: 'expired' });
    return token;
  }
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

function infoOf({ id, actor, scopes, capabilities, created, expires, revoked }: StoredToken): TokenInfo {
  return {
    id,
    actor,
    scopes,
    capabilities,
    created: parseTime(created),
    expires: parseTime(expires),
    revoked: revoked === null ? null : parseTime(revoked),
  };
}
