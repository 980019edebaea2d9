/** For tests of the gate: a server, a client, and pushes from one to the other. */

import { largestClock } from '../src/chain/index.js';
import {
  type CommitRanges,
  encodeJudgement,
  type GatePorts,
  GateState,
  type Judgement,
  type JudgeOptions,
  judgePush,
  type Push,
  type RefUpdate,
  walkedRanges,
} from '../src/gate/index.js';
import {
  decodeCommit,
  encodeCommit,
  encodeTree,
  type GitBackend,
  memoryBackend,
  type Oid,
  type TreeEntry,
} from '../src/git/index.js';
import { bytesEqual, invariant, utf8 } from '../src/kernel/index.js';
import { applyAdoption, proposeAdoption } from '../src/policy/index.js';
import { FoldWorld, type FoldWorldOptions, type TestEvent } from './fold-world.js';

export interface GateWorldOptions extends Pick<FoldWorldOptions, 'sandbox' | 'engine'> {
  readonly actors?: readonly string[];
  readonly profile?: string;
  readonly server?: GitBackend;
  readonly ranges?: CommitRanges;
}

export interface CommitRequest {
  /** Paths and contents; the tree holds nothing else. Components separated by `/`. */
  readonly files: Readonly<Record<string, string>>;
  readonly parents?: readonly Oid[];
  readonly message?: string;
  /** Default: `A U Thor <author@example.com> 1700000000 +0000`. */
  readonly author?: string;
}

/** A client whose objects are at the server as soon as they are written, as if git had sent them. */
function sendingObjects(client: GitBackend, server: GitBackend): GitBackend {
  const objects = new Proxy(client.objects, {
    get: (target, name) => {
      if (name === 'write') {
        return async (given: Parameters<typeof target.write>[0]) => {
          await server.objects.write(given);
          return target.write(given);
        };
      }
      const found: unknown = Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  return { objects, refs: client.refs };
}

export class GateWorld {
  readonly state = new GateState();
  readonly ports: GatePorts;

  private constructor(
    readonly server: GitBackend,
    readonly client: GitBackend,
    /** Writes to the client. */
    readonly folds: FoldWorld,
    ranges: CommitRanges,
  ) {
    const { engine, sandbox } = folds;
    this.ports = { backend: server, engine, sandbox: async () => sandbox, ranges };
  }

  /** The client is founded, the server is empty. */
  static async open({
    sandbox,
    engine,
    actors = ['user:alice', 'user:bob', 'service:gate'],
    profile = 'default',
    server = memoryBackend(),
    ranges = walkedRanges(server),
  }: GateWorldOptions): Promise<GateWorld> {
    const client = sendingObjects(memoryBackend({ format: server.objects.format }), server);
    const folds = await FoldWorld.open({ sandbox, engine, backend: client, actors, profile });
    return new GateWorld(server, client, folds, ranges);
  }

  /** What the client has is accepted. */
  static async founded(options: GateWorldOptions): Promise<GateWorld> {
    const world = await GateWorld.open(options);
    const { verdict } = await world.send();
    invariant(verdict === 'allow', 'an honest start is accepted');
    return world;
  }

  /** What the client has and the server has not, of refs that start like this. */
  async updates(prefix = 'refs/'): Promise<RefUpdate[]> {
    const mine = new Map((await this.client.refs.list(prefix)).map(({ name, oid }) => [name, oid]));
    const theirs = new Map((await this.server.refs.list(prefix)).map(({ name, oid }) => [name, oid]));
    const names = [...new Set([...mine.keys(), ...theirs.keys()])];
    return names.flatMap((name) => {
      const [old, next] = [theirs.get(name) ?? null, mine.get(name) ?? null];
      return old === next ? [] : [{ name, old, next }];
    });
  }

  /** Judges with what the gate remembers and without: both have to say the same. */
  async judge(
    updates: readonly RefUpdate[],
    { push = {}, ...options }: Omit<JudgeOptions, 'state'> & { readonly push?: Partial<Push> } = {},
  ): Promise<Judgement> {
    const whole = { updates, pusher: null, options: [], received: this.folds.clock.now(), ...push };
    const cold = await judgePush(this.ports, whole, options);
    const warm = await judgePush(this.ports, whole, { ...options, state: this.state });
    const again = await judgePush(this.ports, whole, { ...options, state: this.state });
    for (const other of [warm, again])
      invariant(bytesEqual(encodeJudgement(other), encodeJudgement(cold)), 'what a gate remembers changes no verdict');
    return cold;
  }

  /** Pushes everything, and moves the server's refs when it is allowed. */
  async send(prefix = 'refs/', push: Partial<Push> = {}): Promise<Judgement> {
    const updates = await this.updates(prefix);
    const judgement = await this.judge(updates, { push });
    if (judgement.verdict === 'allow') await this.accept(updates);
    return judgement;
  }

  async accept(updates: readonly RefUpdate[]): Promise<void> {
    await this.server.refs.transaction(updates.map(({ name, old, next }) => ({ name, expected: old, next })));
  }

  /** Points a ref of the client somewhere, whatever it held. */
  async point(name: string, next: Oid | null): Promise<void> {
    const expected = await this.client.refs.read(name);
    if (expected !== next) await this.client.refs.transaction([{ name, expected, next }]);
  }

  async head(name: string): Promise<Oid> {
    return (await this.client.refs.read(name)) ?? '';
  }

  /** The commit before the one that a ref holds. */
  async parent(name: string): Promise<Oid | null> {
    const { content } = await this.client.objects.read(await this.head(name));
    return decodeCommit(content, this.client.objects.format).parents[0] ?? null;
  }

  /** Writes a tree of plain files. */
  async tree(files: Readonly<Record<string, string>>): Promise<Oid> {
    const { objects } = this.client;
    const folders = new Map<string, Record<string, string>>();
    const entries: TreeEntry[] = [];
    for (const [path, text] of Object.entries(files)) {
      const slash = path.indexOf('/');
      if (slash < 0) {
        const [oid = ''] = await objects.write([{ type: 'blob', content: utf8(text) }]);
        entries.push({ mode: '100644', name: path, oid });
        continue;
      }
      const folder = path.slice(0, slash);
      folders.set(folder, { ...folders.get(folder), [path.slice(slash + 1)]: text });
    }
    for (const [name, inside] of folders) entries.push({ mode: '40000', name, oid: await this.tree(inside) });
    const [oid = ''] = await objects.write([{ type: 'tree', content: encodeTree(entries) }]);
    return oid;
  }

  async commit({ files, parents = [], message = 'a change\n', author = PERSON }: CommitRequest): Promise<Oid> {
    const content = encodeCommit({ tree: await this.tree(files), parents, author, committer: PERSON, message });
    const [oid = ''] = await this.client.objects.write([{ type: 'commit', content }]);
    return oid;
  }

  /** Appends an envelope of events where an honest writer would: after trust, and what the namespace holds. */
  async emit(actor: string, events: readonly TestEvent[]): Promise<void> {
    const clocks = await Promise.all(['trust', 'journal/default/'].map((prefix) => largestClock(this.client, prefix)));
    await this.folds.emit(actor, events, { clock: Math.max(...clocks) + 1 });
  }

  /** Makes these modules law at the client. */
  async adopt(modules: Readonly<Record<string, string>>): Promise<void> {
    const { folds } = this;
    const ports = { ...folds.ports, engine: folds.engine };
    const files = Object.entries(modules).map(([path, text]) => ({ path, bytes: utf8(text) }));
    const [actor = ''] = folds.signers.keys();
    const pending = await proposeAdoption(ports, { actor, signer: folds.signer(actor), files });
    const { envelope } = await applyAdoption(ports, pending.bytes);
    folds.seen = Math.max(folds.seen, envelope.clock);
  }

  async author(actor: string, policyRoot: Judgement['policyRoot'] = null) {
    return { actor, signer: this.folds.signer(actor), trust: await this.folds.trust(), policyRoot };
  }
}

export const PERSON = 'A U Thor <author@example.com> 1700000000 +0000';

/** What was refused, in one line each. */
export function told({ refusals }: Judgement): readonly string[] {
  return refusals.map(({ ref, rule }) => `${ref ?? '*'} ${rule}`);
}

type Given = Omit<GateWorldOptions, 'sandbox' | 'engine'>;

/** Worlds that share engines, which take a while to load. */
export function gateWorlds(engines: Pick<GateWorldOptions, 'sandbox' | 'engine'>): {
  open(options?: Given): Promise<GateWorld>;
  founded(options?: Given): Promise<GateWorld>;
} {
  return {
    open: (options = {}) => GateWorld.open({ ...engines, ...options }),
    founded: (options = {}) => GateWorld.founded({ ...engines, ...options }),
  };
}
