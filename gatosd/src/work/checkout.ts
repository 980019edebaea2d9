/** What the checkout says of files: as HEAD has them, changed, or unknown to it. */
import { decodeCommit, decodeTree, GatosError, hashObject, type InputSource, LIMITS, type Oid } from 'gatos-core';
import { type Environment, git, textOf } from '../git-run.js';
import type { Workspace } from '../workspace.js';

export interface CheckoutFacts {
  readonly head: string | null;
  /** Tracked files that differ from HEAD. */
  readonly modified: number;
}

/** The commit that is checked out, or null before the first one. Throws as the git port. */
async function headOf({ backend }: Workspace): Promise<Oid | null> {
  return backend.refs.read('HEAD');
}

/** The commit that is checked out and how many tracked files differ from it; null in a bare repository. Throws `git/*`. */
export async function checkoutFacts(workspace: Workspace, env: Environment): Promise<CheckoutFacts | null> {
  const { workTree } = workspace.backend;
  if (workTree === null) return null;
  const head = await headOf(workspace);
  const status = ['status', '--porcelain=v2', '-z', '--untracked-files=no', '--ignore-submodules=none'];
  const listed = textOf(await git({ cwd: workTree, env: { ...env, GIT_OPTIONAL_LOCKS: '0' } }, status));
  // Of a rename the old name follows as a field of its own.
  const modified = listed.split('\0').filter((line) => /^[12u] /.test(line)).length;
  return { head, modified };
}

/** Tells where files of the checkout come from, by comparing their bytes with what HEAD has under their paths. */
export class CheckoutView {
  readonly #trees = new Map<Oid, ReadonlyMap<string, { readonly oid: Oid; readonly isTree: boolean }>>();
  #root: Promise<Oid | null> | undefined;

  constructor(
    private readonly workspace: Workspace,
    private readonly env: Environment,
  ) {}

  /** `path` is relative to the top of the working tree. */
  async sourceOf(path: string, content: Uint8Array): Promise<InputSource> {
    return this.sourceOfBlob(path, hashObject(this.workspace.backend.format, 'blob', content));
  }

  /** As `sourceOf`, of a file whose git blob is known. */
  async sourceOfBlob(path: string, oid: Oid): Promise<InputSource> {
    const known = await this.#find(path);
    if (known === null) return { path, state: 'untracked' };
    if (oid === known) return { path, state: 'committed' };
    return { path, state: (await this.#differs(path)) ? 'modified' : 'committed' };
  }

  /** Asks git, which knows of line ends and filters. */
  async #differs(path: string): Promise<boolean> {
    const cwd = this.workspace.backend.workTree ?? '.';
    const { status } = await git({ cwd, env: this.env }, ['diff', '--quiet', 'HEAD', '--', `:(top,literal)${path}`], {
      accept: [0, 1],
    });
    return status !== 0;
  }

  /** The blob that HEAD has under a path, or null. */
  async #find(path: string): Promise<Oid | null> {
    this.#root ??= this.#rootTree();
    let tree = await this.#root;
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    for (const part of parts) {
      const entry = tree === null ? undefined : (await this.#read(tree)).get(part);
      tree = entry?.isTree === true ? entry.oid : null;
    }
    const entry = tree === null ? undefined : (await this.#read(tree)).get(name);
    return entry === undefined || entry.isTree ? null : entry.oid;
  }

  async #rootTree(): Promise<Oid | null> {
    const head = await headOf(this.workspace);
    if (head === null) return null;
    const { content } = await this.workspace.backend.objects.read(head, { maxBytes: LIMITS.gateCommitBytes });
    return decodeCommit(content, this.workspace.backend.format).tree;
  }

  async #read(oid: Oid) {
    const known = this.#trees.get(oid);
    if (known !== undefined) return known;
    const entries = new Map<string, { oid: Oid; isTree: boolean }>();
    try {
      const { content } = await this.workspace.backend.objects.read(oid, { maxBytes: LIMITS.treeBytes });
      for (const entry of decodeTree(content, this.workspace.backend.format))
        entries.set(entry.name, { oid: entry.oid, isTree: entry.mode === '40000' });
    } catch (error) {
      // A tree with names that are no UTF-8, say: what is in it is not known to be committed.
      if (!(error instanceof GatosError)) throw error;
    }
    this.#trees.set(oid, entries);
    return entries;
  }
}
