/**
 * Uses under the simulator: agents that race for what a capability allows, retry, attenuate and revoke, with crashes, lost races, I/O
 * errors and clocks that jump, at every await of a port. `GATOS_SEED=<n>` runs from another seed, `GATOS_SEEDS=<n>` that many.
 */
import { describe, expect, it } from 'vitest';
import { agent, digest32, TOOL_CALL, toolScope, trustOf } from '../../testing/capability-world.js';
import { chainsGrow, storyOf } from '../../testing/chains-grow.js';
import {
  type ClientContext,
  type FaultRates,
  type Invariant,
  type Simulation,
  type SimulationClient,
  simulate,
  simulateSeeds,
  steppingClock,
} from '../../testing/index.js';
import { quickSigner } from '../../testing/journal-world.js';
import { append, type IndexedRecord, prepareIndexed } from '../chain/index.js';
import { formatHex } from '../codec/index.js';
import { LedgerMemo, TrustLine } from '../governance/index.js';
import { nobleEngine } from '../identity/index.js';
import { type Clock, GatosError } from '../kernel/index.js';
import { agentOf } from '../mythos/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { sumOf } from './count.js';
import { countedIn } from './counters.js';
import {
  attenuateCapability,
  CAPABILITY_RULES,
  CapabilityMemo,
  capabilityLog,
  checkCapability,
  costOf,
  countUse,
  issueCapability,
  revokeCapability,
  USED_KIND,
  USED_RULE,
  type Used,
  usedChain,
  verifyCapabilities,
} from './index.js';
import { sumIn } from './log.js';
import { amountsBody } from './schema.js';

const FIRST = Number(process.env.GATOS_SEED ?? 1);
const SEEDS = Number(process.env.GATOS_SEEDS ?? 40);
const RATES: FaultRates = { fail: 0.01, failAfter: 0.03, crash: 0.006, race: 0.05, delay: 0.02, jump: 0.01 };

const trust = trustOf();
const engine = { ...nobleEngine(), verifyMany: async (items: readonly unknown[]) => items.map(() => true) };
/** Who has which key: alice issues to bob, bob passes on to carol and dave. */
const KEYS = { alice: 2, bob: 3, carol: 4, dave: 5 } as const;
type Name = keyof typeof KEYS;
const writerOf = (name: Name): Writer => ({
  actor: `user:${name}`,
  signer: quickSigner(KEYS[name]),
  trust,
  policyRoot: null,
});
const LIMIT = { bob: 5, carol: 4, dave: 4 } as const;
type User = keyof typeof LIMIT;
/** Wide enough for clocks that jump. */
const WINDOW = { notBefore: 0, expiresAt: 4_000_000_000_000_000, delegable: true };
const termsOf = (user: User) => ({ subject: agent(KEYS[user]), scope: toolScope(LIMIT[user]), ...WINDOW });

interface Ports {
  readonly backend: ClientContext['backend'];
  readonly clock: Clock;
  readonly random: ClientContext['random'];
}

/** What a use is made of; bugs are planted here. */
interface Verbs {
  readonly log: typeof capabilityLog;
  readonly count: typeof countUse;
}
const HONEST: Verbs = { log: capabilityLog, count: countUse };

async function insist<T>(clock: Clock, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      const passes = error instanceof GatosError && (error.kind === 'unavailable' || error.kind === 'conflict');
      if (!passes || attempt === 100) throw error;
      await clock.sleep(attempt);
    }
  }
}

const happened = new Map<string, number>();
const count = (what: string) => happened.set(what, (happened.get(what) ?? 0) + 1);

/** What the model knows: the ids, what was acknowledged, and whether dave was told that his is revoked. */
interface Model {
  readonly ids: Map<User, string>;
  /** `user idem`, once for each use that somebody was told to go ahead with. */
  readonly acknowledged: Set<string>;
  revoked: boolean;
  /** Of dave's, begun after it was revoked. */
  late: string[];
}

async function prepareAll(ports: Ports, { ids }: Model): Promise<void> {
  const all = { ...ports, engine };
  const root = await insist(ports.clock, () => issueCapability(all, writerOf('alice'), termsOf('bob')));
  ids.set('bob', root.held.hex);
  for (const user of ['carol', 'dave'] as const) {
    const request = { ...termsOf(user), parent: root.held.hex };
    const { held } = await insist(ports.clock, () => attenuateCapability(all, writerOf('bob'), request));
    ids.set(user, held.hex);
  }
}

interface Using {
  readonly user: User;
  readonly verbs: Verbs;
  readonly model: Model;
}

/** One use, tried until it is done or refused. */
async function use(ports: Ports, { user, verbs, model }: Using, given: { idem: number; memo: CapabilityMemo }) {
  const [idem, now] = [digest32(given.idem), Math.max(0, Math.floor(ports.clock.now()))];
  const capability = { id: model.ids.get(user) ?? '' };
  const request = TOOL_CALL;
  const late = model.revoked && user === 'dave';
  const who = { agent: agentOf(writerOf(user).signer.key), trust };
  const source = verbs.log(ports.backend);
  const check = { capability, now, request, idem, ...who };
  const { report, chain } = await checkCapability({ source, engine, memo: given.memo }, check);
  const bad = report.checks.find(({ outcome }) => outcome !== 'pass');
  if (bad !== undefined) return count(`${bad.name} ${bad.code}`);
  const counting = verbs.count(ports, writerOf(user), { chain, request, idem, now });
  if (counting === null) throw new Error('it is counted');
  try {
    const made = await append(ports, counting);
    count(made.length > 0 ? 'counted' : 'counted before');
    model.acknowledged.add(`${user} ${given.idem}`);
    if (late) model.late.push(`${user} ${given.idem}`);
  } catch (error) {
    if (!(error instanceof GatosError) || error.code !== 'capabilities/exhausted') throw error;
    count(error.code);
  }
}

function scenario({ seed, verbs = HONEST }: { readonly seed: number; readonly verbs?: Verbs }): Simulation {
  const model: Model = { ids: new Map(), acknowledged: new Set(), revoked: false, late: [] };
  const portsOf = ({ backend, clock, random }: ClientContext): Ports => ({ backend, clock, random });
  const ready = async ({ clock }: ClientContext) => {
    while (model.ids.size < 3) await clock.sleep(20);
  };
  /** Two processes of one name share the key, and so the ids of what they do. */
  const agentClient = (user: User, name: string): SimulationClient => ({
    name,
    async run(context) {
      const ports = portsOf(context);
      const memo = new CapabilityMemo();
      await ready(context);
      for (let idem = 1; idem <= 4; idem++) {
        await context.clock.sleep(context.random.below(200));
        await insist(context.clock, () => use(ports, { user, verbs, model }, { idem: KEYS[user] * 10 + idem, memo }));
      }
    },
  });
  const issuer: SimulationClient = { name: 'issuer', run: (context) => prepareAll(portsOf(context), model) };
  const revoker: SimulationClient = {
    name: 'revoker',
    async run(context) {
      const ports = portsOf(context);
      await ready(context);
      await context.clock.sleep(context.random.below(700));
      const id = model.ids.get('dave') ?? '';
      await insist(context.clock, () => revokeCapability(ports, writerOf('alice'), { id, reason: 'enough' }));
      model.revoked = true;
    },
  };
  return {
    seed,
    clients: [
      issuer,
      revoker,
      agentClient('bob', 'bob'),
      agentClient('carol', 'carol'),
      agentClient('carol', 'carol again'),
      agentClient('dave', 'dave'),
    ],
    faults: RATES,
    // Somebody else with bob's key, just before another one records a use.
    rival: async ({ backend, random }) => {
      if (model.ids.size < 3) return;
      const ports = { backend, random, clock: steppingClock({ start: 1_767_225_600_000_000, step: 1 }) };
      await use(ports, { user: 'bob', verbs, model }, { idem: 90 + random.below(3), memo: new CapabilityMemo() });
    },
    invariants: [
      chainsGrow({ rules: CAPABILITY_RULES, engine, repo: trust.repo }),
      holds(),
      within(model),
      neverLate(model),
    ],
  };
}

class FixedLine extends LedgerMemo {
  override async lineOf(): Promise<TrustLine> {
    return new TrustLine([{ cid: trust.repo, clock: 0, groups: trust.state.groups, roots: [], threshold: 1 }]);
  }
}

function holds(): Invariant {
  return {
    name: 'no limit is exceeded, and every sum is right',
    when: 'always',
    async check({ backend }) {
      const checks = await verifyCapabilities({ backend, engine, memo: new FixedLine() }, { trust });
      const bad = checks.find(({ outcome }) => outcome !== 'pass');
      return bad === undefined ? null : `${bad.name}: ${bad.detail}`;
    },
  };
}

/** The model: uses that were acknowledged, each once, against the sums and the limits. */
function within({ ids, acknowledged }: Model): Invariant {
  return {
    name: 'what was acknowledged is counted, once, and within the limits',
    when: 'end',
    async check({ backend }) {
      const log = capabilityLog(backend);
      const root = ids.get('bob') ?? '';
      const sum = async (user: User) => Number((await log.used(root, ids.get(user) ?? '')).calls ?? 0n);
      for (const user of ['carol', 'dave'] as const) {
        const told = [...acknowledged].filter((each) => each.startsWith(user));
        for (const each of told) {
          const idem = formatHex(digest32(Number(each.split(' ')[1])));
          if (!(await log.isCounted(root, { id: ids.get(user) ?? '', idem }))) return `${each} was not counted`;
        }
        if ((await sum(user)) < told.length)
          return `${user}: ${told.length} were acknowledged, ${await sum(user)} counted`;
        if ((await sum(user)) > 4) return `${user}: 4 uses were tried, ${await sum(user)} counted`;
        if (told.length > LIMIT[user]) return `${user}: ${told.length} were acknowledged`;
      }
      if (acknowledged.size > LIMIT.bob) return `${acknowledged.size} uses were acknowledged, ${LIMIT.bob} are allowed`;
      return (await sum('bob')) > LIMIT.bob ? `${await sum('bob')} uses were counted` : null;
    },
  };
}

function neverLate({ late }: Model): Invariant {
  return {
    name: 'what is revoked is not used any more',
    when: 'end',
    check: async () => (late.length === 0 ? null : `used after it was revoked: ${late.join(', ')}`),
  };
}

describe(`capabilities in the simulator (seeds ${FIRST} to ${FIRST + SEEDS - 1})`, () => {
  it('keep every promise', async () => {
    const result = await simulateSeeds({ first: FIRST, count: SEEDS, scenario: (seed) => scenario({ seed }) });
    expect(storyOf(result)).toBe('');
    expect(result.seeds).toBe(SEEDS);
    for (const times of Object.values(result.faults)) expect(times).toBeGreaterThan(SEEDS / 20);
  }, 300_000);

  it('meet what makes them hard', () => {
    const wanted = [
      'counted',
      'counted before',
      'capabilities/exhausted',
      'counters capabilities/exhausted',
      'revocation capabilities/revoked',
    ];
    expect(wanted.filter((what) => (happened.get(what) ?? 0) < SEEDS / 50)).toEqual([]);
  });

  it('replay a seed exactly', async () => {
    const [one, two] = [await simulate(scenario({ seed: FIRST })), await simulate(scenario({ seed: FIRST }))];
    expect(two.trace).toEqual(one.trace);
    expect(one.trace.length).toBeGreaterThan(100);
  });
});

interface Careless {
  readonly checksLimit?: boolean;
  readonly ancestors?: boolean;
  readonly marks?: boolean;
}

/** Planted: counts by the records that are given up on one or another care. */
function careless({ checksLimit = false, ancestors = true, marks = true }: Careless): typeof countUse {
  return (ports, writer, given) => {
    const honest = countUse(ports, writer, given);
    const [held, root] = [given.chain[0], given.chain.at(-1)];
    if (honest === null || held === undefined || root === undefined) return null;
    const cost = costOf(given.request);
    const prepare = prepareIndexed<Used>(ports.backend, {
      chain: usedChain(root.hex),
      kind: USED_KIND,
      records: async (at) => {
        const fresh = digest32(0).map((_, i) => (Math.floor(given.now) + i * 7) & 0xff);
        const idem = marks ? given.idem : fresh;
        if (marks && (await at.find(`${held.hex}/${formatHex(idem)}`)) !== null) return [];
        const { time, replaces } = { time: given.now, replaces: null };
        const records: IndexedRecord<Used>[] = [
          { body: { cap: held.id, idem, amounts: amountsBody(cost), time, replaces }, expected: null },
        ];
        for (const { hex, id, max } of countedIn(ancestors ? given.chain : [held])) {
          const { cid, amounts: used } = await sumIn(at, hex);
          if (checksLimit && (used.calls ?? 0n) >= (max.calls ?? 0n)) throw new GatosError(EXHAUSTED);
          const amounts = amountsBody(sumOf(used, { cost, max }));
          records.push({ body: { cap: id, idem: null, amounts, time, replaces: cid }, expected: cid });
        }
        return records;
      },
    });
    return requestBy(writer, { chain: usedChain(root.hex), rule: USED_RULE, prepare });
  };
}

const EXHAUSTED = { kind: 'denied', code: 'capabilities/exhausted', data: {}, exit: 12, message: 'planted' } as const;

describe('the same simulation', () => {
  it.each<[string, Partial<Verbs>, RegExp]>([
    ['a limit that is checked before the race, and not in it', { count: careless({}) }, /(\d) of \1 calls are used/],
    [
      'a use that counts on nothing that it rests on',
      { count: careless({ checksLimit: true, ancestors: false }) },
      /the sum of/,
    ],
    [
      'a retry that is counted again',
      { count: careless({ checksLimit: true, marks: false }) },
      /was not counted|uses were tried/,
    ],
    [
      'a memo that does not see revocations',
      { log: (backend) => ({ ...capabilityLog(backend), heads: async () => 'as ever' }) },
      /used after it was revoked/,
    ],
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
