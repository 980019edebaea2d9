/**
 * Jobs under the simulator: workers that race for jobs, renew, give back, take over and finish, with crashes, lost races, I/O errors and
 * clocks that differ and jump, at every await of a port. `GATOS_SEED=<n>` runs from another seed, `GATOS_SEEDS=<n>` that many.
 */
import { describe, expect, it } from 'vitest';
import { chainsGrow, storyOf } from '../../testing/chains-grow.js';
import {
  type ClientContext,
  type FaultRates,
  type Invariant,
  type Simulation,
  type SimulationClient,
  simulate,
  simulateSeeds,
} from '../../testing/index.js';
import { jobSpec, runOf } from '../../testing/jobs-world.js';
import { quickSigner, trustAll } from '../../testing/journal-world.js';
import { append, appendTogether, draftRecord } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { type GitBackend, memoryBackend } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { type Clock, GatosError, invariant, LIMITS, utf8 } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { claimMove } from './claim.js';
import { executionOf } from './execution.js';
import {
  cancelJob,
  claimJob,
  EXECUTION_KIND,
  EXECUTION_RULE,
  executionChain,
  finishJob,
  JOB_RULES,
  type Lease,
  listJobs,
  type PreparedJob,
  prepareJob,
  RESULT_KIND,
  RESULT_RULE,
  type RunRecord,
  readClaim,
  readExecution,
  readResult,
  releaseClaim,
  renewClaim,
  resultChain,
  submitJob,
  verifyJobs,
} from './index.js';

const FIRST = Number(process.env.GATOS_SEED ?? 1);
const SEEDS = Number(process.env.GATOS_SEEDS ?? 100);
const RATES: FaultRates = { fail: 0.01, failAfter: 0.03, crash: 0.006, race: 0.05, delay: 0.02, jump: 0.01 };

const trust = trustAll();
const engine = { ...nobleEngine(), verifyMany: async (items: readonly unknown[]) => items.map(() => true) };
const WORKERS = ['user:w1', 'user:w2', 'user:w3'] as const;
const LEASE_MS = 10_000;

const writerOf = (actor: string): Writer => ({ actor, signer: quickSigner(1), trust, policyRoot: null });

/** Three jobs, prepared before anything goes wrong. */
const JOBS: readonly PreparedJob[] = await Promise.all(
  ['a', 'b', 'c'].map((name) => prepareJob(memoryBackend(), jobSpec({}, { [name]: name }), { policyRoot: null })),
);

/** What a worker does with a job that it holds; bugs are planted here. */
interface Verbs {
  readonly claim: typeof claimJob;
  readonly finish: typeof finishJob;
}
const HONEST: Verbs = { claim: claimJob, finish: finishJob };

interface Ports {
  readonly backend: GitBackend;
  readonly clock: Clock;
  readonly random: ClientContext['random'];
}

/** Does the fault let another try go through, or is the job another's now? */
function mayPass(error: unknown): boolean {
  return error instanceof GatosError && (error.kind === 'unavailable' || error.kind === 'conflict');
}

async function insist<T>(clock: Clock, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof GatosError) || error.kind !== 'unavailable' || attempt === 100) throw error;
      await clock.sleep(attempt);
    }
  }
}

/** How often what happened that the simulation is about. */
const happened = new Map<string, number>();
const count = (what: string) => happened.set(what, (happened.get(what) ?? 0) + 1);

/** What was acknowledged: the run whose proof stands. */
type Acknowledged = Map<string, string>;

class Worker {
  #runs = 0;

  constructor(
    private readonly ports: Ports,
    private readonly context: ClientContext,
    private readonly options: { readonly verbs: Verbs; readonly acknowledged: Acknowledged },
  ) {}

  /** Until every job has a result. */
  async all(): Promise<void> {
    const { backend, clock, random } = this.ports;
    for (;;) {
      const open = (await insist(clock, () => listJobs(backend))).filter(({ done }) => !done);
      const { length } = await insist(clock, () => listJobs(backend));
      if (length === JOBS.length && open.length === 0) return;
      for (const { job } of open) await this.#attempt(job);
      // Longer than any lease, and than most clocks differ: nobody waits for long here.
      await clock.sleep(random.chance(0.5) ? 1000 : 1_000_000);
    }
  }

  async #attempt(job: Cid): Promise<void> {
    const { clock } = this.ports;
    try {
      const lease = await this.options.verbs.claim(this.ports, { ...this.#writer, job, leaseMs: LEASE_MS });
      if (lease.attempt > 1) count('taken over');
      await this.#work(lease);
    } catch (error) {
      if (!mayPass(error)) throw error;
      const code = error instanceof GatosError ? error.code : '';
      count(code);
      this.context.note(code);
      await clock.sleep(1);
    }
  }

  get #writer(): Writer {
    return writerOf(this.context.name);
  }

  async #work(claimed: Lease): Promise<void> {
    const { clock, random, backend } = this.ports;
    let lease = claimed;
    for (let step = random.below(4); step > 0; step--) {
      await clock.sleep(random.below(9000));
      if (random.chance(0.7))
        lease = await insist(clock, () => renewClaim(this.ports, { ...this.#writer, lease, leaseMs: LEASE_MS }));
    }
    if (random.chance(0.1)) return insist(clock, () => releaseClaim(this.ports, { ...this.#writer, lease }));
    const said = `${this.context.name}.${this.context.life}.${this.#runs++}`;
    const prepared = JOBS.find(({ job }) => job.equals(lease.job));
    invariant(prepared !== undefined, 'the simulation knows its jobs');
    const run = await insist(clock, () => runOf(backend, { 'out/a': said }, { stdout: utf8(said) }));
    const { manifest } = prepared;
    const request = { ...this.#writer, lease, manifest, run };
    const { execution, status } = await insist(clock, () => this.options.verbs.finish(this.ports, request));
    count(status);
    this.options.acknowledged.set(`${lease.job} ${said}`, String(execution.stdout));
  }
}

/** Time that all workers agree on but for a second: they differ within LIMITS.leaseSkew. */
class CloseClocks {
  #latest = 1_767_225_600_000_000;

  of(context: ClientContext, offset: number): Clock {
    const [start, raw] = [this.#latest, context.clock.now()];
    return {
      now: () => {
        const time = start + Math.max(0, context.clock.now() - raw);
        this.#latest = Math.max(this.#latest, time);
        return Math.max(this.#latest, time) + offset;
      },
      sleep: (ms) => context.clock.sleep(ms),
    };
  }
}

interface Scenario {
  readonly seed: number;
  readonly verbs?: Verbs;
  readonly faults?: FaultRates;
  readonly close?: boolean;
}

function scenario({ seed, verbs = HONEST, faults = RATES, close = false }: Scenario): Simulation {
  const acknowledged: Acknowledged = new Map();
  const clocks = new CloseClocks();
  const portsOf = (context: ClientContext, i: number): Ports => {
    const clock = close ? clocks.of(context, (i - 1) * 400_000) : context.clock;
    return { backend: context.backend, random: context.random, clock };
  };
  const worker = (name: string, i: number): SimulationClient => ({
    name,
    run: (context) => new Worker(portsOf(context, i), context, { verbs, acknowledged }).all(),
  });
  const submitter: SimulationClient = {
    name: 'user:submitter',
    async run(context) {
      const ports = portsOf(context, 1);
      for (const prepared of JOBS) {
        await insist(ports.clock, () => submitJob(ports, writerOf('user:submitter'), prepared));
        await ports.clock.sleep(ports.random.below(2000));
      }
    },
  };
  const canceller: SimulationClient = {
    name: 'user:canceller',
    async run(context) {
      const ports = portsOf(context, 1);
      await ports.clock.sleep(ports.random.below(20_000));
      const { job } = ports.random.pick(JOBS);
      try {
        await cancelJob(ports, { ...writerOf('user:canceller'), job, reason: 'enough' });
      } catch (error) {
        const late = error instanceof GatosError && error.code === 'jobs/no-such-job';
        if (!late && !mayPass(error)) throw error;
      }
    },
  };
  let takeOvers = 0;
  return {
    seed,
    faults,
    maxSteps: 400_000,
    clients: [...WORKERS.map(worker), submitter, canceller],
    rival: async ({ backend, random }) => {
      // Takes over from whoever holds a job, as soon as anybody may: often just before he finishes it.
      const { job } = random.pick(JOBS);
      const standing = await readClaim({ backend }, job);
      if (standing?.body.state !== 'held' || takeOvers++ >= 3) return;
      const now = standing.body.lease_until + LIMITS.leaseSkew;
      const ports = { backend, random, clock: { now: () => now, sleep: async () => undefined } };
      if ((await readResult(backend, job)) !== null) return;
      await claimJob(ports, { ...writerOf('user:rival'), job, leaseMs: 1000 });
    },
    invariants: [chainsGrow({ rules: JOB_RULES, engine, repo: trust.repo }), jobsHold(), oneResultEach(acknowledged)],
  };
}

function jobsHold(): Invariant {
  return {
    name: 'what stands of every job holds',
    when: 'always',
    async check({ backend }) {
      const bad = (await verifyJobs({ backend })).find(({ outcome }) => outcome !== 'pass');
      return bad === undefined ? null : `${bad.name}: ${bad.detail}`;
    },
  };
}

function oneResultEach(acknowledged: Acknowledged): Invariant {
  return {
    name: 'every job has one result, and whoever was told so gave it',
    when: 'end',
    async check({ backend, finished }) {
      const jobs = await listJobs(backend);
      if (jobs.length !== JOBS.length || jobs.some(({ done }) => !done)) return `lost: ${jobs.length} jobs`;
      for (const { job } of JOBS) {
        const execution = await readExecution(backend, job);
        const told = [...acknowledged].filter(([run]) => run.startsWith(`${job} `));
        if (told.length > 1) return `two runs were acknowledged: ${told.map(([run]) => run).join(', ')}`;
        const [run] = told;
        if (run === undefined) continue;
        if (String(execution?.body.stdout) !== run[1]) return `acknowledged and not recorded: ${run[0]}`;
      }
      for (const worker of WORKERS) if (!finished.includes(worker)) return `${worker} did not finish`;
      return null;
    },
  };
}

async function passes(close: boolean): Promise<void> {
  const faults = close ? { ...RATES, jump: 0 } : RATES;
  const result = await simulateSeeds({
    first: FIRST,
    count: SEEDS,
    scenario: (seed) => scenario({ seed, close, faults }),
  });
  expect(storyOf(result)).toBe('');
  expect(result.seeds).toBe(SEEDS);
  const { jump, ...struck } = result.faults;
  expect(jump > 0).toBe(!close);
  for (const times of Object.values(struck)) expect(times).toBeGreaterThan(SEEDS / 10);
}

describe(`jobs in the simulator (seeds ${FIRST} to ${FIRST + SEEDS - 1})`, () => {
  it('keep every promise when clocks differ by hours, and jump', () => passes(false), 300_000);
  it('keep every promise when clocks differ within the skew that leases allow for', () => passes(true), 300_000);

  it('meet what makes them hard', () => {
    const wanted = ['taken over', 'recorded', 'exists', 'jobs/held', 'jobs/done', 'jobs/lost-lease'];
    expect(wanted.filter((what) => (happened.get(what) ?? 0) < SEEDS / 50)).toEqual([]);
  });

  it('replay a seed exactly', async () => {
    const [one, two] = [await simulate(scenario({ seed: FIRST })), await simulate(scenario({ seed: FIRST }))];
    expect(two.trace).toEqual(one.trace);
    expect(one.trace.length).toBeGreaterThan(100);
  });
});

interface Parts {
  readonly lease: Lease;
  readonly manifest: PreparedJob['manifest'];
  readonly run: RunRecord;
}

async function recordsOf(ports: Ports, writer: Writer, { lease, manifest, run }: Parts) {
  const { job, attempt } = lease;
  const { execution, files } = await executionOf(ports, { job, manifest, attempt, writer, run });
  const { draft } = draftRecord(EXECUTION_KIND, execution, { files });
  const proof = requestBy(writer, { chain: executionChain(job), rule: EXECUTION_RULE, prepare: async () => [draft] });
  const result = (poe: Cid) => {
    const body = { job, status: execution.status, poe, reason: null };
    const made = draftRecord(RESULT_KIND, body).draft;
    return requestBy(writer, { chain: resultChain(job), rule: RESULT_RULE, prepare: async () => [made] });
  };
  return { execution, proof, result };
}

/** Planted: ends whatever claim stands, instead of its own. */
const anyClaim: typeof finishJob = async (ports, { lease, manifest, run, ...writer }) => {
  const standing = await readClaim(ports, lease.job);
  const body = { job: lease.job, worker: writer.actor, attempt: lease.attempt, lease_until: lease.until } as const;
  const { execution, proof, result } = await recordsOf(ports as Ports, writer, { lease, manifest, run });
  const closing = claimMove({
    writer,
    body: { ...body, state: 'closed' },
    from: standing?.oid ?? null,
    seen: lease.clock,
  });
  let poe: Cid | undefined;
  const last = {
    ...result(lease.job),
    prepare: async (_: unknown, before: readonly (readonly { readonly cid: Cid }[])[]) => {
      poe = before[0]?.[0]?.cid;
      return result(poe ?? lease.job).prepare(null, []);
    },
  };
  await appendTogether(ports, [proof, closing, last]);
  return { status: 'recorded', execution, poe: poe ?? lease.job };
};

/** Planted: one after the other, instead of all at once. */
const stepByStep: typeof finishJob = async (ports, { lease, manifest, run, ...writer }) => {
  const { execution, proof, result } = await recordsOf(ports as Ports, writer, { lease, manifest, run });
  const body = { job: lease.job, worker: writer.actor, attempt: lease.attempt, lease_until: lease.until } as const;
  await append(ports, claimMove({ writer, body: { ...body, state: 'closed' }, from: lease.head, seen: lease.clock }));
  const [made] = await append(ports, proof);
  const poe = made?.envelope.cid ?? lease.job;
  await append(ports, result(poe));
  return { status: 'recorded', execution, poe };
};

/** Planted: takes a lost lease for a result that was recorded. */
const lostIsWon: typeof finishJob = async (ports, request) => {
  try {
    return await finishJob(ports, request);
  } catch (error) {
    if (!(error instanceof GatosError) || error.code !== 'jobs/lost-lease') throw error;
    const { lease, manifest, run, ...writer } = request;
    const { execution } = await recordsOf(ports as Ports, writer, { lease, manifest, run });
    return { status: 'recorded', execution, poe: lease.job };
  }
};

/** Planted: does not wait for the end of a lease. */
const impatient: typeof claimJob = async (ports, request) => {
  const standing = await readClaim(ports, request.job);
  if (standing?.body.state !== 'held') return claimJob(ports, request);
  const { job, leaseMs, ...writer } = request;
  const [until, attempt] = [ports.clock.now() + leaseMs * 1000, standing.body.attempt + 1];
  const body = { job, worker: writer.actor, lease_until: until, attempt, state: 'held' } as const;
  const seen = standing.envelope.clock;
  const [made] = await append(ports, claimMove({ writer, body, from: standing.oid, seen }));
  return { job, attempt, until, head: made?.oid ?? '', clock: made?.envelope.clock ?? 0 };
};

describe('the same simulation', () => {
  it.each<[string, Partial<Verbs>, RegExp]>([
    [
      'a result that ends the claim of another',
      { finish: anyClaim },
      /claims: .*(but `user:\w+` holds the job|follows|is attempt)/,
    ],
    [
      'a result that becomes visible in steps',
      { finish: stepByStep },
      /result: .*its claim is closed, and there is no result/,
    ],
    ['a lost lease that is taken for a result', { finish: lostIsWon }, /acknowledged and not recorded|two runs/],
    ['a worker that takes over too early', { claim: impatient }, /claims: .*takes over while the lease/],
  ])(
    'finds %s',
    async (_, bug, detail) => {
      const planted = (seed: number) => scenario({ seed, verbs: { ...HONEST, ...bug } });
      const { failures } = await simulateSeeds({ first: FIRST, count: 100, scenario: planted });
      const [failure] = failures;
      expect(failure?.violations[0]?.detail).toMatch(detail);
      const again = await simulate(planted(failure?.seed ?? 0));
      expect(again.trace).toEqual(failure?.trace);
      expect(again.violations).toEqual(failure?.violations);
    },
    120_000,
  );
});
