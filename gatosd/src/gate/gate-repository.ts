/** The repository as the gate sees it: what was accepted, and for each push what comes with it. */
import {
  Cid,
  type CommitRanges,
  type GatePorts,
  type GitBackend,
  type Oid,
  REF_PREFIX,
  type RefStore,
  type SignatureEngine,
} from 'gatos-core';
import { loadEngine, type NativeBackend, nativeEngine, openNativeBackend, openNativeRanges } from 'gatos-core/node';
import type { Environment } from '../git-run.js';
import { readSettings, repositorySettingsPath } from '../settings.js';
import { LayeredObjects } from './layered-objects.js';
import { namespacedRefs } from './ref-views.js';
import { namespacePrefix, outside, quarantineOf } from './surroundings.js';

/** One push, as its judge reads it. */
export interface PushView {
  readonly ports: GatePorts;
  /** Where what the gate records of it is written: outside of the quarantine, in the namespace of the push. */
  readonly recording: GitBackend;
  /** Releases what was opened for this push. */
  close(): Promise<void>;
}

export class GateRepository {
  readonly own: NativeBackend;
  readonly engine: SignatureEngine = nativeEngine();

  private constructor(own: NativeBackend) {
    this.own = own;
  }

  /** Opens the repository without whatever a push brings. Throws `git/*`. */
  static async open({ cwd, env }: { readonly cwd: string; readonly env: Environment }): Promise<GateRepository> {
    return new GateRepository(await openNativeBackend({ path: cwd, env: outside(env) }));
  }

  /** The genesis that this repository is pinned to; read anew each time, because a gate stays. Throws `settings/malformed`. */
  get pin(): Cid | undefined {
    const { genesis } = readSettings(repositorySettingsPath(this.own.commonDir));
    return genesis === undefined ? undefined : Cid.parse(genesis);
  }

  /** The push that `env` speaks of. Throws `door/quarantine`, `door/namespace`, `git/*`. */
  async view(env: Environment): Promise<PushView> {
    const { gitDir, objects } = this.own;
    const refs = namespacedRefs(this.own.refs, namespacePrefix(env));
    const quarantine = quarantineOf(env, this.own);
    const incoming =
      quarantine === null ? null : await openNativeBackend({ path: gitDir, env: alone(env, { gitDir, quarantine }) });
    const all = incoming === null ? objects : new LayeredObjects({ incoming: incoming.objects, own: objects });
    return {
      ports: this.#ports({ objects: all, refs }, env),
      recording: { objects, refs },
      close: async () => incoming?.close(),
    };
  }

  /** The repository with other refs than those it has. */
  withRefs(refs: RefStore, env: Environment): GatePorts {
    return this.#ports({ objects: this.own.objects, refs }, env);
  }

  #ports(backend: GitBackend, env: Environment): GatePorts {
    const { gitDir } = this.own;
    const accepted = () => ordinaryTips(backend.refs);
    const ranges = once(() => openNativeRanges({ path: gitDir, env: { ...env, GIT_DIR: gitDir }, accepted }));
    return { backend, engine: this.engine, sandbox: loadEngine, ranges: lazyRanges(ranges) };
  }

  async close(): Promise<void> {
    await this.own.close();
  }
}

/** The objects of the push and no others: those of the repository are read where they are open already. */
function alone(env: Environment, { gitDir, quarantine }: { gitDir: string; quarantine: string }): Environment {
  return { ...outside(env), GIT_DIR: gitDir, GIT_OBJECT_DIRECTORY: quarantine };
}

/** What commits can be reached from. Chains have none that a branch could bring, and may be longer than all branches together. */
async function ordinaryTips(refs: RefStore): Promise<readonly Oid[]> {
  const all = await refs.list('refs/');
  return all.filter(({ name }) => !name.startsWith(REF_PREFIX)).map(({ oid }) => oid);
}

/** Most pushes ask nothing of it. */
function lazyRanges(ranges: () => CommitRanges): CommitRanges {
  return {
    isAncestor: async (old, next) => ranges().isAncestor(old, next),
    newCommits: async (next, options) => ranges().newCommits(next, options),
    sizes: async (oids) => (await ranges().sizes?.(oids)) ?? new Map(),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
