/** Refs as files below the git directory (gitrepository-layout(5)), and the file of packed refs. */
import { closeSync, constants, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gitError, isOid, type ListRefs, type ObjectFormat, type Oid, refNameFault } from '../../src/git/index.js';
import { compareText, type GatosError, isGatosError } from '../../src/kernel/index.js';
import { type Layout, readText } from './discover.js';
import { attempt, errnoOf, isAbsent } from './faults.js';
import { type PackedRefs, parsePackedRefs } from './packed-refs.js';

/** What a loose ref holds: an object id, or the name of another ref. */
export type RefValue = { readonly oid: Oid } | { readonly target: string };

/** These live beside HEAD in each worktree; everything else below `refs/` is shared. */
export const PER_WORKTREE = /^refs\/(?:bisect|worktree|rewritten)\//;
/** Git follows at most so many symbolic refs. */
const MOST_LINKS = 5;
const NOT_UTF8 = 'its name is not UTF-8';
const LONGEST_REF_FILE = 8192;

export class RefFiles {
  readonly #layout: Layout;
  #packed: { readonly stamp: string; readonly refs: PackedRefs } | null = null;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** The file of a loose ref. */
  path(name: string): string {
    const shared = name.startsWith('refs/') && !PER_WORKTREE.test(name);
    return join(shared ? this.#layout.commonDir : this.#layout.gitDir, name);
  }

  get packedPath(): string {
    return join(this.#layout.commonDir, 'packed-refs');
  }

  /** What the ref points at in the end, or null. Throws `git/corrupt-ref`. */
  resolve(name: string): Oid | null {
    return this.follow(name).oid;
  }

  /** The ref that a name stands for, itself or through symbolic ones, and what that holds. Throws `git/corrupt-ref`. */
  follow(name: string): { readonly name: string; readonly oid: Oid | null } {
    let at = name;
    for (let links = 0; links <= MOST_LINKS; links++) {
      const value = this.value(at);
      if (value === null) return { name: at, oid: null };
      if ('oid' in value) return { name: at, oid: value.oid };
      at = value.target;
    }
    throw gitError('corrupt-ref', { ref: name, why: 'it is symbolic without end' });
  }

  /** What the ref itself holds: its loose file, else its packed value. Throws `git/corrupt-ref`. */
  value(name: string): RefValue | null {
    const loose = this.#loose(name);
    if (loose !== null) return loose;
    // In this order: git packs a ref before it removes the loose file.
    const oid = name.startsWith('refs/') ? this.packed().oids.get(name) : undefined;
    return oid === undefined ? null : { oid };
  }

  #loose(name: string): RefValue | null {
    const text = readRefFile(this.path(name), name);
    return text === null ? null : parseRef(text, { name, format: this.#layout.format });
  }

  /** All packed refs, parsed once for each version of the file. Throws `git/corrupt-ref`. */
  packed(): PackedRefs {
    const path = this.packedPath;
    for (;;) {
      const stamp = stampOf(path);
      if (this.#packed?.stamp === stamp) return this.#packed.refs;
      const text = readText(path);
      const refs = parsePackedRefs(text ?? '', this.#layout.format);
      // A file that was replaced while it was read is read again; the stamp then belongs to what was parsed.
      if (stampOf(path) === stamp) {
        this.#packed = { stamp, refs };
        return refs;
      }
    }
  }

  /** Every ref below `prefix`, sorted, each with what it points at. Symbolic refs to nothing are left out, as git does. */
  list(prefix: string, { onDamaged = refuse }: ListRefs = {}): { name: string; oid: Oid }[] {
    const found = new Map<string, Oid>();
    const loose = this.#looseNames(prefix, onDamaged);
    for (const name of loose) {
      const oid = orDamaged(onDamaged, () => this.resolve(name));
      if (oid !== null) found.set(name, oid);
    }
    for (const [name, oid] of this.packed().oids) {
      if (loose.has(name) || !isBelow(name, prefix)) continue;
      if (name.includes('\ufffd')) onDamaged(gitError('corrupt-ref', { ref: name, why: NOT_UTF8 }));
      else found.set(name, oid);
    }
    return [...found].map(([name, oid]) => ({ name, oid })).sort((a, b) => compareText(a.name, b.name));
  }

  #looseNames(prefix: string, onDamaged: OnDamaged): Set<string> {
    const names = new Set<string>();
    if (!prefix.endsWith('/')) {
      names.add(prefix);
      return names;
    }
    const bases = new Set([this.#layout.commonDir, this.#layout.gitDir]);
    for (const base of bases) {
      const visit = (name: string): unknown => this.path(name) === join(base, name) && names.add(name);
      walk(base, prefix.slice(0, -1), { visit, onDamaged });
    }
    return names;
  }
}

function isBelow(name: string, prefix: string): boolean {
  return prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix;
}

type OnDamaged = NonNullable<ListRefs['onDamaged']>;

function refuse(error: GatosError): never {
  throw error;
}

function orDamaged<T>(onDamaged: OnDamaged, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!isGatosError(error, 'git/corrupt-ref')) throw error;
    onDamaged(error);
    return null;
  }
}

interface Visitor {
  readonly visit: (name: string) => unknown;
  readonly onDamaged: OnDamaged;
}

function walk(base: string, directory: string, visitor: Visitor): void {
  const path = join(base, directory);
  const entries = attempt({ operation: 'read', path }, () => {
    try {
      return readdirSync(path, { withFileTypes: true });
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  });
  for (const entry of entries) {
    const name = `${directory}/${entry.name}`;
    if (entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(join(base, name)))) walk(base, name, visitor);
    else if (name.includes('\ufffd')) visitor.onDamaged(gitError('corrupt-ref', { ref: name, why: NOT_UTF8 }));
    else if (refNameFault(name) === null) visitor.visit(name);
  }
}

function isDirectory(path: string): boolean {
  return attempt({ operation: 'read', path }, () => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

/** The text of a loose ref, or null when there is no such file. */
function readRefFile(path: string, name: string): string | null {
  return attempt({ operation: 'read', path }, () => {
    let file: number;
    try {
      file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    } catch (error) {
      if (isAbsent(error)) return null;
      if (errnoOf(error) === 'ELOOP') throw gitError('corrupt-ref', { ref: name, why: 'its file is a symbolic link' });
      throw error;
    }
    try {
      const buffer = Buffer.allocUnsafe(LONGEST_REF_FILE);
      const got = readSync(file, buffer, 0, LONGEST_REF_FILE, 0);
      if (got === LONGEST_REF_FILE) throw gitError('corrupt-ref', { ref: name, why: 'its file is too long' });
      return buffer.toString('utf8', 0, got);
    } catch (error) {
      if (errnoOf(error) === 'EISDIR') return null;
      throw error;
    } finally {
      closeSync(file);
    }
  });
}

function parseRef(text: string, { name, format }: { name: string; format: ObjectFormat }): RefValue {
  const value = text.replace(/[ \t\r\n]+$/, '');
  if (isOid(value, format)) return { oid: value };
  const target = /^ref:[ \t]*(\S+)$/.exec(value)?.[1];
  if (target === undefined) throw gitError('corrupt-ref', { ref: name, why: 'its file holds no object id' });
  const why = refNameFault(target);
  if (why !== null) throw gitError('corrupt-ref', { ref: name, why: `it points at \`${target}\`: ${why}` });
  return { target };
}

function stampOf(path: string): string {
  const stat = attempt({ operation: 'read', path }, () => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return stat === undefined ? 'absent' : `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}
