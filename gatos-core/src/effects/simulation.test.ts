/**
 * Effects under the simulator: callers that race for keys, take leases, invoke a tool that counts, and record what came of it, with crashes
 * between any two of register, invoke, receipt and commit, lost races, I/O errors, and clocks that differ and jump, at every await of a
 * port. `GATOS_SEED=<n>` runs from another seed, `GATOS_SEEDS=<n>` that many.
 */
import { describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { chainsGrow, storyOf } from '../../testing/chains-grow.js';
import { SAFE, UNSAFE } from '../../testing/effects-world.js';
import {
  type ClientContext,
  type FaultRates,
  type Invariant,
  type Simulation,
  type SimulationClient,
  simulate,
  simulateSeeds,
} from '../../testing/index.js';
import { quickSigner, trustAll } from '../../testing/journal-world.js';
import { formatHex } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { nobleEngine } from '../identity/index.js';
import { type Clock, GatosError, LIMITS, utf8 } from '../kernel/index.js';
import type { ToolDef } from '../mythos/index.js';
import type { Writer } from '../trust/index.js';
import {
  commitEffect,
  EFFECT_RULES,
  type EffectCall,
  endCall,
  type HeldEffect,
  historyOf,
  idempotencyId,
  type OpenCallRequest,
  type OpenedCall,
  openCall,
  readEffect,
  receiptOf,
  renewLease,
  stateAt,
  verifyEffects,
} from './index.js';
import { REGISTER_KIND } from './schema.js';
import { takeStep } from './step.js';

const FIRST = Number(process.env.GATOS_SEED ?? 1);
const SEEDS = Number(process.env.GATOS_SEEDS ?? 60);
const RATES: FaultRates = { fail: 0.01, failAfter: 0.03, crash: 0.01, race: 0.03, delay: 0.02, jump: 0.01 };

const trust = trustAll();
const always = { verify: () => true, verifyMany: async (items: readonly unknown[]) => items.map(() => true) };
const engine = { ...nobleEngine(), ...always };
const CALLERS = ['user:g1', 'user:g2', 'user:g3'] as const;
const LEASE_MS = 10_000;

/** Every caller has a key of his own, so that owners differ. */
const writerOf = (actor: string): Writer => {
  const seed = 10 + CALLERS.indexOf(actor as (typeof CALLERS)[number]);
  return { actor, signer: quickSigner(seed), trust, policyRoot: null };
};

interface Plan {
  readonly key: string;
  readonly def: ToolDef;
  /** Does it answer the same whenever it is invoked? */
  readonly steady: boolean;
}
const PLANS: readonly Plan[] = [
  { key: 'once', def: UNSAFE, steady: false },
  { key: 'once too', def: UNSAFE, steady: true },
  { key: 'again', def: SAFE, steady: true },
  { key: 'again otherwise', def: SAFE, steady: false },
];

const callOf = ({ key, def }: Plan, body = 'hi'): EffectCall => ({
  def,
  key: utf8(key),
  request: sha256(utf8(`${key} ${body}`)),
  capability: new Uint8Array(32),
});
const idOf = ({ key, def }: Plan): Uint8Array => idempotencyId(def.tool_id, utf8(key));

/** The outside world: what was done to it, and under which lease. */
class World {
  readonly invocations: { readonly plan: Plan; readonly lease: string; readonly response: Uint8Array }[] = [];
  /** Receipts that callers were given, by key. */
  readonly told = new Map<string, Set<string>>();

  invoke(plan: Plan, lease: string): Uint8Array {
    const response = utf8(plan.steady ? `${plan.key}: done` : `${plan.key}: ${this.invocations.length}`);
    this.invocations.push({ plan, lease, response });
    return response;
  }

  tell({ key }: Plan, receipt: Uint8Array): void {
    const known = this.told.get(key) ?? new Set();
    this.told.set(key, known.add(formatHex(receipt)));
  }

  of(plan: Plan) {
    return this.invocations.filter((each) => each.plan === plan);
  }
}

/** What a gateway does; bugs are planted here. */
interface Verbs {
  readonly open: typeof openCall;
  readonly commit: typeof commitEffect;
  /** Invoke before a lease is had. */
  readonly early?: boolean;
  /** After a fault, invoke again under the same lease. */
  readonly twice?: boolean;
}
const HONEST: Verbs = { open: openCall, commit: commitEffect };

interface Ports {
  readonly backend: GitBackend;
  readonly clock: Clock;
  readonly random: ClientContext['random'];
}

const happened = new Map<string, number>();
const count = (what: string) => happened.set(what, (happened.get(what) ?? 0) + 1);
const codeOf = (error: unknown): string => (error instanceof GatosError ? error.code : '');

/** Answers after which nobody asks again. */
const FINAL = new Set([
  'effects/outcome-unknown',
  'effects/divergent',
  'effects/idempotency-conflict',
  'effects/non-deterministic',
]);

class Caller {
  constructor(
    private readonly ports: Ports,
    private readonly context: ClientContext,
    private readonly options: { readonly verbs: Verbs; readonly world: World; readonly plans: readonly Plan[] },
  ) {}

  /** Until every key is answered, or refused for good. */
  async all(): Promise<void> {
    const { clock, random } = this.ports;
    const open = new Set(this.options.plans);
    while (open.size > 0) {
      const plan = random.pick([...open]);
      try {
        if (await this.#call(plan)) open.delete(plan);
      } catch (error) {
        const code = codeOf(error);
        count(code);
        this.context.note(`${plan.key}: ${code}`);
        if (FINAL.has(code)) open.delete(plan);
        else if (!(error instanceof GatosError) || !['unavailable', 'conflict'].includes(error.kind)) throw error;
      }
      // Longer than any lease, and than most clocks differ: nobody waits for long here.
      await clock.sleep(random.chance(0.5) ? 1000 : 1_000_000);
    }
  }

  get #writer(): Writer {
    return writerOf(this.context.name);
  }

  async #call(plan: Plan): Promise<boolean> {
    const { random } = this.ports;
    const { verbs, world } = this.options;
    const lease = random.bytes(16);
    const call = callOf(plan, random.chance(0.03) ? 'another' : 'hi');
    if (verbs.early === true) world.invoke(plan, `early ${formatHex(lease)}`);
    const opened = await this.#open(() => verbs.open(this.ports, { ...this.#writer, call, leaseMs: LEASE_MS, lease }));
    count(opened.what);
    if (opened.what === 'held') return false;
    if (opened.what === 'replay') {
      world.tell(plan, opened.effect.outcome?.receipt.receipt_id as Uint8Array);
      return true;
    }
    return this.#invoke(plan, opened.held);
  }

  /** As the gateway: a fault may have hidden that the lease was had. */
  async #open(open: () => Promise<OpenedCall>): Promise<OpenedCall> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await open();
      } catch (error) {
        if (attempt === 3 || !(error instanceof GatosError) || error.kind !== 'unavailable') throw error;
      }
    }
  }

  async #invoke(plan: Plan, held: HeldEffect): Promise<boolean> {
    const { clock, random } = this.ports;
    const { verbs, world } = this.options;
    const name = `${held.effect.body.attempt} ${formatHex(held.effect.body.lease)}`;
    if (held.effect.body.attempt > 1) count('taken over');
    await this.context.point('tool', 'before');
    if (random.chance(0.1)) {
      await endCall(this.ports, { ...this.#writer, held, acted: 'no', why: 'no such command' });
      return false;
    }
    for (let times = random.below(3); times > 0; times--) {
      await clock.sleep(random.below(9000));
      await renewLease(this.ports, { ...this.#writer, held, leaseMs: LEASE_MS }).catch((error: unknown) =>
        codeOf(error),
      );
    }
    const response = world.invoke(plan, name);
    await this.context.point('tool', 'after');
    if (random.chance(0.05)) {
      await endCall(this.ports, { ...this.#writer, held, acted: 'unknown', why: 'it timed out' });
      return false;
    }
    const receipt = await receiptOf(this.ports, held.call, { response, status: 200, signer: this.#writer.signer });
    await this.context.point('tool', 'receipt');
    for (let attempt = 1; ; attempt++) {
      try {
        const { status, effect } = await verbs.commit(this.ports, { ...this.#writer, held, receipt, response });
        count(status);
        world.tell(plan, effect.outcome?.receipt.receipt_id as Uint8Array);
        return true;
      } catch (error) {
        if (attempt === 20 || !(error instanceof GatosError) || error.kind !== 'unavailable') throw error;
        if (verbs.twice === true) world.invoke(plan, name);
        await clock.sleep(attempt);
      }
    }
  }
}

interface Scenario {
  readonly seed: number;
  readonly verbs?: Verbs;
  readonly faults?: FaultRates;
}

function scenario({ seed, verbs = HONEST, faults = RATES }: Scenario): Simulation {
  const world = new World();
  const caller = (name: string): SimulationClient => ({
    name,
    run: (context) => {
      const ports = { backend: context.backend, clock: context.clock, random: context.random };
      return new Caller(ports, context, { verbs, world, plans: PLANS }).all();
    },
  });
  let takeOvers = 0;
  return {
    seed,
    faults,
    maxSteps: 400_000,
    clients: CALLERS.map(caller),
    rival: async ({ backend, random }) => {
      // Takes over from whoever invokes, as soon as anybody may: often just before he commits.
      const plan = random.pick(PLANS);
      const effect = await readEffect(backend, idOf(plan));
      if (effect === null || takeOvers++ >= 3) return;
      const now = Number(effect.register.lease_expires_at) + LIMITS.leaseSkew;
      const ports = { backend, random, clock: { now: () => now, sleep: async () => undefined } };
      const lease = random.bytes(16);
      const request = { ...writerOf('user:g1'), call: callOf(plan), leaseMs: 1000, lease };
      await openCall(ports, request).catch((error: unknown) => count(`rival ${codeOf(error)}`));
    },
    invariants: [
      chainsGrow({ rules: EFFECT_RULES, engine, repo: trust.repo }),
      ledgerHolds(),
      oncePerLease(world),
      endsRight(world),
    ],
  };
}

function ledgerHolds(): Invariant {
  return {
    name: 'what stands in the ledger follows',
    when: 'always',
    async check({ backend }) {
      const bad = (await verifyEffects({ backend, engine }, { trust: null })).find(({ outcome }) => outcome !== 'pass');
      return bad === undefined ? null : `${bad.name}: ${bad.detail}`;
    },
  };
}

/** The outside world has seen no more than leases allow. */
function oncePerLease(world: World): Invariant {
  return {
    name: 'at most one invocation for each lease, and one in all for a tool that acts once',
    when: 'always',
    async check({ backend }) {
      for (const plan of PLANS) {
        const leases = world.of(plan).map(({ lease }) => lease);
        if (new Set(leases).size < leases.length) return `${plan.key}: twice under one lease`;
        if (plan.def === UNSAFE && leases.length > 1) return `${plan.key}: invoked ${leases.length} times`;
        const granted = new Set<string>();
        for (const { record } of await historyOf(backend, idOf(plan))) {
          const { attempt, lease } = record.body as { attempt: number; lease: Uint8Array };
          granted.add(`${attempt} ${formatHex(lease)}`);
        }
        const without = leases.find((lease) => !granted.has(lease));
        if (without !== undefined) return `${plan.key}: invoked without a lease`;
      }
      return null;
    },
  };
}

function endsRight(world: World): Invariant {
  return {
    name: 'every key has one outcome that happened, and whoever got a receipt got that one',
    when: 'end',
    async check({ backend, finished }) {
      for (const plan of PLANS) {
        const effect = await readEffect(backend, idOf(plan));
        if (effect === null) return `${plan.key}: nothing stands`;
        const state = stateAt(effect, Number.MAX_SAFE_INTEGER);
        count(`${plan.key} ends ${state}`);
        const told = [...(world.told.get(plan.key) ?? [])];
        const receipt = effect.outcome?.receipt;
        if (told.some((each) => receipt === undefined || each !== formatHex(receipt.receipt_id)))
          return `${plan.key}: told ${told.join(', ')}, and ${receipt === undefined ? 'nothing' : 'another one'} stands`;
        const real = world.of(plan).map(({ response }) => formatHex(sha256(response)));
        if (receipt !== undefined && !real.includes(formatHex(receipt.response_hash)))
          return `${plan.key}: it never happened`;
        if (plan.steady && effect.marks.some(({ opened }) => opened.reason !== 1))
          return `${plan.key}: marked for nothing`;
      }
      for (const caller of CALLERS) if (!finished.includes(caller)) return `${caller} did not finish`;
      return null;
    },
  };
}

describe(`effects in the simulator (seeds ${FIRST} to ${FIRST + SEEDS - 1})`, () => {
  it('keep every promise, also when clocks differ by hours, and jump', async () => {
    const result = await simulateSeeds({ first: FIRST, count: SEEDS, scenario: (seed) => scenario({ seed }) });
    expect(storyOf(result)).toBe('');
    expect(result.seeds).toBe(SEEDS);
    for (const times of Object.values(result.faults)) expect(times).toBeGreaterThan(SEEDS / 10);
  }, 300_000);

  it('meet what makes them hard', () => {
    const wanted = [
      ...['registered', 'held', 'replay', 'taken over', 'recorded', 'exists'],
      ...['effects/lost-lease', 'effects/outcome-unknown', 'effects/divergent', 'effects/idempotency-conflict'],
      ...['effects/non-deterministic', 'once ends committed', 'once ends unknown', 'once ends divergent'],
    ];
    expect(wanted.filter((what) => (happened.get(what) ?? 0) < 1)).toEqual([]);
  });

  it('replay a seed exactly', async () => {
    const [one, two] = [await simulate(scenario({ seed: FIRST })), await simulate(scenario({ seed: FIRST }))];
    expect(two.trace).toEqual(one.trace);
    expect(one.trace.length).toBeGreaterThan(100);
  });
});

/** Planted: takes a lease from whoever has it, without waiting for its end, or asking what the tool says of retries. */
function taking(when: (request: OpenCallRequest, error: unknown) => boolean): typeof openCall {
  return async (ports, request) => {
    let refused: unknown = null;
    const opened = await openCall(ports, request).catch((error: unknown) => {
      refused = error;
      return { what: 'refused' } as const;
    });
    if (opened.what !== 'refused' && opened.what !== 'held') return opened;
    if (!when(request, refused)) {
      if (opened.what === 'refused') throw refused;
      return opened;
    }
    const { call, leaseMs: _, lease, ...writer } = request;
    const id = idempotencyId(call.def.tool_id, call.key);
    return takeStep(ports, {
      ...writer,
      id,
      decide: (effect) => {
        if (effect === null) throw refused;
        const { replaces: __, ...body } = effect.body;
        const next = { ...body, attempt: body.attempt + 1, lease, ended: null, outcome: null, marks: [] };
        return {
          next: { kind: REGISTER_KIND, body: next },
          answer: (made) => ({ what: 'registered', held: { effect: made as HeldEffect['effect'], call } }),
        };
      },
    });
  };
}

/** Planted: commits under whatever lease stands. */
const anyLease: typeof commitEffect = async (ports, request) => {
  const standing = await readEffect(ports.backend, request.held.effect.body.id);
  const held = standing === null || standing.body.ended !== null ? request.held : { ...request.held, effect: standing };
  return commitEffect(ports, { ...request, held });
};

/** Planted: takes a lost lease for an outcome that was recorded. */
const lostIsWon: typeof commitEffect = async (ports, request) => {
  try {
    return await commitEffect(ports, request);
  } catch (error) {
    if (codeOf(error) !== 'effects/lost-lease') throw error;
    const outcome = { receipt: request.receipt, commit: null, response: null };
    return { status: 'recorded', effect: { ...request.held.effect, outcome } };
  }
};

describe('a planted bug is found', () => {
  const bugs: readonly (readonly [string, Verbs, RegExp])[] = [
    [
      'a tool that is invoked before there is a lease',
      { ...HONEST, early: true },
      /invoked without a lease|invoked \d times/,
    ],
    ['a tool that is invoked again when the commit failed', { ...HONEST, twice: true }, /twice under one lease/],
    [
      'a lease that is taken before its end',
      { ...HONEST, open: taking((_, error) => error === null) },
      /takes over while the lease/,
    ],
    [
      'an unknown outcome that is tried again',
      { ...HONEST, open: taking((_, error) => codeOf(error) === 'effects/outcome-unknown') },
      /invokes again a tool that may have acted/,
    ],
    ['a commit under the lease of somebody else', { ...HONEST, commit: anyLease }, /objects: .*somebody else/],
    [
      'a lost lease that is taken for an outcome',
      { ...HONEST, commit: lostIsWon },
      /told [0-9a-f, ]+, and (?:nothing|another one) stands/,
    ],
  ];
  it.each(bugs)(
    '%s',
    async (_, verbs, detail) => {
      const planted = (seed: number) => scenario({ seed, verbs });
      const { failures } = await simulateSeeds({ first: FIRST, count: 200, scenario: planted });
      const [failure] = failures;
      expect(failure?.violations[0]?.detail).toMatch(detail);
      const again = await simulate(planted(failure?.seed ?? 0));
      expect(again.violations).toEqual(failure?.violations);
    },
    300_000,
  );
});
