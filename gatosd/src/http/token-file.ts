/**
 * The file of tokens: `<git common dir>/gatos/http/tokens.json`, for its owner only. It holds the SHA-256 of each secret, never a secret.
 * Changes replace it in one step, one process at a time.
 */
import { type BigIntStats, closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatJson, GatosError, type JsonValue, LIMITS, parseActor, parseJson, parseTime, s } from 'gatos-core';
import { replaceFile } from '../replace-file.js';
import { tokenError } from './errors.js';
import { SCOPE_NAMES } from './scopes.js';

/** Tokens of one repository. */
export const MOST_TOKENS = 1024;
/** Capabilities that one token names. */
export const MOST_CAPABILITIES = 256;

const refusal = (read: (text: string) => unknown, why: string) => (text: string) => {
  try {
    read(text);
    return undefined;
  } catch (error) {
    if (error instanceof GatosError) return why;
    throw error;
  }
};

const HEX_64 = { maxBytes: 64, pattern: /^[0-9a-f]{64}$/, form: '64 hexadecimal digits' } as const;
const time = s.refine(s.text({ maxBytes: 32 }), refusal(parseTime, 'is no time'));

const TOKEN = s.struct({
  /** Names the token where its secret must not be told: in lists and in logs. */
  id: s.text({ maxBytes: 16, pattern: /^[0-9a-f]{16}$/, form: '16 hexadecimal digits' }),
  /** SHA-256 of the secret as it is sent. */
  sha256: s.text(HEX_64),
  actor: s.refine(s.text({ maxBytes: LIMITS.actorBytes }), refusal(parseActor, 'is no actor')),
  scopes: s.list(s.oneOf(SCOPE_NAMES), { min: 1, max: SCOPE_NAMES.length }),
  /** Capabilities that may be used although the actor did not issue them. */
  capabilities: s.list(s.text(HEX_64), { max: MOST_CAPABILITIES }),
  created: time,
  expires: time,
  revoked: s.nullable(time),
});

const FILE = s.struct({ version: s.literal(1), tokens: s.list(TOKEN, { max: MOST_TOKENS }) });

export type StoredToken = ReturnType<(typeof TOKEN)['read']>;

export function tokenPath(commonDir: string): string {
  return join(commonDir, 'gatos', 'http', 'tokens.json');
}

const LOCK_TRIES = 100;
const LOCK_WAIT_MS = 20;

/** Reads the file when it has changed, and changes it. */
export class TokenFile {
  #known: { readonly stamp: string; readonly tokens: readonly StoredToken[] } | null = null;

  constructor(readonly path: string) {}

  /** All tokens, in the order in which they were made. Throws `tokens/exposed`, `tokens/malformed`. */
  read(): readonly StoredToken[] {
    const stat = this.#stat();
    if (stat === null) return [];
    const stamp = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
    if (this.#known?.stamp === stamp) return this.#known.tokens;
    const why = exposure(stat);
    if (why !== null) throw tokenError('exposed', { path: this.path, why });
    const tokens = this.#parse();
    this.#known = { stamp, tokens };
    return tokens;
  }

  /** Replaces the tokens by what `body` makes of them. Throws as `read`, `tokens/locked`, `tokens/unwritable`. */
  async change(body: (tokens: readonly StoredToken[]) => readonly StoredToken[]): Promise<void> {
    const lock = `${this.path}.lock`;
    await this.#lock(lock);
    try {
      this.#write(body(this.read()));
    } finally {
      rmSync(lock, { force: true });
    }
  }

  #stat(): BigIntStats | null {
    const stat = this.#attempt(() => statSync(this.path, { bigint: true, throwIfNoEntry: false }));
    return stat ?? null;
  }

  #parse(): readonly StoredToken[] {
    const bytes = this.#attempt(() => readFileSync(this.path));
    try {
      return FILE.read(parseJson(bytes)).tokens;
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      throw tokenError('malformed', { path: this.path, why: error.message }, { cause: error });
    }
  }

  #attempt<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (typeof code !== 'string') throw error;
      throw tokenError('malformed', { path: this.path, why: code }, { cause: error });
    }
  }

  async #lock(lock: string): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
        closeSync(openSync(lock, 'wx', 0o600));
        return;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EEXIST') throw this.#unwritable(error);
        if (tries === LOCK_TRIES) throw tokenError('locked', { path: lock });
        await sleep(LOCK_WAIT_MS);
      }
    }
  }

  #write(tokens: readonly StoredToken[]): void {
    const text = `${formatJson({ version: 1, tokens } as unknown as JsonValue, { indent: 2 })}\n`;
    try {
      replaceFile(this.path, { text, mode: 0o600 });
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  #unwritable(error: unknown): unknown {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string') return error;
    return tokenError('unwritable', { path: this.path, why: code }, { cause: error });
  }
}

/** Why others could read or change it; null when nobody else can. */
function exposure({ mode, uid }: BigIntStats): string | null {
  if (!isFile(mode)) return 'it is no file';
  const own = process.getuid?.();
  // Without owners (Windows) there is nothing to compare.
  if (own === undefined) return null;
  if (uid !== BigInt(own)) return 'it belongs to somebody else';
  return (mode & 0o077n) === 0n ? null : 'others may read or change it';
}

const FILE_TYPE = 0o170000n;
const REGULAR = 0o100000n;

function isFile(mode: bigint): boolean {
  return (mode & FILE_TYPE) === REGULAR;
}
