/** A repository for tests of folds: actors with keys, envelopes at chosen places, honest checkpoints and forged ones. */
import {
  type Appended,
  append,
  type Draft,
  listFiles,
  type NewFile,
  recordBody,
  refOfChain,
  ruleFor,
} from '../src/chain/index.js';
import { encode, formatUlid, type JsonValue, type Value } from '../src/codec/index.js';
import {
  CHECKPOINT_KIND,
  type Checkpoint,
  DEFINITION_KIND,
  type FoldBundle,
  foldChain,
  makeBundle,
  newestCheckpoint,
  type RunResult,
  runAndRecord,
  type SandboxEngine,
  type StoredCheckpoint,
  stateChain,
} from '../src/fold/index.js';
import { type GitBackend, memoryBackend, type Oid } from '../src/git/index.js';
import { nobleEngine, nobleSigner, type SignatureEngine, type Signer } from '../src/identity/index.js';
import { EVENT_KIND, journalChain } from '../src/journal/index.js';
import { invariant, LIMITS } from '../src/kernel/index.js';
import { applyPending, found, openTrust, proposeChange, type TrustHistory } from '../src/trust/index.js';
import { type RepositoryVerdict, RULES, type VerifyRequest, verifyRepository } from '../src/verify/index.js';
import { type SteppingClock, steppingClock } from './clock.js';
import { type SeededRandom, seededRandom } from './random.js';

export interface FoldWorldOptions {
  readonly sandbox: SandboxEngine;
  /** Default: in memory. */
  readonly backend?: GitBackend | undefined;
  /** Default: noble. */
  readonly engine?: SignatureEngine | undefined;
  /** Who has a key. The first one founds the repository. */
  readonly actors?: readonly string[] | undefined;
  /** Default: `default`. */
  readonly profile?: string | undefined;
}

/** One event to be: type and payload; key and ulid follow from its number. */
export interface TestEvent {
  readonly type?: string;
  readonly payload: JsonValue;
}

export interface Place {
  /** Clock of the envelope, if its chain has not come as far; default: after everything that the world has seen. */
  readonly clock?: number | undefined;
  readonly ns?: string | undefined;
}

export interface Forgery {
  readonly body?: (body: Checkpoint) => Checkpoint;
  readonly files?: (files: readonly NewFile[]) => readonly NewFile[];
  readonly actor?: string;
  /** The clock that the envelope shall have, if the chain lets it; default: honest. */
  readonly clock?: number;
  readonly policy?: Checkpoint['policy_root'];
}

interface Entry {
  readonly actor: string;
  readonly clock: number | undefined;
  readonly draft: Draft;
  readonly policy?: Checkpoint['policy_root'];
}

export class FoldWorld {
  readonly clock: SteppingClock = steppingClock({ start: 1_700_000_000_000_000, step: 1_000 });
  readonly random: SeededRandom = seededRandom(1);
  /** The largest clock so far. */
  seen = 0;
  /** The clock of the trust chain: nobody else may sign for a place at or before it. */
  founded = 0;
  #events = 0;

  private constructor(
    readonly backend: GitBackend,
    readonly engine: SignatureEngine,
    readonly sandbox: SandboxEngine,
    readonly signers: ReadonlyMap<string, Signer>,
  ) {}

  static async open({
    sandbox,
    backend = memoryBackend(),
    engine = nobleEngine(),
    actors = ['user:alice'],
    profile = 'default',
  }: FoldWorldOptions): Promise<FoldWorld> {
    const signers = new Map(
      actors.map((actor, i) => [actor, nobleSigner({ seed: new Uint8Array(32).fill(i + 1), source: 'test' })]),
    );
    const world = new FoldWorld(backend, engine, sandbox, signers);
    const [founder = '', ...others] = actors;
    const ports = { ...world.ports, engine };
    const first = { actor: founder, signer: world.signer(founder) };
    await found(ports, { profile, ...first });
    const [change, ...changes] = others.map((actor) => ({
      op: 'add-key' as const,
      actor,
      key: world.signer(actor).key,
    }));
    if (change !== undefined) {
      const pending = await proposeChange(ports, { ...first, changes: [change, ...changes] });
      await applyPending(ports, pending.bytes);
    }
    world.founded = (await world.trust()).head.clock;
    world.seen = world.founded;
    return world;
  }

  get ports() {
    const { backend, clock, random } = this;
    return { backend, clock, random };
  }

  signer(actor: string): Signer {
    const signer = this.signers.get(actor);
    invariant(signer !== undefined, 'the world knows its actors');
    return signer;
  }

  trust(): Promise<TrustHistory> {
    return openTrust({ backend: this.backend, engine: this.engine });
  }

  async #author(actor: string) {
    return { actor, signer: this.signer(actor), trust: await this.trust(), policy: null };
  }

  /** Appends one envelope of events. */
  async emit(actor: string, events: readonly TestEvent[], { clock, ns = 'default' }: Place = {}): Promise<Appended> {
    const records = events.map(({ type = 'e', payload }) => ({ ulid: this.#ulid(), type, payload }));
    const [first] = records;
    invariant(first !== undefined, 'an envelope holds at least one event');
    const description = EVENT_KIND.describe(first, records.length);
    const draft = { kind: EVENT_KIND.kind, bodies: records.map((record) => encode(record)), description };
    return this.#append(journalChain(ns, actor), { actor, clock, draft });
  }

  #ulid(): string {
    this.#events += 1;
    return formatUlid({ timeMs: this.#events, random: new Uint8Array(10) });
  }

  async #append(chain: string, { actor, clock, draft, policy = null }: Entry): Promise<Appended> {
    const { repo } = await this.trust();
    const rule = ruleFor(RULES, chain);
    invariant(rule !== null, 'a chain has a rule');
    const [appended] = await append(this.ports, {
      chain,
      rule,
      repo,
      actor,
      policy,
      signers: [this.signer(actor)],
      floor: async () => (clock ?? this.seen + 1) - 1,
      prepare: async () => [draft],
    });
    invariant(appended !== undefined, 'one draft makes one envelope');
    this.seen = Math.max(this.seen, appended.envelope.clock);
    return appended;
  }

  /** A bundle with these rules; gas and memory are small. */
  bundle(source: string, manifest: Partial<FoldBundle['manifest']> = {}): FoldBundle {
    const defaults = { name: 'test', ns: 'default', version: 1, gas: 1_000_000, memory: LIMITS.foldMemory };
    return makeBundle({ ...defaults, ...manifest }, source);
  }

  async fold(bundle: FoldBundle, { actor, full }: { actor?: string; full?: boolean } = {}): Promise<RunResult> {
    const [founder = ''] = this.signers.keys();
    const author = await this.#author(actor ?? founder);
    const result = await runAndRecord({ ...this.ports, sandbox: async () => this.sandbox }, { bundle, author, full });
    this.seen = Math.max(this.seen, result.appended?.envelope.clock ?? 0);
    return result;
  }

  /** Puts something else in the place of the newest checkpoint: whole and validly signed, but for what is forged. */
  async forge(
    name: string,
    { body = (it) => it, files = (it) => it, actor, clock, policy }: Forgery,
  ): Promise<Appended> {
    const honest = await newestCheckpoint(this.backend, name);
    const forged = body(honest.body);
    const signedBy = actor ?? honest.entry.envelope.actor;
    await this.rewind(stateChain(name), honest);
    return this.#append(stateChain(name), {
      actor: signedBy,
      clock: clock ?? honest.entry.envelope.clock,
      policy: policy ?? null,
      draft: {
        kind: CHECKPOINT_KIND.kind,
        bodies: [encode(forged as unknown as Value)],
        description: CHECKPOINT_KIND.describe(forged, 1),
        files: files(await this.filesOf(honest.entry.tree)),
      },
    });
  }

  /** Appends a definition as it is given, whatever its files make. */
  async define(name: string, body: Value, files: readonly NewFile[]): Promise<Appended> {
    const [actor = ''] = this.signers.keys();
    const definition = DEFINITION_KIND.schema.read(body);
    const description = DEFINITION_KIND.describe(definition, 1);
    const draft = { kind: DEFINITION_KIND.kind, bodies: [encode(body)], description, files };
    return this.#append(foldChain(name), { actor, clock: undefined, draft });
  }

  /** Takes the last entry off a chain. */
  async rewind(chain: string, { entry }: Pick<StoredCheckpoint, 'entry'>): Promise<void> {
    const next = entry.commit.parents[0] ?? null;
    await this.backend.refs.transaction([{ name: refOfChain(chain), expected: entry.oid, next }]);
  }

  /** The files of a tree, without the envelope. */
  async filesOf(tree: StoredCheckpoint['entry']['tree']): Promise<readonly NewFile[]> {
    const files = [...(await listFiles(this.backend, tree))].filter(([path]) => path !== 'envelope');
    const read = async ([path, oid]: [string, Oid]): Promise<NewFile> => ({
      path,
      bytes: (await this.backend.objects.read(oid)).content,
    });
    return Promise.all(files.map(read));
  }

  verify(request?: VerifyRequest): Promise<RepositoryVerdict> {
    const { backend, engine, sandbox } = this;
    return verifyRepository({ backend, engine, sandbox: async () => sandbox }, request);
  }
}

/** The body of a record that was just appended. */
export function bodyOf(appended: Appended): Checkpoint {
  return recordBody(appended.envelope, 0, CHECKPOINT_KIND);
}
