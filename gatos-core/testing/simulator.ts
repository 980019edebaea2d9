/**
 * A deterministic simulator: several clients, each a process of its own, on one shared repository. Every await of a port is a
 * point where another client may go on and where a fault may strike. One seed decides everything, so a failing seed replays
 * exactly. Clients reach each other through the repository only.
 */
import { type GitBackend, memoryBackend } from '../src/git/index.js';
import { GatosError } from '../src/kernel/index.js';
import { type Fault, FaultGate, type FaultPoint, gatedBackend, SimulatedCrash } from './faults.js';
import { type SeededRandom, seededRandom } from './random.js';
import { type Actor, Scheduler } from './scheduler.js';
import type {
  ClientContext,
  FaultName,
  Invariant,
  SeedRange,
  SeedsResult,
  Simulation,
  SimulationClient,
  SimulationResult,
  Violation,
} from './simulation.js';

/** Runs one seed to its end. */
export function simulate(simulation: Simulation): Promise<SimulationResult> {
  return new Run(simulation).run();
}

interface Life extends Actor {
  readonly client: SimulationClient;
  readonly number: number;
  /** What the client's clock is ahead of the time of the simulation, in microseconds. */
  skew: number;
  state: 'alive' | 'finished' | 'gone';
}

/** 2026-01-01T00:00:00Z in microseconds: where virtual clocks start. */
const EPOCH = 1_767_225_600_000_000;
const JUMP_MS = 3_600_000;
const LONGEST_DELAY = 20;

class Run {
  readonly #random: SeededRandom;
  readonly #scheduler: Scheduler;
  readonly #backend: GitBackend;
  readonly #trace: string[] = [];
  readonly #violations: Violation[] = [];
  readonly #finished: string[] = [];
  readonly #faults: Record<FaultName, number> = { fail: 0, failAfter: 0, crash: 0, race: 0, delay: 0, jump: 0 };
  #crashesLeft: number;
  #alive = 0;
  #changed = false;

  constructor(private readonly simulation: Simulation) {
    this.#random = seededRandom(simulation.seed);
    this.#scheduler = new Scheduler(this.#random.fork('scheduler'));
    this.#crashesLeft = simulation.maxCrashes ?? 3 * simulation.clients.length;
    this.#backend = this.#observed(simulation.backend ?? memoryBackend());
  }

  async run(): Promise<SimulationResult> {
    const { seed, clients, maxSteps = 100_000 } = this.simulation;
    for (const client of clients) this.#start(client, 0);
    while (this.#alive > 0 && this.#violations.length === 0) {
      const outcome = await this.#scheduler.step();
      if (outcome !== 'done')
        this.#violate('progress', 'a client waits for something that the simulation does not control');
      else if (this.#scheduler.steps > maxSteps) this.#violate('progress', `no end after ${maxSteps} steps`);
      if (this.#changed) await this.#check(['always']);
    }
    if (this.#violations.length === 0) await this.#check(['always', 'end']);
    return {
      seed,
      steps: this.#scheduler.steps,
      faults: this.#faults,
      trace: this.#trace,
      violations: this.#violations,
    };
  }

  /** The shared repository, with a look at what changes its refs. */
  #observed({ objects, refs }: GitBackend): GitBackend {
    return {
      objects,
      refs: {
        read: (name) => refs.read(name),
        list: (prefix) => refs.list(prefix),
        transaction: async (edits) => {
          await refs.transaction(edits);
          this.#changed = true;
        },
      },
    };
  }

  #start(client: SimulationClient, number: number): void {
    const skew = this.#random.below(2 * JUMP_MS) * 1000;
    const life: Life = { client, number, skew, state: 'alive', events: 0, waiting: 0 };
    this.#alive += 1;
    const program = async () => {
      await this.#scheduler.pause(life);
      this.#log(life, 'start');
      await client.run(this.#context(life));
    };
    program().then(
      () => this.#end(life, null),
      (error: unknown) => this.#end(life, error),
    );
  }

  #end(life: Life, error: unknown): void {
    life.events += 1;
    // What a crashed process still does is nobody's business
    if (life.state !== 'alive') return;
    life.state = error === null ? 'finished' : 'gone';
    this.#alive -= 1;
    if (error === null) {
      this.#finished.push(life.client.name);
      this.#log(life, 'end');
    } else if (error instanceof GatosError && (error.kind === 'conflict' || error.kind === 'unavailable')) {
      this.#log(life, `gives up: ${error.code}`);
    } else {
      const detail = error instanceof GatosError ? `${error.code}: ${error.message}` : String(error);
      this.#log(life, `fails: ${detail}`);
      this.#violate('client', `${life.client.name} failed: ${detail}`);
    }
  }

  #context(life: Life): ClientContext {
    const gate: FaultGate = new FaultGate(this.#backend, (point) => this.#point(life, point));
    return {
      name: life.client.name,
      life: life.number,
      backend: gatedBackend(this.#backend, gate),
      clock: {
        now: () => EPOCH + this.#scheduler.time + life.skew,
        sleep: (milliseconds) => {
          const wakeAt = this.#scheduler.time + milliseconds * 1000;
          return gate.call('clock.sleep', `${milliseconds} ms`, () => this.#scheduler.pause(life, { wakeAt }));
        },
      },
      random: this.#random.fork(`${life.client.name}.${life.number}`),
      point: (operation, subject = '') => gate.pass({ operation, subject, phase: 'before' }),
      note: (text) => this.#log(life, `note ${text}`),
    };
  }

  async #point(life: Life, point: FaultPoint): Promise<Fault> {
    await this.#scheduler.pause(life);
    if (life.state !== 'alive') return { kind: 'crash' };
    const name = this.#draw(point);
    this.#log(life, `${point.operation} ${point.phase} ${point.subject}${name === null ? '' : `: ${name}`}`);
    if (name !== null) this.#faults[name] += 1;
    switch (name) {
      case 'crash':
        return this.#crash(life);
      case 'race': {
        const { rival } = this.simulation;
        const random = this.#random.fork('rival');
        return { kind: 'race', rival: async (backend) => rival?.({ backend, random }) };
      }
      case 'delay':
        await this.#scheduler.pause(life, { turns: 1 + this.#random.below(LONGEST_DELAY) });
        return life.state === 'alive' ? { kind: 'pass' } : { kind: 'crash' };
      case 'jump':
        life.skew += (this.#random.below(2 * JUMP_MS) - JUMP_MS) * 1000;
        return { kind: 'pass' };
      case null:
        return { kind: 'pass' };
      default:
        return { kind: 'fail' };
    }
  }

  /** Which fault strikes at this point, if any. */
  #draw({ operation, phase }: FaultPoint): FaultName | null {
    const { faults = {}, rival } = this.simulation;
    const storage = operation.startsWith('objects.') || operation.startsWith('refs.');
    const possible: readonly [FaultName, boolean][] = [
      ['race', rival !== undefined && operation === 'refs.transaction' && phase === 'before'],
      ['crash', this.#crashesLeft > 0],
      ['fail', storage && phase === 'before'],
      ['failAfter', storage && phase === 'after'],
      ['delay', true],
      ['jump', true],
    ];
    for (const [name, applies] of possible) if (applies && this.#random.chance(faults[name] ?? 0)) return name;
    return null;
  }

  #crash(life: Life): Fault {
    this.#crashesLeft -= 1;
    this.#alive -= 1;
    life.state = 'gone';
    life.events += 1;
    this.#scheduler.release(life);
    this.#start(life.client, life.number + 1);
    return { kind: 'crash' };
  }

  async #check(when: readonly Invariant['when'][]): Promise<void> {
    this.#changed = false;
    for (const invariant of this.simulation.invariants) {
      if (!when.includes(invariant.when)) continue;
      const detail = await describe(() => invariant.check({ backend: this.#backend, finished: this.#finished }));
      if (detail !== null) this.#violate(invariant.name, detail);
    }
  }

  #violate(invariant: string, detail: string): void {
    this.#violations.push({ step: this.#scheduler.steps, invariant, detail });
  }

  #log({ client, number }: Life, what: string): void {
    this.#trace.push(`${this.#scheduler.steps} ${client.name}.${number} ${what}`);
  }
}

/** An invariant that cannot be checked does not hold. */
async function describe(check: () => Promise<string | null>): Promise<string | null> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof SimulatedCrash) throw error;
    return `could not be checked: ${String(error)}`;
  }
}

/** Runs many seeds, one after the other. To look at a failing one, `simulate(scenario(seed))` again. */
export async function simulateSeeds({ first, count, scenario, maxFailures = 1 }: SeedRange): Promise<SeedsResult> {
  const faults: Record<FaultName, number> = { fail: 0, failAfter: 0, crash: 0, race: 0, delay: 0, jump: 0 };
  const failures: SimulationResult[] = [];
  let steps = 0;
  let seeds = 0;
  for (; seeds < count && failures.length < maxFailures; seeds++) {
    const result = await simulate(scenario(first + seeds));
    steps += result.steps;
    for (const name of Object.keys(faults) as FaultName[]) faults[name] += result.faults[name];
    if (result.violations.length > 0) failures.push(result);
  }
  return { seeds, steps, faults, failures };
}
