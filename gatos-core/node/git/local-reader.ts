/**
 * Reads single objects in this process: loose ones and packs, here and in alternates. It saves a git process where few objects are
 * needed, and is the referee where git only says "missing". Every object is hashed again.
 */
import { utimesSync } from 'node:fs';
import { type GitObject, gitError, type ObjectFormat, OID_BYTES, type Oid, putOid } from '../../src/git/index.js';
import { errnoOf } from './faults.js';
import { hashContent } from './hash.js';
import { Damage, Foreign } from './inflate.js';
import { type Framed, hasLoose, loosePath, readLoose } from './loose-read.js';
import { PackSet } from './pack-set.js';

export class LocalReader {
  readonly #format: ObjectFormat;
  readonly #places: readonly { readonly objectDir: string; readonly packs: PackSet }[];

  constructor({ objectDirs, format }: { objectDirs: readonly string[]; format: ObjectFormat }) {
    this.#format = format;
    this.#places = objectDirs.map((objectDir) => ({ objectDir, packs: new PackSet({ objectDir, format }) }));
  }

  close(): void {
    for (const { packs } of this.#places) packs.close();
  }

  /**
   * The object; null when it is nowhere; `foreign` when only git can tell. Throws `git/corrupt-object` when every copy is
   * damaged, and `git/too-large`.
   */
  read(oid: Oid, maxBytes: number): GitObject | 'foreign' | null {
    const raw = this.#raw(oid);
    const first = this.#readOnce({ oid, raw, maxBytes });
    // Between our look at loose objects and at packs git may have moved the object from one to the other.
    if (first !== null || !this.#rescan()) return first;
    return this.#readOnce({ oid, raw, maxBytes });
  }

  /** Which objects are here; `foreign` where only git can tell. A damaged copy counts: whoever reads it gets to know. */
  has(oids: readonly Oid[]): (boolean | 'foreign')[] {
    const raws = oids.map((oid) => this.#raw(oid));
    const found = oids.map((oid, i) => this.#hasOnce(oid, raws[i] as Uint8Array));
    if (found.every((each) => each === true) || !this.#rescan()) return found;
    return found.map((each, i) => each || this.#hasOnce(oids[i] as Oid, raws[i] as Uint8Array));
  }

  /** Where the bytes of a blob lie in a pack, when nothing has to be put together for it. */
  placeOfBlob(oid: Oid): ReturnType<PackSet['placeOfBlob']> {
    const raw = this.#raw(oid);
    for (const { packs } of this.#places) {
      try {
        const place = packs.placeOfBlob(raw);
        if (place !== null) return place;
      } catch (error) {
        if (!(error instanceof Damage || error instanceof Foreign)) throw error;
      }
    }
    return null;
  }

  /** Marks an object as used just now, as git does: `gc` spares young objects. False when that cannot be done. */
  freshen(oid: Oid): boolean {
    const raw = this.#raw(oid);
    return this.#places.some(({ objectDir, packs }) => {
      const pack = packs.pathOf(raw);
      return touch(loosePath({ objectDir, oid })) || (pack !== null && touch(pack));
    });
  }

  #raw(oid: Oid): Uint8Array {
    const raw = new Uint8Array(OID_BYTES[this.#format]);
    putOid(oid, raw, 0);
    return raw;
  }

  #rescan(): boolean {
    let came = false;
    for (const { packs } of this.#places) came = packs.rescan() || came;
    return came;
  }

  #hasOnce(oid: Oid, raw: Uint8Array): boolean | 'foreign' {
    let foreign = false;
    for (const { objectDir, packs } of this.#places) {
      try {
        if (hasLoose({ objectDir, oid }) || packs.has(raw)) return true;
      } catch (error) {
        if (!(error instanceof Damage || error instanceof Foreign)) throw error;
        foreign = true;
      }
    }
    return foreign ? 'foreign' : false;
  }

  #readOnce(wanted: { oid: Oid; raw: Uint8Array; maxBytes: number }): GitObject | 'foreign' | null {
    let damage: Damage | null = null;
    let foreign = false;
    for (const { objectDir, packs } of this.#places) {
      for (const source of [() => readLoose({ objectDir, ...wanted }), () => packs.read(wanted)]) {
        try {
          const found = source();
          if (found !== null) return this.#checked(wanted.oid, found);
        } catch (error) {
          if (error instanceof Foreign) foreign = true;
          else if (error instanceof Damage) damage = error;
          else throw error;
        }
      }
    }
    if (foreign) return 'foreign';
    if (damage !== null) throw gitError('corrupt-object', { oid: wanted.oid, why: damage.why }, { cause: damage });
    return null;
  }

  #checked(oid: Oid, { type, content }: Framed): GitObject {
    const actual = hashContent(this.#format, type, content);
    if (actual !== oid) throw new Damage(`its bytes hash to ${actual}`);
    // Whoever reads an object gets a plain array of bytes: a Buffer slices differently.
    return { oid, type, content: new Uint8Array(content.buffer, content.byteOffset, content.length) };
  }
}

function touch(path: string): boolean {
  try {
    utimesSync(path, Date.now() / 1000, Date.now() / 1000);
    return true;
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return false;
  }
}
