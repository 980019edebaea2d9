/** Objects of the isomorphic adapter: loose files and packs, read and written through isomorphic-git, every byte hashed again. */
import { fromUtf8, GatosError, isGatosError, LIMITS, type LongCall } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import { firstParentHistory } from '../first-parent.js';
import { hashObject, identified, isOid } from '../oid.js';
import type { GitObject, NewObject, ObjectFormat, ObjectStore, Oid, ReadLimit } from '../ports.js';
import { loosePath, readLoose } from './loose.js';
import { type NamedObject, type ObjectParts, writeLoose, writePack } from './object-writer.js';
import type { Unpacked } from './pack.js';
import { PackFault } from './pack-index.js';
import { Packs } from './packs.js';
import { readAhead } from './read-ahead.js';

export class IsomorphicObjects implements ObjectStore {
  readonly format: ObjectFormat = 'sha1';
  readonly #packs: Packs;

  constructor(private readonly parts: ObjectParts) {
    this.#packs = new Packs(parts.files, parts.engine, parts.layout.objectDirectories);
  }

  async read(oid: Oid, { maxBytes = LIMITS.blobBytes }: ReadLimit = {}): Promise<GitObject> {
    if (!isOid(oid, 'sha1')) throw gitError('missing-object', { oid });
    const limit = Math.min(maxBytes, LIMITS.blobBytes);
    let damage: GatosError | undefined;
    // Packs as known, and then once more: another process may have packed or unpacked meanwhile
    for (const again of [false, true]) {
      if (again) await this.#packs.refresh();
      for (const copy of [() => this.#unpackLoose(oid, limit), () => this.#unpackPacked(oid, limit)]) {
        try {
          const found = await copy();
          if (found !== null) return { oid, ...found };
        } catch (error) {
          // There may be a sound copy elsewhere
          if (!isGatosError(error, 'git/corrupt-object')) throw error;
          damage ??= error;
        }
      }
    }
    if (damage !== undefined) throw damage;
    this.#packs.checkComplete();
    throw gitError('missing-object', { oid });
  }

  readMany(oids: AsyncIterable<Oid> | Iterable<Oid>, options?: ReadLimit): AsyncGenerator<GitObject, void, undefined> {
    return readAhead(oids, (oid) => this.read(oid, options));
  }

  async has(oids: readonly Oid[]): Promise<readonly boolean[]> {
    const found = await Promise.all(oids.map((oid) => this.#isPresent(oid)));
    if (found.every((present) => present)) return found;
    await this.#packs.refresh();
    const again = await Promise.all(oids.map(async (oid, i) => found[i] === true || this.#isPresent(oid)));
    if (again.includes(false)) this.#packs.checkComplete();
    return again;
  }

  /** One object becomes a loose object, several become a pack: either way they appear all at once or not at all. */
  async write(objects: readonly NewObject[]): Promise<readonly Oid[]> {
    const oids = objects.map((object) => identified('sha1', object).oid);
    const wanted = new Map(oids.map((oid, i) => [oid, { oid, object: objects[i] as NewObject }]));
    const states = await Promise.all(
      [...wanted.values()].map(async (named) => ({ named, state: await this.#state(named) })),
    );
    const inState = (wish: string) => states.flatMap(({ named, state }) => (state === wish ? [named] : []));
    const missing = inState('missing');
    const [only] = missing;
    if (only !== undefined && missing.length === 1) await writeLoose(this.parts, only);
    if (missing.length > 1) {
      const { path, index } = await writePack(this.parts, missing);
      this.#packs.add(path, index);
    }
    // A loose object is looked at first, so it puts every damaged copy in the shade
    for (const named of inState('damaged')) await writeLoose(this.parts, named);
    return oids;
  }

  async *history(
    range: { readonly head: Oid; readonly after?: Oid | undefined },
    options?: LongCall,
  ): AsyncGenerator<GitObject, void, undefined> {
    const bytes = await this.parts.files.read(`${this.parts.layout.common}/shallow`);
    const cut = new Set(bytes instanceof Uint8Array ? fromUtf8(bytes).split('\n') : []);
    const source = { format: this.format, read: (oid: Oid) => this.read(oid), isCut: (oid: Oid) => cut.has(oid) };
    yield* firstParentHistory(source, range, options);
  }

  async close(): Promise<void> {
    this.#packs.clear();
  }

  async #isPresent(oid: Oid): Promise<boolean> {
    if (!isOid(oid, 'sha1')) return false;
    for (const directory of this.parts.layout.objectDirectories)
      if ((await this.parts.files.stat(loosePath(directory, oid))) !== null) return true;
    // The pack may have been removed since we read its index
    return (await this.#packs.find(oid)?.exists()) ?? false;
  }

  /** Packs that came since we last looked are not asked: a second copy does no harm. */
  async #state({ oid, object }: NamedObject): Promise<'missing' | 'sound' | 'damaged'> {
    if (!(await this.#isPresent(oid))) return 'missing';
    // What cannot be read back whole is taken as it is
    if (object.content.length > LIMITS.blobBytes) return 'sound';
    try {
      await this.read(oid, { maxBytes: object.content.length });
      return 'sound';
    } catch (error) {
      if (error instanceof GatosError && error.kind !== 'unavailable') return 'damaged';
      if (isGatosError(error, 'git/missing-object')) return 'missing';
      throw error;
    }
  }

  async #unpackLoose(oid: Oid, limit: number): Promise<Unpacked | null> {
    for (const directory of this.parts.layout.objectDirectories) {
      const found = await checked(oid, () => readLoose(this.parts, { oid, directory, limit }));
      if (found !== null) return found;
    }
    return null;
  }

  async #unpackPacked(oid: Oid, limit: number): Promise<Unpacked | null> {
    const pack = this.#packs.find(oid);
    if (pack === null || !(await this.#packs.hold(pack))) return null;
    return checked(oid, () => pack.read(oid, limit));
  }
}

/** An object whose bytes hash to its id. Faults of ours pass; whatever isomorphic-git throws means that it made no sense of the bytes. */
async function checked(oid: Oid, unpack: () => Promise<Unpacked | null>): Promise<Unpacked | null> {
  let found: Unpacked | null;
  try {
    found = await unpack();
  } catch (error) {
    if (error instanceof GatosError) throw error;
    const why = error instanceof PackFault ? error.message : 'it cannot be unpacked';
    throw gitError('corrupt-object', { oid, why }, { cause: error });
  }
  if (found !== null && hashObject('sha1', found.type, found.content) !== oid)
    throw gitError('corrupt-object', { oid, why: 'its bytes hash to another id' });
  return found;
}
