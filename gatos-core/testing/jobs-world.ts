import type { Cid } from '../src/codec/index.js';
import { GateState, type Judgement, judgePush, type RefUpdate, walkedRanges } from '../src/gate/index.js';
import { type GitBackend, memoryBackend, type Oid } from '../src/git/index.js';
import { nobleEngine } from '../src/identity/index.js';
import {
  claimJob,
  type FileSource,
  type JobSpec,
  type Lease,
  type PreparedJob,
  prepareJob,
  type RunRecord,
  stageFiles,
  submitJob,
} from '../src/jobs/index.js';
import { compareText, utf8 } from '../src/kernel/index.js';
import type { Writer } from '../src/trust/index.js';
import { type RepositoryVerdict, verifyRepository } from '../src/verify/index.js';
import { environmentOf } from './experiment-world.js';
import { GovernanceWorld } from './governance-world.js';

export const SUBMITTER = 'user:alice';
export const WORKER = 'user:bob';
export const RIVAL = 'user:carol';
export type Texts = Readonly<Record<string, string>>;

export function fileSources(texts: Texts): readonly FileSource[] {
  return Object.entries(texts).map(([path, text]) => {
    const bytes = utf8(text);
    return { path, size: bytes.length, read: async () => bytes };
  });
}

/** A command over one input. */
export function jobSpec(change: Partial<JobSpec> = {}, inputs: Texts = { 'data.csv': 'x,y\n1,2\n' }): JobSpec {
  return {
    program: { kind: 'process', entry: 'sort', args: ['data.csv'], env: {}, files: [] },
    inputs: fileSources(inputs).map((file) => ({ ...file, source: { path: file.path, state: 'committed' } })),
    outputs: ['out/*'],
    limits: { time_ms: 1000, memory_bytes: 1 << 20, output_bytes: 1 << 20 },
    ...change,
  };
}

/** How a job ran that gave these files. */
export async function runOf(
  backend: GitBackend,
  outputs: Texts = { 'out/a.txt': 'a' },
  change: Partial<RunRecord> = {},
): Promise<RunRecord> {
  return {
    status: 'succeeded',
    exit: 0,
    signal: null,
    failure: null,
    started: 1_700_000_000_000_000,
    finished: 1_700_000_001_000_000,
    environment: environmentOf(),
    outputs: await stageFiles(backend, fileSources(outputs)),
    stdout: utf8('done\n'),
    stderr: utf8(''),
    dropped: 0,
    ...change,
  };
}

const engine = nobleEngine();
const NO_SANDBOX = async (): Promise<never> => {
  throw new Error('nothing is folded here');
};

export class JobsWorld {
  /** What a gate would have accepted: everything up to the last call of `accept`. */
  #accepted: ReadonlyMap<string, Oid> = new Map();
  readonly #state = new GateState();

  private constructor(readonly governance: GovernanceWorld) {}

  static async open(backend: GitBackend = memoryBackend()): Promise<JobsWorld> {
    const world = new JobsWorld(await GovernanceWorld.open(backend));
    await world.accept();
    return world;
  }

  get ports() {
    return this.governance.ports;
  }

  get backend(): GitBackend {
    return this.governance.backend;
  }

  /** µs from now on. */
  pass(ms: number): void {
    this.governance.clock.advance(ms * 1000);
  }

  as(actor: string): Promise<Writer> {
    return this.governance.as(actor);
  }

  prepare(change: Partial<JobSpec> = {}, inputs?: Texts): Promise<PreparedJob> {
    return prepareJob(this.backend, jobSpec(change, inputs), { policyRoot: null });
  }

  /** A job that is submitted. */
  async submitted(change: Partial<JobSpec> = {}, inputs?: Texts): Promise<PreparedJob> {
    const prepared = await this.prepare(change, inputs);
    await submitJob(this.ports, await this.as(SUBMITTER), prepared);
    return prepared;
  }

  /** Takes a job for a minute. */
  async claim(job: Cid, actor = WORKER, leaseMs = 60_000): Promise<Lease> {
    return claimJob(this.ports, { ...(await this.as(actor)), job, leaseMs });
  }

  verify(only?: readonly string[]): Promise<RepositoryVerdict> {
    return verifyRepository({ backend: this.backend, engine }, { only, proofs: false });
  }

  /** Names and details of what does not pass, of the checks of the job plane. */
  async failures(): Promise<readonly string[]> {
    const { report } = await this.verify();
    return report.checks.flatMap(({ name, outcome, detail }) =>
      outcome === 'pass' ? [] : [`${name} ${outcome}: ${detail}`],
    );
  }

  async accept(refs?: readonly RefUpdate[]): Promise<void> {
    const all = refs ?? (await this.updates());
    const accepted = new Map(this.#accepted);
    for (const { name, next } of all) if (next !== null) accepted.set(name, next);
    this.#accepted = accepted;
  }

  /** What is new since it was accepted. */
  async updates(wanted: (name: string) => boolean = () => true): Promise<readonly RefUpdate[]> {
    const refs = await this.backend.refs.list('refs/');
    return refs.flatMap(({ name, oid: next }) => {
      const old = this.#accepted.get(name) ?? null;
      return old === next || !wanted(name) ? [] : [{ name, old, next }];
    });
  }

  /** What the gate says of some of what is new. */
  async judge(wanted: (name: string) => boolean = () => true): Promise<Judgement> {
    const backend = this.gateBackend();
    const push = { updates: await this.updates(wanted), pusher: null, options: [], received: this.ports.clock.now() };
    const ports = { backend, engine, sandbox: NO_SANDBOX, ranges: walkedRanges(backend) };
    return judgePush(ports, push, { state: this.#state });
  }

  /** The repository as the gate has it: all objects have arrived, and no new ref. */
  gateBackend(): GitBackend {
    const accepted = this.#accepted;
    const { objects, refs } = this.backend;
    const list = async (prefix: string) =>
      [...accepted]
        .filter(([name]) => (prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix))
        .map(([name, oid]) => ({ name, oid }))
        .sort((a, b) => compareText(a.name, b.name));
    return { objects, refs: { ...refs, read: async (name) => accepted.get(name) ?? null, list } };
  }
}
