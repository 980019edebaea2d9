/** One pack with its index: unpacked by isomorphic-git, which gets to see this pack alone. */
import { LIMITS } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import type { ObjectType, Oid } from '../ports.js';
import type { Files } from './files.js';
import { PackGuard } from './pack-guard.js';
import { PackFault, type PackIndex } from './pack-index.js';
import { type Engine, engineView, VIEW_ROOT } from './view.js';

/** isomorphic-git addresses packs with signed 32-bit numbers. */
const PACK_BYTES = 2 ** 31 - 1;
/** isomorphic-git keeps what it unpacked; after this many bytes it starts afresh. */
const CACHE_BYTES = 64 * 1024 * 1024;

export interface Unpacked {
  readonly type: ObjectType;
  readonly content: Uint8Array;
}

interface PackParts {
  readonly files: Files;
  readonly engine: Engine;
  /** Path of the pack file. */
  readonly path: string;
  readonly index: PackIndex;
}

interface Loaded {
  readonly bytes: Uint8Array;
  readonly guard: PackGuard;
  cache: object;
  served: number;
}

export class PackFile {
  readonly path: string;
  readonly index: PackIndex;
  readonly #files: Files;
  readonly #engine: Engine;
  #loaded: Promise<Loaded | null> | undefined;

  constructor({ files, engine, path, index }: PackParts) {
    this.path = path;
    this.index = index;
    this.#files = files;
    this.#engine = engine;
  }

  async exists(): Promise<boolean> {
    return (await this.#files.stat(this.path)) !== null;
  }

  /** Bytes of the pack in memory from now on, or null when the file is gone: another process repacked. */
  async load(): Promise<number | null> {
    this.#loaded ??= this.#load();
    const loaded = await this.#loaded.catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    return loaded === null ? null : loaded.bytes.length;
  }

  /** Forgets the bytes of the pack. */
  unload(): void {
    this.#loaded = undefined;
  }

  /** An object of this pack, or null when the file is gone. Throws `git/too-large`, PackFault and what isomorphic-git throws. */
  async read(oid: Oid, limit: number): Promise<Unpacked | null> {
    await this.load();
    const loaded = await this.#loaded;
    if (loaded === null || loaded === undefined) return null;
    const span = this.index.find(oid, loaded.bytes.length);
    if (span === null) throw new PackFault('its place in the pack is lost');
    const size = await loaded.guard.size(span);
    if (size > limit || size > LIMITS.blobBytes)
      throw gitError('too-large', { oid, size, limit: Math.min(limit, LIMITS.blobBytes) });
    return this.#unpack(oid, loaded);
  }

  async #load(): Promise<Loaded | null> {
    const stat = await this.#files.stat(this.path);
    if (stat !== null && stat.size > PACK_BYTES) throw gitError('unsupported', { what: 'a pack of 2 GiB or more' });
    const bytes = await this.#files.read(this.path);
    if (!(bytes instanceof Uint8Array)) return null;
    return { bytes, guard: new PackGuard(bytes, this.index), cache: {}, served: 0 };
  }

  async #unpack(oid: Oid, loaded: Loaded): Promise<Unpacked> {
    const name = this.path.slice(this.path.lastIndexOf('/') + 1);
    const index = name.replace(/pack$/, 'idx');
    const fs = engineView(this.#engine, {
      packs: [index],
      read: async (path) =>
        path === `objects/pack/${index}` ? this.index.bytes : path === `objects/pack/${name}` ? loaded.bytes : null,
    });
    const found = await this.#engine.readObject({ fs, gitdir: VIEW_ROOT, oid, format: 'content', cache: loaded.cache });
    const content = found.object as Uint8Array;
    loaded.served += content.length;
    if (loaded.served > CACHE_BYTES) Object.assign(loaded, { cache: {}, served: 0 });
    return {
      type: found.type as ObjectType,
      content: new Uint8Array(content.buffer, content.byteOffset, content.length),
    };
  }
}
