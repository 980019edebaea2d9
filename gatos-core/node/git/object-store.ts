/** `ObjectStore` on a git repository: few objects without git, many through one `git cat-file`, written as loose files or as a pack. */
import {
  type BlobDigest,
  type GitObject,
  gitError,
  isOid,
  type NewObject,
  type ObjectFormat,
  type ObjectStore,
  type Oid,
  type ReadLimit,
} from '../../src/git/index.js';
import { GatosError, isGatosError, LIMITS, type LongCall } from '../../src/kernel/index.js';
import { CatFile } from './cat-file.js';
import { digestPlaces } from './digest-blobs.js';
import type { Layout } from './discover.js';
import { history, type Range } from './history.js';
import { LocalReader } from './local-reader.js';
import { writeLoose } from './loose-write.js';
import { type Identified, identify, type WriteContext } from './new-object.js';
import { writePacks } from './pack-write.js';
import type { OidSource, Oids } from './requests.js';

/** Objects that a call reads without git: about what starting git costs. */
const WITHOUT_GIT = 128;
/**
 * Up to here objects are written as files of their own, above as a pack. An append (three objects), and the end of a job (nine and its
 * outputs), leave no pack behind, so packs do not pile up; the time of loose files grows with their number (a flush for each file and each directory), that of a pack hardly.
 * Whatever the mix, `git gc` puts it into one pack, and readers stay fast with hundreds of small ones.
 */
const MOST_LOOSE_OBJECTS = 16;
const MOST_LOOSE_BYTES = 8 * 1024 * 1024;
/** In a larger write nobody looks whether an object exists: that costs more than writing it again. */
const MOST_LOOKED_UP = 1024;

export class NativeObjectStore implements ObjectStore {
  readonly format: ObjectFormat;
  readonly #layout: Layout;
  readonly #context: WriteContext;
  readonly #local: LocalReader;
  readonly #catFile: CatFile;

  constructor({ layout, context }: { layout: Layout; context: WriteContext }) {
    this.format = layout.format;
    this.#layout = layout;
    this.#context = context;
    this.#local = new LocalReader(layout);
    this.#catFile = new CatFile(layout);
  }

  async close(): Promise<void> {
    this.#local.close();
    this.#catFile.close();
  }

  async read(oid: Oid, options: ReadLimit = {}): Promise<GitObject> {
    const maxBytes = options.maxBytes ?? LIMITS.blobBytes;
    const found = this.#readLocal(oid, maxBytes);
    if (found !== 'foreign') return found;
    for await (const batch of this.#throughGit([oid], maxBytes)) for (const object of batch) return object;
    throw gitError('missing-object', { oid });
  }

  async *readMany(oids: Oids, options: ReadLimit = {}): AsyncGenerator<GitObject, void, void> {
    for await (const batch of this.readBatches(oids, options)) yield* batch;
  }

  /**
   * As `readMany`, in batches of whatever has arrived: for bulk work, where a promise for each object would cost more than the
   * object. Contents may be views of one larger buffer, so whoever keeps a few of many objects copies them.
   */
  async *readBatches(oids: Oids, options: ReadLimit = {}): AsyncGenerator<readonly GitObject[], void, void> {
    const maxBytes = options.maxBytes ?? LIMITS.blobBytes;
    if (Array.isArray(oids) && oids.length > WITHOUT_GIT) {
      yield* this.#throughGit(oids, maxBytes);
      return;
    }
    const isSync = Symbol.iterator in oids;
    const source = isSync ? oids[Symbol.iterator]() : oids[Symbol.asyncIterator]();
    const first: Oid[] = [];
    try {
      for (let count = 0; count < WITHOUT_GIT; count++) {
        const next = await source.next();
        if (next.done) return;
        const found = this.#readLocal(next.value, maxBytes);
        if (found === 'foreign') {
          first.push(next.value);
          break;
        }
        yield [found];
      }
      yield* this.#throughGit(rest(first, source, isSync), maxBytes);
    } finally {
      await source.return?.();
    }
  }

  async digestBlobs(oids: readonly Oid[]): Promise<readonly (BlobDigest | null)[]> {
    const valid = oids.map((oid) => (isOid(oid, this.format) ? this.#local.placeOfBlob(oid) : null));
    const places = valid.flatMap((place) => place ?? []);
    const digests = await digestPlaces(places);
    const found = new Map(places.map((place, i) => [place, digests[i] ?? null]));
    return valid.map((place) => {
      const sha256 = place === null ? null : (found.get(place) ?? null);
      return place === null || sha256 === null ? null : { size: place.length, sha256 };
    });
  }

  async has(oids: readonly Oid[]): Promise<readonly boolean[]> {
    const valid = oids.filter((oid) => isOid(oid, this.format));
    const found = new Map(this.#local.has(valid).map((each, i) => [valid[i], each]));
    const out: boolean[] = [];
    for (const oid of oids) {
      const here = found.get(oid) ?? false;
      out.push(here === 'foreign' ? await this.#gitHas(oid) : here);
    }
    return out;
  }

  async write(objects: readonly NewObject[]): Promise<readonly Oid[]> {
    const { oids, unique } = identify(objects, this.format);
    const fresh = unique.length > MOST_LOOKED_UP ? unique : this.#absent(unique);
    if (fresh.length === 0) return oids;
    const bytes = fresh.reduce((sum, { content }) => sum + content.length, 0);
    const loose = fresh.length <= MOST_LOOSE_OBJECTS && bytes <= MOST_LOOSE_BYTES;
    await (loose ? writeLoose(fresh, this.#context) : writePacks(fresh, this.#context));
    return oids;
  }

  async *history(range: Range, options: LongCall = {}): AsyncGenerator<GitObject, void, void> {
    for await (const batch of this.historyBatches(range, options)) yield* batch;
  }

  /** As `history`, in batches: for bulk work. */
  async *historyBatches(range: Range, options: LongCall = {}): AsyncGenerator<readonly GitObject[], void, void> {
    const maxBytes = LIMITS.blobBytes;
    const sources = {
      layout: this.#layout,
      readLocal: (oid: Oid) => this.#readLocal(oid, maxBytes),
      readBatches: (oids: AsyncIterable<readonly Oid[]>) => this.#throughGit(oids, maxBytes),
    };
    yield* history(range, sources, options);
  }

  #readLocal(oid: Oid, maxBytes: number): GitObject | 'foreign' {
    const found = isOid(oid, this.format) ? this.#local.read(oid, maxBytes) : null;
    if (found === null) throw gitError('missing-object', { oid });
    return found;
  }

  #throughGit(oids: OidSource, maxBytes: number): AsyncGenerator<GitObject[], void, void> {
    return this.#catFile.read(oids, { maxBytes, referee: (oid) => this.#readLocal(oid, maxBytes) });
  }

  async #gitHas(oid: Oid): Promise<boolean> {
    try {
      await this.read(oid, { maxBytes: 0 });
      return true;
    } catch (error) {
      if (isGatosError(error, 'git/missing-object')) return false;
      if (isGatosError(error, 'git/too-large')) return true;
      throw error;
    }
  }

  #absent(objects: readonly Identified[]): readonly Identified[] {
    const here = this.#local.has(objects.map(({ oid }) => oid));
    return objects.filter((object, i) => here[i] !== true || !this.#isWhole(object));
  }

  /** Is the stored copy whole? Then it is marked as in use, so that a `gc` that runs now does not prune it. */
  #isWhole({ oid, content }: Identified): boolean {
    try {
      if (this.#readLocal(oid, content.length) === 'foreign') return false;
    } catch (error) {
      // A damaged copy is replaced: that is what writing the object is for.
      if (error instanceof GatosError && error.kind !== 'unavailable') return false;
      throw error;
    }
    return this.#local.freshen(oid);
  }
}

/** A value that was taken too early, and what is left after it. */
function rest(first: readonly Oid[], source: Iterator<Oid> | AsyncIterator<Oid>, isSync: boolean): Oids {
  return isSync ? restOf(first, source as Iterator<Oid>) : restLater(first, source as AsyncIterator<Oid>);
}

function* restOf(first: readonly Oid[], source: Iterator<Oid>): Generator<Oid, void, void> {
  yield* first;
  for (let next = source.next(); !next.done; next = source.next()) yield next.value;
}

async function* restLater(first: readonly Oid[], source: AsyncIterator<Oid>): AsyncGenerator<Oid, void, void> {
  yield* first;
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}
