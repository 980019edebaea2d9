/**
 * Refs of the isomorphic adapter: loose files over `packed-refs`, read and written by the rules that git itself follows.
 * Writing is in `ref-transaction.ts`.
 */
import { bytesEqual, compareText, fromUtf8, isGatosError } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import { isOid } from '../oid.js';
import type { ListRefs, Oid, RefEdit, RefStore } from '../ports.js';
import { checkReadableRefName, checkRefPrefix, refNameFault } from '../ref-name.js';
import { type PackedRefs, packedBelow, parsePackedRefs } from './packed-refs.js';
import { RefTransaction } from './ref-transaction.js';
import type { RefParts, RefView } from './ref-view.js';

/** git follows this many symbolic refs (SYMREF_MAXDEPTH). */
const SYMBOLIC_DEPTH = 5;
/** Refs that each worktree has for itself. Source: gitrepository-layout(5), "refs". */
const OWN_PREFIXES = ['refs/bisect/', 'refs/rewritten/', 'refs/worktree/'];

export type RawRef =
  | { readonly kind: 'direct'; readonly oid: Oid }
  | { readonly kind: 'symbolic'; readonly target: string };

export class IsomorphicRefs implements RefStore, RefView {
  #lastPacked: { readonly bytes: Uint8Array; readonly refs: PackedRefs } | undefined;
  /** Transactions of this object queue here, so that they do not fight over lock files. */
  #turn: Promise<unknown> = Promise.resolve();
  constructor(private readonly parts: RefParts) {}

  async read(name: string): Promise<Oid | null> {
    checkReadableRefName(name);
    const { oid } = await this.resolve(name);
    return oid;
  }

  async list(
    prefix: string,
    { onDamaged }: ListRefs = {},
  ): Promise<readonly { readonly name: string; readonly oid: Oid }[]> {
    checkRefPrefix(prefix);
    if (!prefix.endsWith('/')) {
      const oid = await orDamaged(onDamaged, () => this.read(prefix));
      return oid === null ? [] : [{ name: prefix, oid }];
    }
    const found = new Map<string, Oid | null>();
    for (const name of await this.#looseBelow(prefix)) {
      const oid = await orDamaged(onDamaged, () => this.#listed(name));
      if (oid !== undefined) found.set(name, oid);
    }
    // Last, so that a ref which git packs meanwhile is seen in one place at least
    const packed = await this.packed();
    for (const name of packedBelow(packed, prefix))
      if (!found.has(name)) found.set(name, packed.get(name)?.oid ?? null);
    return [...found]
      .flatMap(([name, oid]) => (oid === null ? [] : [{ name, oid }]))
      .sort((a, b) => compareText(a.name, b.name));
  }

  /** What a loose ref points at; undefined when it has gone. */
  async #listed(name: string): Promise<Oid | null | undefined> {
    const raw = await this.#loose(name);
    if (raw === null) return undefined;
    return raw.kind === 'direct' ? raw.oid : (await this.resolve(name)).oid;
  }

  transaction(edits: readonly RefEdit[]): Promise<void> {
    const run = this.#turn.then(() => new RefTransaction(this.parts, this).run(edits));
    this.#turn = run.catch(() => undefined);
    return run;
  }

  /** Follows symbolic refs: the name that holds, or would hold, the id. Throws `git/corrupt-ref` when they do not end. */
  async resolve(name: string): Promise<{ readonly name: string; readonly oid: Oid | null }> {
    let at = name;
    for (let depth = 0; depth <= SYMBOLIC_DEPTH; depth++) {
      const raw = await this.raw(at);
      if (raw?.kind !== 'symbolic') return { name: at, oid: raw?.oid ?? null };
      at = raw.target;
    }
    throw gitError('corrupt-ref', { ref: name, why: 'symbolic refs do not end' });
  }

  /** What is stored under exactly this name. A loose file hides a packed line. */
  async raw(name: string): Promise<RawRef | null> {
    const loose = await this.#loose(name);
    if (loose !== null) return loose;
    // In this order: git writes packed-refs first and removes the loose file then
    const packed = (await this.packed()).get(name);
    return packed === undefined ? null : { kind: 'direct', oid: packed.oid };
  }

  /** Is there a ref below this one? */
  async hasBelow(name: string): Promise<boolean> {
    if ((await this.#looseBelow(`${name}/`)).length > 0) return true;
    return packedBelow(await this.packed(), `${name}/`).next().done !== true;
  }

  async packed(): Promise<PackedRefs> {
    const bytes = await this.parts.files.read(`${this.parts.layout.common}/packed-refs`);
    if (bytes === 'directory') throw gitError('corrupt-ref', { ref: 'packed-refs', why: 'it is a directory' });
    if (bytes === null) return new Map();
    if (this.#lastPacked === undefined || !bytesEqual(this.#lastPacked.bytes, bytes))
      this.#lastPacked = { bytes, refs: parsePackedRefs(bytes) };
    return this.#lastPacked.refs;
  }

  /** The file of a ref. */
  pathOf(name: string): string {
    const { gitdir, common } = this.parts.layout;
    return `${isOwn(name) ? gitdir : common}/${name}`;
  }

  async #loose(name: string): Promise<RawRef | null> {
    const bytes = await this.parts.files.read(this.pathOf(name));
    return bytes instanceof Uint8Array ? parseLoose(name, bytes) : null;
  }

  /** Names of loose refs below a prefix that ends in `/`, symbolic and damaged ones included. */
  async #looseBelow(prefix: string): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const root of new Set([this.parts.layout.common, this.parts.layout.gitdir]))
      await this.#walk(root, prefix.slice(0, -1), names);
    return [...names];
  }

  async #walk(root: string, directory: string, names: Set<string>): Promise<void> {
    for (const entry of await this.parts.files.list(`${root}/${directory}`)) {
      const name = `${directory}/${entry}`;
      if (refNameFault(name) !== null) continue;
      const stat = await this.parts.files.stat(`${root}/${name}`);
      if (stat?.isDirectory()) await this.#walk(root, name, names);
      // A shared ref in a worktree's own directory, or the other way round, is none
      else if (stat !== null && this.pathOf(name) === `${root}/${name}`) names.add(name);
    }
  }
}

async function orDamaged<T>(onDamaged: ListRefs['onDamaged'], read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (onDamaged === undefined || !isGatosError(error, 'git/corrupt-ref')) throw error;
    onDamaged(error);
    return null;
  }
}

function isOwn(name: string): boolean {
  return !name.startsWith('refs/') || OWN_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function parseLoose(name: string, bytes: Uint8Array): RawRef {
  const fail = (why: string, cause?: unknown) => gitError('corrupt-ref', { ref: name, why }, { cause });
  let text: string;
  try {
    text = fromUtf8(bytes).trimEnd();
  } catch (error) {
    throw fail('its file is not text', error);
  }
  const [, target] = /^ref:\s*(\S.*)$/.exec(text) ?? [];
  if (target !== undefined) {
    if (refNameFault(target) !== null) throw fail('it points at something that cannot be a ref');
    return { kind: 'symbolic', target };
  }
  if (!isOid(text, 'sha1')) throw fail(text === '' ? 'its file is empty' : 'its file holds no object id');
  return { kind: 'direct', oid: text };
}
