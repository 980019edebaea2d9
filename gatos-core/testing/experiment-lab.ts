/** A client and a server in which jobs are recorded, experiments made of them, and forged ones in their place: signed, and not true. */
import { type Appended, append, draftRecord, refOfChain } from '../src/chain/index.js';
import { Cid } from '../src/codec/index.js';
import {
  type CreatedExperiment,
  createExperiment,
  EXPERIMENT_KIND,
  EXPERIMENT_RULE,
  type Experiment,
  type ExperimentRequest,
  experimentChain,
  REPRODUCTION_KIND,
  REPRODUCTION_RULE,
  type Reproduction,
  readExperiment,
  reproductionChain,
} from '../src/experiments/index.js';
import type { GitBackend } from '../src/git/index.js';
import {
  type Execution,
  type InputSource,
  type JobSpec,
  newNonce,
  prepareJob,
  type RunRecord,
  readExecution,
  recordRun,
  stageFiles,
  submitJob,
} from '../src/jobs/index.js';
import { EMPTY_BYTES, invariant, utf8 } from '../src/kernel/index.js';
import { requestBy } from '../src/trust/index.js';
import { environmentOf } from './experiment-world.js';
import type { GateWorld } from './gate-world.js';

type Files = Readonly<Record<string, string>>;

export interface LabJob {
  readonly inputs?: Files;
  readonly outputs?: Files;
  /** Of all its inputs. Default: committed. */
  readonly source?: InputSource;
  /** What makes it another job than others of the same files. */
  readonly args?: readonly string[];
  readonly actor?: string;
  /** Seconds after the start of the world. Default: one more than that of the job before. */
  readonly started?: number;
  readonly status?: RunRecord['status'];
}

const START = 1_700_000_000_000_000;
const SECOND = 1_000_000;

const sources = (files: Files) =>
  Object.entries(files).map(([path, text]) => ({ path, size: utf8(text).length, read: async () => utf8(text) }));

export class ExperimentLab {
  #runs = 0;

  constructor(readonly world: GateWorld) {}

  get client(): GitBackend {
    return this.world.client;
  }

  get #ports() {
    return { ...this.world.folds.ports, backend: this.client };
  }

  #spec({ inputs = { 'in.csv': '1' }, outputs = { 'out.json': '{}' }, source, args = [] }: LabJob): JobSpec {
    const program = [{ path: 'x.mjs', size: 1, executable: false, read: async () => utf8('0') }];
    return {
      program: { kind: 'process', entry: 'node', args: ['x.mjs', ...args], env: {}, files: program },
      inputs: sources(inputs).map((file) => ({ ...file, source: source ?? { path: file.path, state: 'committed' } })),
      outputs: Object.keys(outputs),
      limits: { time_ms: 1000, memory_bytes: 1 << 20, output_bytes: 1 << 20 },
      nonce: newNonce(this.#ports),
    };
  }

  /** A job that is here, and was not run. */
  async submit(job: LabJob = {}): Promise<Cid> {
    const prepared = await prepareJob(this.client, this.#spec(job), { policyRoot: null });
    await submitJob(this.#ports, await this.world.author(job.actor ?? 'user:alice'), prepared);
    return prepared.job;
  }

  /** A job that was run and recorded. */
  async run(job: LabJob = {}): Promise<Cid> {
    const { outputs = { 'out.json': '{}' }, status = 'succeeded', actor = 'user:alice' } = job;
    this.#runs += 1;
    const started = START + (job.started ?? this.#runs) * SECOND;
    const ok = status === 'succeeded';
    const run: RunRecord = {
      status,
      exit: ok ? 0 : 1,
      signal: null,
      failure: ok ? null : 'it threw',
      started,
      finished: started + 1,
      environment: environmentOf(),
      outputs: await stageFiles(this.client, sources(outputs)),
      stdout: EMPTY_BYTES,
      stderr: EMPTY_BYTES,
      dropped: 0,
    };
    const prepared = await prepareJob(this.client, this.#spec(job), { policyRoot: null });
    await recordRun(this.#ports, { ...(await this.world.author(actor)), prepared, run });
    return prepared.job;
  }

  async executionOf(job: Cid): Promise<Execution> {
    const stored = await readExecution(this.client, job);
    invariant(stored !== null, 'the job was run');
    return stored.body;
  }

  async create(jobs: readonly Cid[], change: Partial<ExperimentRequest> = {}): Promise<CreatedExperiment> {
    const author = await this.world.author('user:alice');
    const request = { title: 'T', notes: '', states: [], allowDirty: false, policyCodeRoot: null };
    return createExperiment(this.#ports, { ...author, ...request, jobs, ...change });
  }

  /** Puts another proof in the place of an honest one: by whoever may, at a place that an honest writer would take. */
  async forge(
    id: string,
    change: (body: Experiment) => Partial<Experiment>,
    { early = false } = {},
  ): Promise<Appended> {
    const { body, entry } = await readExperiment(this.client, id);
    const name = refOfChain(experimentChain(id));
    await this.client.refs.transaction([{ name, expected: entry.oid, next: null }]);
    const { draft } = draftRecord(EXPERIMENT_KIND, { ...body, ...change(body) });
    const author = await this.world.author('user:alice');
    const seen = early ? 0 : entry.envelope.clock - 1;
    const place = { chain: experimentChain(id), rule: EXPERIMENT_RULE, seen: () => seen, prepare: async () => [draft] };
    const [appended] = await append(this.#ports, requestBy(author, place));
    invariant(appended !== undefined, 'one draft makes one envelope');
    return appended;
  }

  /** Records a receipt that is whatever it is given. */
  async receipt(body: Reproduction, seen: number): Promise<void> {
    const { draft } = draftRecord(REPRODUCTION_KIND, body);
    const chain = reproductionChain(body.ulid);
    const place = { chain, rule: REPRODUCTION_RULE, seen: () => seen, prepare: async () => [draft] };
    await append(this.#ports, requestBy(await this.world.author('user:alice'), place));
  }

  /** Takes what starts like this away from the client. */
  async drop(prefix: string): Promise<void> {
    const refs = await this.client.refs.list(`refs/gatos/${prefix}`);
    invariant(refs.length > 0, 'there is something to drop');
    await this.client.refs.transaction(refs.map(({ name, oid }) => ({ name, expected: oid, next: null })));
  }

  /** What verification has to say, by name and code. */
  async faults(only?: readonly string[]): Promise<readonly string[]> {
    const { report } = await this.world.folds.verify({ only });
    return report.checks.filter(({ outcome }) => outcome !== 'pass').map(({ name, code }) => `${name} ${code}`);
  }
}

/** A CID of nothing that is here. */
export const NOWHERE: Cid = Cid.hash('raw', utf8('nowhere'));
