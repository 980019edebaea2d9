/**
 * `sync`: chains of a remote are fetched into a namespace of their own, verified, and only then taken over by fast-forward; what
 * is newer here is pushed. Nobody types a refspec, and nothing that does not verify becomes ours.
 */
import {
  type ChainHead,
  type ChainVerdict,
  Cid,
  chainOfRef,
  GatosError,
  headOfEntry,
  isGatosError,
  type LongCall,
  type Oid,
  readEntry,
  REF_PREFIX,
  refOfChain,
  RULES,
  ruleFor,
  TRUST_CHAIN,
  type TrustHistory,
  verifyChain,
  verifyTrust,
} from 'gatos-core';
import { runGit } from 'gatos-core/node';
import { transportError } from './errors.js';
import { fetchRefspec, gitRemotes, remotePrefix } from './git-config.js';
import type { Workspace } from './workspace.js';

export interface SyncRequest extends LongCall {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly remote: string;
  readonly push: boolean;
  /** Genesis to insist on; absent: the pinned one, or whatever comes first (trust on first use). */
  readonly root?: Cid | undefined;
}

export interface Movement {
  readonly chain: string;
  readonly from: Oid | null;
  readonly to: Oid;
}

export interface SyncResult {
  readonly remote: string;
  readonly genesis: string;
  /** True when this clone had no genesis before. */
  readonly pinned: boolean;
  readonly taken: readonly Movement[];
  readonly pushed: readonly Movement[];
  /** Chains that were left as they are, each with its fault. */
  readonly refused: readonly { readonly chain: string; readonly error: GatosError }[];
}

/** Throws `transport/no-remote`, `transport/no-trust`, `git/git-failed`, `trust/*` for the trust chain itself. */
export async function syncWith(workspace: Workspace, request: SyncRequest): Promise<SyncResult> {
  const { cwd, env, remote } = request;
  const remotes = await gitRemotes({ cwd, env });
  if (!remotes.includes(remote)) throw transportError('no-remote', { remote, known: remotes });
  await runGit(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', remote, fetchRefspec(remote)], { cwd, env });
  const run = new SyncRun(workspace, request);
  const genesis = await run.trust();
  await run.chains();
  if (request.push) await run.push();
  return { remote, genesis: String(genesis), pinned: run.pinned, taken: run.taken, pushed: run.pushed, refused: run.refused };
}

class SyncRun {
  readonly taken: Movement[] = [];
  readonly pushed: Movement[] = [];
  readonly refused: { chain: string; error: GatosError }[] = [];
  pinned = false;
  readonly #ahead: Movement[] = [];
  #trust: TrustHistory | null = null;

  constructor(
    private readonly workspace: Workspace,
    private readonly request: SyncRequest,
  ) {}

  /** The trust chain first: everything else is judged by it. */
  async trust(): Promise<Cid> {
    const { backend, engine, settings } = this.workspace;
    const { remote, root } = this.request;
    const theirs = await backend.refs.read(remotePrefix(remote) + TRUST_CHAIN);
    const ours = await backend.refs.read(refOfChain(TRUST_CHAIN));
    if (theirs === null && ours === null) throw transportError('no-trust', { remote });
    const pin = root ?? (settings.genesis === undefined ? undefined : Cid.parse(settings.genesis));
    const head = await this.#newer(TRUST_CHAIN, { ours, theirs });
    const { verdict, history } = await verifyTrust({ backend, engine }, { pin, head });
    if (history === null) throw verdict.fault ?? transportError('no-trust', { remote });
    if (head !== ours) await this.#take({ chain: TRUST_CHAIN, from: ours, to: head });
    this.pinned = settings.genesis === undefined;
    if (this.pinned) this.workspace.save({ genesis: String(history.repo) });
    this.#trust = history;
    return history.repo;
  }

  /** The head that extends the other; notes what is to be pushed. Throws `transport/diverged`. */
  async #newer(chain: string, { ours, theirs }: { ours: Oid | null; theirs: Oid | null }): Promise<Oid> {
    if (theirs === null || (ours !== null && ours !== theirs && (await this.#extends(ours, theirs)))) {
      this.#ahead.push({ chain, from: theirs, to: ours as Oid });
      return ours as Oid;
    }
    if (ours === null || ours === theirs || (await this.#extends(theirs, ours))) return theirs;
    throw transportError('diverged', { chain, local: ours, remote: theirs });
  }

  /** Is `old` an ancestor of `head`? */
  async #extends(head: Oid, old: Oid): Promise<boolean> {
    try {
      for await (const _commit of this.workspace.backend.objects.history({ head, after: old })) break;
      return true;
    } catch (error) {
      if (isGatosError(error, 'git/not-linear')) return false;
      throw error;
    }
  }

  async chains(): Promise<void> {
    const { backend } = this.workspace;
    const prefix = remotePrefix(this.request.remote);
    const theirs = new Map((await backend.refs.list(prefix)).map(({ name, oid }) => [name.slice(prefix.length), oid]));
    const ours = new Map((await backend.refs.list(REF_PREFIX)).map(({ name, oid }) => [chainOfRef(name) ?? name, oid]));
    for (const chain of new Set([...theirs.keys(), ...ours.keys()])) {
      if (chain === TRUST_CHAIN || chain.startsWith('cache/')) continue;
      try {
        await this.#chain(chain, { ours: ours.get(chain) ?? null, theirs: theirs.get(chain) ?? null });
      } catch (error) {
        if (!isGatosError(error)) throw error;
        this.refused.push({ chain, error });
      }
      this.request.signal?.throwIfAborted();
    }
  }

  async #chain(chain: string, heads: { ours: Oid | null; theirs: Oid | null }): Promise<void> {
    const { ours } = heads;
    const head = await this.#newer(chain, heads);
    if (head === ours) return;
    const { fault } = await this.#verify(chain, { head, ours });
    if (fault !== null) {
      throw transportError('not-verified', { chain, remote: this.request.remote, why: fault.message }, { cause: fault });
    }
    await this.#take({ chain, from: ours, to: head });
  }

  async #verify(chain: string, { head, ours }: { head: Oid; ours: Oid | null }): Promise<ChainVerdict> {
    const { backend, engine } = this.workspace;
    const rule = ruleFor(RULES, chain);
    if (rule === null) throw transportError('unknown-ref', { chain, remote: this.request.remote });
    const trust = this.#trust as TrustHistory;
    const from: ChainHead | undefined = ours === null ? undefined : headOfEntry(await readEntry(backend, ours));
    return verifyChain({ backend, engine, repo: trust.repo, authorize: trust.authorize }, { chain, rule, head, from }, this.request);
  }

  async #take(movement: Movement): Promise<void> {
    const { chain, from, to } = movement;
    await this.workspace.backend.refs.transaction([{ name: refOfChain(chain), expected: from, next: to }]);
    this.taken.push(movement);
  }

  async push(): Promise<void> {
    const { cwd, env, remote } = this.request;
    if (this.#ahead.length === 0) return;
    const refspecs = this.#ahead.map(({ chain, to }) => `${to}:${refOfChain(chain)}`);
    try {
      await runGit(['push', '--quiet', '--no-verify', remote, ...refspecs], { cwd, env });
    } catch (error) {
      if (!isGatosError(error, 'git/git-failed')) throw error;
      throw transportError('push-refused', { remote, why: error.message }, { cause: error });
    }
    for (const movement of this.#ahead) {
      this.pushed.push(movement);
      await this.#noteRemote(movement);
    }
  }

  /** Our picture of the remote follows the push at once, as git does for branches. */
  async #noteRemote({ chain, from, to }: Movement): Promise<void> {
    const name = remotePrefix(this.request.remote) + chain;
    try {
      await this.workspace.backend.refs.transaction([{ name, expected: from, next: to }]);
    } catch (error) {
      // Someone fetched in between: what they saw is as good.
      if (!isGatosError(error, 'git/ref-moved')) throw error;
    }
  }
}
