/** The packs of one object directory, opened when needed, found again after git has repacked. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectFormat, Oid } from '../../src/git/index.js';
import { attempt, isAbsent } from './faults.js';
import { Damage, Foreign } from './inflate.js';
import type { Framed } from './loose-read.js';
import { PackFile } from './pack-file.js';

/** Packs that are kept open at a time: two descriptors each. */
const OPEN_PACKS = 32;

interface Pack {
  readonly name: string;
  open: PackFile | null;
  /** Why its index cannot be used, once that is known. */
  fault: Damage | Foreign | null;
}

export interface Wanted {
  readonly oid: Oid;
  /** The same id, raw. */
  readonly raw: Uint8Array;
  readonly maxBytes: number;
}

export class PackSet {
  readonly #directory: string;
  readonly #format: ObjectFormat;
  /** The one that answered last comes first, as neighbours in history share a pack. */
  #packs: Pack[] | null = null;

  constructor({ objectDir, format }: { objectDir: string; format: ObjectFormat }) {
    this.#directory = join(objectDir, 'pack');
    this.#format = format;
  }

  close(): void {
    for (const pack of this.#packs ?? []) pack.open?.close();
    this.#packs = null;
  }

  /** Looks for packs that came or went. Returns whether any came. */
  rescan(): boolean {
    const names = new Set(attempt({ operation: 'read', path: this.#directory }, () => this.#list()));
    const known = new Set<string>();
    const kept = (this.#packs ?? []).filter((pack) => {
      known.add(pack.name);
      if (names.has(pack.name)) return true;
      pack.open?.close();
      return false;
    });
    const fresh = [...names]
      .filter((name) => !known.has(name))
      .map((name): Pack => ({ name, open: null, fault: null }));
    this.#packs = [...fresh, ...kept];
    return fresh.length > 0;
  }

  #list(): string[] {
    try {
      return readdirSync(this.#directory).flatMap((name) =>
        name.endsWith('.idx') && name.startsWith('pack-') ? [name.slice(0, -4)] : [],
      );
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  /** Is the object in one of the packs? Throws Foreign when a pack that may hold it cannot be searched. */
  has(raw: Uint8Array): boolean {
    return this.#locate(raw, () => true) ?? false;
  }

  /** The pack that holds the object, or null. */
  pathOf(raw: Uint8Array): string | null {
    return this.#locate(raw, (pack) => pack.path);
  }

  /** The object, or null when no pack lists it. Throws Damage when only damaged packs do, Foreign when only git can tell. */
  read(wanted: Wanted): Framed | null {
    return this.#locate(wanted.raw, (pack, offset) => pack.read(offset, wanted));
  }

  /** The first answer of `use` for a pack that lists the object; faults count only when no other pack answers. */
  #locate<T>(raw: Uint8Array, use: (pack: PackFile, offset: number) => T): T | null {
    if (this.#packs === null) this.rescan();
    const packs = this.#packs ?? [];
    let fault: Damage | Foreign | null = null;
    for (let i = 0; i < packs.length; i++) {
      const pack = packs[i] as Pack;
      try {
        const found = this.#use(pack, { raw, use });
        if (found === null) continue;
        if (i > 0) packs.unshift(...packs.splice(i, 1));
        return found;
      } catch (error) {
        if (!(error instanceof Damage || error instanceof Foreign)) throw error;
        // An index that cannot be read may list the object, so "not here" would be a guess.
        fault = error;
      }
    }
    if (fault !== null) throw fault;
    return null;
  }

  #use<T>(pack: Pack, { raw, use }: { raw: Uint8Array; use: (pack: PackFile, offset: number) => T }): T | null {
    const path = join(this.#directory, pack.name);
    return attempt({ operation: 'read', path: `${path}.pack` }, () => {
      try {
        const file = this.#opened(pack, path);
        const offset = file.index.find(raw);
        return offset < 0 ? null : use(file, offset);
      } catch (error) {
        // The pack has gone since the directory was read: a repack has put its objects elsewhere.
        if (isAbsent(error)) return null;
        throw error;
      }
    });
  }

  #opened(pack: Pack, path: string): PackFile {
    if (pack.fault !== null) throw pack.fault;
    if (pack.open !== null) return pack.open;
    this.#closeOldest();
    try {
      pack.open = new PackFile({ base: path, format: this.#format });
    } catch (error) {
      if (error instanceof Damage || error instanceof Foreign) pack.fault = error;
      throw error;
    }
    return pack.open;
  }

  #closeOldest(): void {
    const open = (this.#packs ?? []).filter((pack) => pack.open !== null);
    if (open.length < OPEN_PACKS) return;
    const last = open.at(-1);
    last?.open?.close();
    if (last !== undefined) last.open = null;
  }
}
