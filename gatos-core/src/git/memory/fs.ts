/**
 * A file system in memory, for the isomorphic adapter in a browser and for tests. Each call takes effect in one synchronous
 * step, which makes `wx` and `rename` atomic among all users of one instance.
 */
import type { FileStat, FileSystem } from '../isomorphic/index.js';

interface FileNode {
  readonly kind: 'file';
  data: Uint8Array;
}
interface DirectoryNode {
  readonly kind: 'directory';
  readonly entries: Map<string, Node>;
}
type Node = FileNode | DirectoryNode;

const MEANING = {
  ENOENT: 'no such file or directory',
  EEXIST: 'file exists',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  ENOTEMPTY: 'directory not empty',
  EINVAL: 'invalid argument',
} as const;

/** A fault as file systems report them: an Error with a POSIX `code`. */
class FileFault extends Error {
  override readonly name = 'FileFault';
  constructor(
    readonly code: keyof typeof MEANING,
    readonly path: string,
  ) {
    super(`${code}: ${MEANING[code]}, \`${path}\``);
  }
}

/** An empty file system that holds the directory `/`. Faults carry `code` as in POSIX. */
export function memoryFileSystem(): FileSystem {
  return new MemoryFileSystem();
}

class MemoryFileSystem implements FileSystem {
  readonly #root: DirectoryNode = { kind: 'directory', entries: new Map() };

  async readFile(path: string): Promise<Uint8Array> {
    const node = this.#find(path);
    if (node.kind === 'directory') throw new FileFault('EISDIR', path);
    return node.data;
  }

  async writeFile(path: string, data: Uint8Array, { flag }: { readonly flag: 'w' | 'wx' }): Promise<void> {
    const { parent, name } = this.#place(path);
    const node = parent.entries.get(name);
    if (node !== undefined && flag === 'wx') throw new FileFault('EEXIST', path);
    if (node?.kind === 'directory') throw new FileFault('EISDIR', path);
    // A new array each time, so that a reader of the old bytes keeps them
    if (node === undefined) parent.entries.set(name, { kind: 'file', data: data.slice() });
    else node.data = data.slice();
  }

  async rename(from: string, to: string): Promise<void> {
    const source = this.#place(from);
    const target = this.#place(to);
    const node = source.parent.entries.get(source.name);
    if (node === undefined) throw new FileFault('ENOENT', from);
    const old = target.parent.entries.get(target.name);
    if (old === node) return;
    if (node.kind === 'directory' && target.steps.slice(0, source.steps.length).join('/') === source.steps.join('/'))
      throw new FileFault('EINVAL', to);
    if (old !== undefined) checkReplaceable({ node, old, path: to });
    source.parent.entries.delete(source.name);
    target.parent.entries.set(target.name, node);
  }

  async unlink(path: string): Promise<void> {
    const { parent, name } = this.#place(path);
    const node = parent.entries.get(name);
    if (node === undefined) throw new FileFault('ENOENT', path);
    if (node.kind === 'directory') throw new FileFault('EISDIR', path);
    parent.entries.delete(name);
  }

  async mkdir(path: string): Promise<void> {
    const { parent, name } = this.#place(path);
    if (parent.entries.has(name)) throw new FileFault('EEXIST', path);
    parent.entries.set(name, { kind: 'directory', entries: new Map() });
  }

  async rmdir(path: string): Promise<void> {
    const { parent, name } = this.#place(path);
    const node = parent.entries.get(name);
    if (node === undefined) throw new FileFault('ENOENT', path);
    if (node.kind === 'file') throw new FileFault('ENOTDIR', path);
    if (node.entries.size > 0) throw new FileFault('ENOTEMPTY', path);
    parent.entries.delete(name);
  }

  async readdir(path: string): Promise<string[]> {
    const node = this.#find(path);
    if (node.kind === 'file') throw new FileFault('ENOTDIR', path);
    return [...node.entries.keys()];
  }

  async stat(path: string): Promise<FileStat> {
    const node = this.#find(path);
    return {
      size: node.kind === 'file' ? node.data.length : 0,
      isFile: () => node.kind === 'file',
      isDirectory: () => node.kind === 'directory',
    };
  }

  #find(path: string): Node {
    let node: Node = this.#root;
    for (const step of stepsOf(path)) {
      if (node.kind === 'file') throw new FileFault('ENOTDIR', path);
      const next = node.entries.get(step);
      if (next === undefined) throw new FileFault('ENOENT', path);
      node = next;
    }
    return node;
  }

  /** The directory that holds, or would hold, the last step of a path. */
  #place(path: string): { parent: DirectoryNode; name: string; steps: readonly string[] } {
    const steps = stepsOf(path);
    const name = steps.at(-1);
    if (name === undefined) throw new FileFault('EEXIST', path);
    const parent = this.#find(`/${steps.slice(0, -1).join('/')}`);
    if (parent.kind === 'file') throw new FileFault('ENOTDIR', path);
    return { parent, name, steps };
  }
}

function checkReplaceable({ node, old, path }: { node: Node; old: Node; path: string }): void {
  if (old.kind === 'directory' && node.kind === 'file') throw new FileFault('EISDIR', path);
  if (old.kind === 'file' && node.kind === 'directory') throw new FileFault('ENOTDIR', path);
  if (old.kind === 'directory' && old.entries.size > 0) throw new FileFault('ENOTEMPTY', path);
}

/** The steps from the root, with `.` and `..` resolved. */
function stepsOf(path: string): string[] {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step === '..') steps.pop();
    else steps.push(step);
  }
  return steps;
}
