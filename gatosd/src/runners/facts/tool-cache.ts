/**
 * Digests and versions of programs, kept between runs: a file is the same as long as device, inode, size and times are. One JSON file
 * with a checksum over its entries; replaced in one rename; what is damaged counts as none, and what cannot be written is not kept.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface ToolFacts {
  /** SHA-256 in hex. */
  readonly digest: string;
  readonly version: string;
}

interface Entry extends ToolFacts {
  /** Device, inode, size, time of modification and of change in ns. */
  readonly stamp: string;
}

const FILE_BYTES = 1024 * 1024;
const ENTRIES = 256;

export class ToolCache {
  readonly #path: string | null;
  #entries: Map<string, Entry> | null = null;
  #dirty = false;

  /** `path` of the cache file; null keeps nothing. */
  constructor(path: string | null) {
    this.#path = path;
  }

  /** `key` names a file, and what it is called. */
  async find(key: string, stats: BigIntStats): Promise<ToolFacts | null> {
    const entry = (await this.#load()).get(key);
    return entry?.stamp === stampOf(stats) ? { digest: entry.digest, version: entry.version } : null;
  }

  async keep(key: string, stats: BigIntStats, { digest, version }: ToolFacts): Promise<void> {
    const entries = await this.#load();
    entries.delete(key);
    entries.set(key, { stamp: stampOf(stats), digest, version });
    for (const oldest of entries.keys()) {
      if (entries.size <= ENTRIES) break;
      entries.delete(oldest);
    }
    this.#dirty = true;
  }

  /** A cache that cannot be written costs time and nothing else. */
  async save(): Promise<void> {
    if (!this.#dirty || this.#path === null) return;
    this.#dirty = false;
    const tools = Object.fromEntries(await this.#load());
    const away = `${this.#path}.${randomUUID()}.tmp`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(away, JSON.stringify({ v: 1, checksum: checksumOf(tools), tools }), { mode: 0o600 });
      await rename(away, this.#path);
    } catch {
      await rm(away, { force: true }).catch(() => undefined);
    }
  }

  async #load(): Promise<Map<string, Entry>> {
    this.#entries ??= this.#path === null ? new Map() : await readEntries(this.#path);
    return this.#entries;
  }
}

async function readEntries(path: string): Promise<Map<string, Entry>> {
  try {
    if ((await stat(path)).size > FILE_BYTES) return new Map();
    const { v, checksum, tools } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    if (v !== 1 || typeof tools !== 'object' || tools === null || checksum !== checksumOf(tools)) return new Map();
    return new Map(Object.entries(tools).filter((entry): entry is [string, Entry] => isEntry(entry[1])));
  } catch {
    // Not there yet, or no JSON.
    return new Map();
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { stamp, digest, version } = value as Record<string, unknown>;
  return typeof stamp === 'string' && typeof version === 'string' && /^[0-9a-f]{64}$/.test(String(digest));
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function checksumOf(tools: object): string {
  return createHash('sha256').update(JSON.stringify(tools)).digest('hex');
}
