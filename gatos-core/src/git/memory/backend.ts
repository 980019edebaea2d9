/**
 * Git in memory: a complete object and ref store without a disk, for browser runs, tests and the simulator. Every call does its
 * work in one synchronous step, so two clients of one backend interleave only between calls.
 */
import { bytesEqual, compareText, LIMITS, type LongCall } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import { firstParentHistory } from '../first-parent.js';
import { hashObject, identified, isOid } from '../oid.js';
import type {
  GitBackend,
  GitObject,
  NewObject,
  ObjectFormat,
  ObjectStore,
  Oid,
  ReadLimit,
  RefEdit,
  RefStore,
} from '../ports.js';
import { checkReadableRefName, checkRefName, checkRefPrefix, prefixTest } from '../ref-name.js';

export interface MemoryBackendOptions {
  /** Default: `sha1`. */
  readonly format?: ObjectFormat;
}

/** An empty repository in memory. It holds what it is given until the last reference to it is gone. */
export function memoryBackend({ format = 'sha1' }: MemoryBackendOptions = {}): GitBackend {
  const objects = new MemoryObjects(format);
  return { objects, refs: new MemoryRefs(objects) };
}

class MemoryObjects implements ObjectStore {
  readonly #objects = new Map<Oid, GitObject>();
  constructor(readonly format: ObjectFormat) {}

  holds(oid: Oid): boolean {
    return this.#objects.has(oid);
  }

  async read(oid: Oid, { maxBytes = LIMITS.blobBytes }: ReadLimit = {}): Promise<GitObject> {
    const object = this.#objects.get(oid);
    if (object === undefined) throw gitError('missing-object', { oid });
    const size = object.content.length;
    if (size > maxBytes) throw gitError('too-large', { oid, size, limit: maxBytes });
    // The content is handed out without a copy: this finds a caller that changed it.
    if (hashObject(this.format, object.type, object.content) !== oid)
      throw gitError('corrupt-object', { oid, why: 'its bytes hash to another id' });
    return object;
  }

  async *readMany(
    oids: AsyncIterable<Oid> | Iterable<Oid>,
    options?: ReadLimit,
  ): AsyncGenerator<GitObject, void, undefined> {
    for await (const oid of oids) yield await this.read(oid, options);
  }

  async has(oids: readonly Oid[]): Promise<readonly boolean[]> {
    return oids.map((oid) => this.#objects.has(oid));
  }

  async write(objects: readonly NewObject[]): Promise<readonly Oid[]> {
    return objects.map((object) => {
      const { type, content, oid } = identified(this.format, object);
      const known = this.#objects.get(oid);
      if (known === undefined || !bytesEqual(known.content, content))
        this.#objects.set(oid, { oid, type, content: content.slice() });
      return oid;
    });
  }

  history(
    range: { readonly head: Oid; readonly after?: Oid | undefined },
    options?: LongCall,
  ): AsyncGenerator<GitObject, void, undefined> {
    const source = { format: this.format, read: (oid: Oid) => this.read(oid), isCut: () => false };
    return firstParentHistory(source, range, options);
  }

  async close(): Promise<void> {}
}

class MemoryRefs implements RefStore {
  readonly #refs = new Map<string, Oid>();
  /** How many refs live below each directory, such as `refs/gatos`. */
  readonly #directories = new Map<string, number>();
  constructor(private readonly objects: MemoryObjects) {}

  async read(name: string): Promise<Oid | null> {
    checkReadableRefName(name);
    return this.#refs.get(name) ?? null;
  }

  async list(prefix: string): Promise<readonly { readonly name: string; readonly oid: Oid }[]> {
    checkRefPrefix(prefix);
    const found: { name: string; oid: Oid }[] = [];
    const isBelow = prefixTest(prefix);
    for (const [name, oid] of this.#refs) if (isBelow(name)) found.push({ name, oid });
    return found.sort((a, b) => compareText(a.name, b.name));
  }

  async transaction(edits: readonly RefEdit[]): Promise<void> {
    const names = new Set<string>();
    const created = new Set<string>();
    for (const edit of edits) this.#check(edit, { names, created });
    for (const { name } of edits) this.#checkRoom(name, created);
    for (const { name, next } of edits) this.#set(name, next);
  }

  #check({ name, expected, next }: RefEdit, seen: { names: Set<string>; created: Set<string> }): void {
    checkRefName(name);
    if (seen.names.has(name)) throw gitError('ref-name', { ref: name, why: 'it is edited twice in one transaction' });
    seen.names.add(name);
    const found = this.#refs.get(name) ?? null;
    if (found !== expected) throw gitError('ref-moved', { ref: name, expected, found });
    if (next === null) return;
    if (!isOid(next, this.objects.format) || !this.objects.holds(next)) throw gitError('missing-object', { oid: next });
    if (found === null) seen.created.add(name);
  }

  /** A ref cannot be a directory of refs as well: git keeps loose refs as files. */
  #checkRoom(name: string, created: ReadonlySet<string>): void {
    if (!created.has(name)) return;
    if (this.#directories.has(name)) throw gitError('ref-name', { ref: name, why: 'there are refs below it' });
    for (const directory of directoriesOf(name)) {
      if (this.#refs.has(directory) || created.has(directory))
        throw gitError('ref-name', { ref: name, why: `\`${directory}\` is a ref` });
    }
  }

  #set(name: string, next: Oid | null): void {
    const before = this.#refs.has(name) ? 1 : 0;
    if (next === null) this.#refs.delete(name);
    else this.#refs.set(name, next);
    const change = (next === null ? 0 : 1) - before;
    if (change === 0) return;
    for (const directory of directoriesOf(name)) {
      const count = (this.#directories.get(directory) ?? 0) + change;
      if (count === 0) this.#directories.delete(directory);
      else this.#directories.set(directory, count);
    }
  }
}

/** `refs/a/b` lies in `refs/a` and `refs`. */
function directoriesOf(name: string): string[] {
  const directories: string[] = [];
  for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1))
    directories.push(name.slice(0, slash));
  return directories;
}
