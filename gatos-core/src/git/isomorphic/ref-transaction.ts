/**
 * One atomic change of refs. Every ref is locked, then compared, then changed:
 *
 * - one ref is changed by renaming its lock file onto it, as git does;
 * - several refs, and deletions of packed refs, change together in one rename of `packed-refs`: first the file receives the
 *   present values, then the loose files go (which changes nothing), then one rename brings all new values. So even a crash
 *   between two steps leaves either all edits or none.
 */
import { compareText, EMPTY_BYTES, utf8 } from '../../kernel/index.js';
import { gitError } from '../errors.js';
import { isOid } from '../oid.js';
import type { Oid, RefEdit } from '../ports.js';
import { checkRefName } from '../ref-name.js';
import { parentOf } from './files.js';
import { Locks } from './locks.js';
import { formatPackedRefs, type PackedRef, type PackedRefs } from './packed-refs.js';
import type { RefParts, RefView } from './ref-view.js';

/** An edit whose ref is locked and holds what was expected. */
interface Held {
  readonly name: string;
  readonly path: string;
  readonly found: Oid | null;
  readonly next: Oid | null;
}

const RENAME_ATTEMPTS = 8;

export class RefTransaction {
  readonly #locks: Locks;
  constructor(
    private readonly parts: RefParts,
    private readonly refs: RefView,
  ) {
    this.#locks = new Locks(parts);
  }

  async run(edits: readonly RefEdit[]): Promise<void> {
    const sorted = [...edits].sort((a, b) => compareText(a.name, b.name));
    await this.#checkEdits(sorted);
    try {
      const held: Held[] = [];
      // Always in the order of names: two transactions can then not hold what the other waits for
      for (const edit of sorted) held.push(await this.#hold(edit, sorted.length === 1));
      await this.#checkRoom(held);
      await this.#apply(held.filter(({ found, next }) => found !== next));
    } finally {
      await this.#locks.release();
    }
    // The refs are as they should be; what cannot be tidied up does not make that a failure
    for (const { name, next } of sorted) if (next === null) await this.#tidy(name).catch(() => undefined);
  }

  async #checkEdits(edits: readonly RefEdit[]): Promise<void> {
    for (const [i, { name }] of edits.entries()) {
      checkRefName(name);
      if (name === edits[i - 1]?.name)
        throw gitError('ref-name', { ref: name, why: 'it is edited twice in one transaction' });
    }
    // An early look: whoever lost the race need not wait for the lock first
    for (const { name, expected } of edits) {
      const { oid: found } = await this.refs.resolve(name);
      if (found !== expected) throw gitError('ref-moved', { ref: name, expected, found });
    }
    const nexts = edits.flatMap(({ next }) => (next === null ? [] : [next]));
    const present = nexts.length === 0 ? [] : await this.parts.has(nexts);
    for (const [i, oid] of nexts.entries()) {
      if (!isOid(oid, 'sha1') || present[i] !== true) throw gitError('missing-object', { oid });
    }
  }

  /** Locks the ref that an edit changes, which is another one when the name is symbolic, and compares. */
  async #hold({ name, expected, next }: RefEdit, alone: boolean): Promise<Held> {
    const target = (await this.refs.resolve(name)).name;
    const path = this.refs.pathOf(target);
    const direct = alone && next !== null;
    const taken = await this.#locks.take(path, {
      ref: name,
      data: direct ? utf8(`${next}\n`) : EMPTY_BYTES,
      flush: direct && this.parts.layout.flush.reference,
    });
    const now = taken ? await this.refs.resolve(name) : { name: target, oid: null };
    if (now.oid !== expected) throw gitError('ref-moved', { ref: name, expected, found: now.oid });
    if (now.name !== target) throw gitError('ref-locked', { ref: name, lock: `${this.refs.pathOf(now.name)}.lock` });
    if (!taken) throw gitError('ref-name', { ref: name, why: 'a ref stands where its directory belongs' });
    return { name: target, path, found: now.oid, next };
  }

  /** A ref cannot be a directory of refs as well, even while it is only packed. */
  async #checkRoom(held: readonly Held[]): Promise<void> {
    const created = held.filter(({ found, next }) => found === null && next !== null);
    const names = new Set(created.map(({ name }) => name));
    const packed = created.length === 0 ? new Map() : await this.refs.packed();
    for (const { name } of created) {
      // A loose ref above would have kept us from making the lock file
      for (let up = parentOf(name); up !== 'refs'; up = parentOf(up)) {
        if (names.has(up) || packed.has(up)) throw gitError('ref-name', { ref: name, why: `\`${up}\` is a ref` });
      }
      if (await this.refs.hasBelow(name)) throw gitError('ref-name', { ref: name, why: 'there are refs below it' });
    }
  }

  async #apply(held: readonly Held[]): Promise<void> {
    const [only] = held;
    if (only === undefined) return;
    if (held.length > 1) return this.#applyPacked(held);
    if (only.next === null) {
      // With no packed line behind it the loose file is all there is of the ref
      return (await this.refs.packed()).has(only.name) ? this.#applyPacked(held) : this.#removeLoose(held);
    }
    await this.#makeWay(only);
    await this.#locks.commit(only.path, { flush: this.parts.layout.flush.reference });
  }

  async #applyPacked(held: readonly Held[]): Promise<void> {
    const path = `${this.parts.layout.common}/packed-refs`;
    await this.#locks.take(path, { ref: 'packed-refs', data: EMPTY_BYTES, flush: false });
    const packed = await this.refs.packed();
    const before = withRefs(packed, held, ({ found }) => found);
    if (before !== packed) await this.#writePacked(path, before);
    await this.#removeLoose(held);
    await this.#writePacked(
      path,
      withRefs(before, held, ({ next }) => next),
    );
  }

  async #writePacked(path: string, refs: PackedRefs): Promise<void> {
    const flush = this.parts.layout.flush.reference;
    await this.parts.files.overwrite(`${path}.new`, formatPackedRefs(refs), { flush });
    try {
      await this.parts.files.rename(`${path}.new`, path, { flush });
    } catch (error) {
      await this.parts.files.remove(`${path}.new`, { flush: false });
      throw error;
    }
  }

  async #removeLoose(held: readonly Held[]): Promise<void> {
    for (const { path } of held) {
      const stat = await this.parts.files.stat(path);
      // A packed ref may have a directory in its place, which deleted refs below it left
      if (stat === null || stat.isDirectory()) continue;
      await this.parts.files.remove(path, { flush: this.parts.layout.flush.reference });
    }
  }

  /** Removes directories that deleted refs left where the file must go. */
  async #makeWay({ name, path }: Held): Promise<void> {
    for (let attempt = 0; attempt < RENAME_ATTEMPTS; attempt++) {
      const stat = await this.parts.files.stat(path);
      if (stat === null || !stat.isDirectory()) return;
      if (!(await this.parts.files.removeEmpty(path))) break;
    }
    throw gitError('ref-locked', { ref: name, lock: `${path}/` });
  }

  /** After a deletion: directories that nothing is in any more, and the log of the ref. */
  async #tidy(name: string): Promise<void> {
    const path = this.refs.pathOf(name);
    await this.parts.files.remove(`${this.parts.layout.common}/logs/${name}`, { flush: false });
    const steps = name.split('/').length;
    let directory = parentOf(path);
    for (let depth = steps - 1; depth > 2; depth--, directory = parentOf(directory))
      if (!(await this.parts.files.removeDirectory(directory))) return;
  }
}

/** The refs with the values that `value` gives for these edits; the same object when nothing differs. */
function withRefs(refs: PackedRefs, held: readonly Held[], value: (edit: Held) => Oid | null): PackedRefs {
  const changed = new Map<string, PackedRef>(refs);
  let same = true;
  for (const edit of held) {
    const oid = value(edit);
    if ((refs.get(edit.name)?.oid ?? null) === oid) continue;
    same = false;
    if (oid === null) changed.delete(edit.name);
    else changed.set(edit.name, { oid });
  }
  return same ? refs : changed;
}
