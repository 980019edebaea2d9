/**
 * All packs of a repository. Where an object lies is known from our own look-up table, so that finding one costs the same
 * whether there is one pack or there are thousands of small ones.
 */
import { gitError } from '../errors.js';
import type { Oid } from '../ports.js';
import type { Files } from './files.js';
import { PackFile } from './pack.js';
import { PackFault, PackIndex } from './pack-index.js';
import type { Engine } from './view.js';

/** Packs with more objects than this are searched one by one; the rest share a table. */
const SMALL_PACK = 4096;
/** Bytes of packs that stay in memory, besides the one in use. */
const HELD_BYTES = 256 * 1024 * 1024;

export class Packs {
  readonly #packs = new Map<string, PackFile>();
  readonly #small = new Map<Oid, PackFile>();
  readonly #large = new Set<PackFile>();
  /** Index files that could not be understood, with the reason. */
  readonly #damaged = new Map<string, string>();
  /** Loaded packs, the one used last at the end. */
  readonly #held = new Map<PackFile, number>();
  #heldBytes = 0;
  /** Does the table name packs that are gone? */
  #stale = false;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(
    private readonly files: Files,
    private readonly engine: Engine,
    private readonly directories: readonly string[],
  ) {}

  /** The pack that holds an object, as far as is known; `refresh` learns of packs that came later. */
  find(oid: Oid): PackFile | null {
    const small = this.#small.get(oid);
    if (small !== undefined) return small;
    for (const pack of this.#large) if (pack.index.has(oid)) return pack;
    return null;
  }

  /** Enters a pack of this path, from the bytes of its index. */
  add(path: string, indexBytes: Uint8Array): void {
    const index = this.#parse(indexBytes, path);
    if (index === null) return;
    const pack = new PackFile({ files: this.files, engine: this.engine, path, index });
    this.#packs.set(path, pack);
    this.#enter(pack);
  }

  /** Looks at the directories again. Calls run one after the other, each with a look of its own. */
  refresh(): Promise<void> {
    const run = this.#refreshing.then(() => this.#refresh());
    this.#refreshing = run.catch(() => undefined);
    return run;
  }

  /** Throws `git/corrupt-object` when an index could not be read, and so nothing can be said to be absent. */
  checkComplete(): void {
    for (const [path, why] of this.#damaged) throw gitError('corrupt-object', { oid: path, why: `pack index: ${why}` });
  }

  /** Loads a pack and lets go of others that were not used for long. False when the file is gone. */
  async hold(pack: PackFile): Promise<boolean> {
    const bytes = await pack.load();
    if (bytes === null) {
      this.#forget(pack);
      return false;
    }
    this.#heldBytes += bytes - (this.#held.get(pack) ?? 0);
    this.#held.delete(pack);
    this.#held.set(pack, bytes);
    for (const other of this.#held.keys()) {
      if (this.#heldBytes <= HELD_BYTES || other === pack) break;
      this.#drop(other);
    }
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    for (const pack of this.#packs.values()) this.#drop(pack);
    for (const collection of [this.#packs, this.#small, this.#large, this.#damaged]) collection.clear();
  }

  async #refresh(): Promise<void> {
    const present = new Set<string>();
    this.#damaged.clear();
    for (const directory of this.directories) {
      for (const name of await this.files.list(`${directory}/pack`)) {
        if (!/^pack-.+\.idx$/.test(name)) continue;
        const path = `${directory}/pack/${name.replace(/idx$/, 'pack')}`;
        present.add(path);
        if (this.#packs.has(path)) continue;
        const bytes = await this.files.read(`${directory}/pack/${name}`);
        if (bytes instanceof Uint8Array) this.add(path, bytes);
      }
    }
    for (const [path, pack] of this.#packs) if (!present.has(path)) this.#forget(pack);
    if (!this.#stale) return;
    // An object may lie in several packs and the table names one of them
    this.#small.clear();
    for (const pack of this.#packs.values()) this.#enter(pack);
    this.#stale = false;
  }

  #enter(pack: PackFile): void {
    if (pack.index.count > SMALL_PACK) this.#large.add(pack);
    else for (const oid of pack.index.oids()) this.#small.set(oid, pack);
  }

  #parse(bytes: Uint8Array, path: string): PackIndex | null {
    try {
      return new PackIndex(bytes);
    } catch (error) {
      if (!(error instanceof PackFault)) throw error;
      this.#damaged.set(path, error.message);
      return null;
    }
  }

  #forget(pack: PackFile): void {
    this.#drop(pack);
    this.#packs.delete(pack.path);
    this.#large.delete(pack);
    this.#stale = true;
  }

  #drop(pack: PackFile): void {
    pack.unload();
    this.#heldBytes -= this.#held.get(pack) ?? 0;
    this.#held.delete(pack);
  }
}
