/** The packs of one object directory, opened when needed, found again after git has repacked. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectFormat, Oid } from '../../src/git/index.js';
import { attempt, isAbsent } from './faults.js';
import { Damage, Foreign } from './inflate.js';
import type { Framed } from './loose-read.js';
import { PackFile } from './pack-file.js';

/** Packs whose files are open at a time: at most two descriptors each. */
const OPEN_PACKS = 32;

/** Nanoseconds after which another change would have given a directory another time stamp, on any file system. */
const SETTLED_AFTER = 3_000_000_000n;

interface Pack {
  readonly name: string;
  file: PackFile | null;
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
  /** When the directory changed last, as of the last look, and whether that was long enough before. */
  #scanned: { readonly changed: bigint; readonly settled: boolean } | null = null;
  /** Those with open files, the one used last first. */
  #open: PackFile[] = [];

  constructor({ objectDir, format }: { objectDir: string; format: ObjectFormat }) {
    this.#directory = join(objectDir, 'pack');
    this.#format = format;
  }

  close(): void {
    for (const pack of this.#packs ?? []) pack.file?.release();
    this.#packs = null;
    this.#open = [];
  }

  /** Looks for packs that came or went. Returns whether any came. */
  rescan(): boolean {
    if (this.#packs !== null && !this.#mayHaveChanged()) return false;
    const names = new Set(attempt({ operation: 'read', path: this.#directory }, () => this.#list()));
    const known = new Set<string>();
    const kept = (this.#packs ?? []).filter((pack) => {
      known.add(pack.name);
      if (names.has(pack.name)) return true;
      pack.file?.release();
      return false;
    });
    const fresh = [...names]
      .filter((name) => !known.has(name))
      .map((name): Pack => ({ name, file: null, fault: null }));
    this.#packs = [...fresh, ...kept];
    return fresh.length > 0;
  }

  /** Reading a directory of many packs takes its time, so it is left when its time stamp says so beyond doubt. */
  #mayHaveChanged(): boolean {
    const path = this.#directory;
    const changed =
      attempt({ operation: 'read', path }, () => statSync(path, { bigint: true, throwIfNoEntry: false }))?.mtimeNs ??
      0n;
    const settled = this.#scanned !== null && this.#scanned.changed === changed && this.#scanned.settled;
    const age = BigInt(Date.now()) * 1_000_000n - changed;
    this.#scanned = { changed, settled: age > SETTLED_AFTER };
    return !settled;
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

  /** As `PackFile.placeOfBlob`; null too when no pack lists it. */
  placeOfBlob(raw: Uint8Array): ReturnType<PackFile['placeOfBlob']> {
    return this.#locate(raw, (pack, offset) => pack.placeOfBlob(offset));
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
        const file = this.#fileOf(pack, path);
        const offset = file.index.find(raw);
        const found = offset < 0 ? null : use(file, offset);
        if (file.hasDescriptors) this.#used(file);
        return found;
      } catch (error) {
        // The pack has gone since the directory was read: a repack has put its objects elsewhere.
        if (isAbsent(error)) return null;
        throw error;
      }
    });
  }

  #fileOf(pack: Pack, path: string): PackFile {
    if (pack.fault !== null) throw pack.fault;
    try {
      pack.file ??= new PackFile({ base: path, format: this.#format });
    } catch (error) {
      if (error instanceof Damage || error instanceof Foreign) pack.fault = error;
      throw error;
    }
    return pack.file;
  }

  #used(file: PackFile): void {
    if (this.#open[0] === file) return;
    this.#open = [file, ...this.#open.filter((each) => each !== file && each.hasDescriptors)];
    if (this.#open.length > OPEN_PACKS) this.#open.pop()?.release();
  }
}
