/**
 * A topic under the simulator: publishers that rotate, two consumers, one of them in two processes, and a compactor, with crashes, lost
 * races, I/O errors and clock jumps at every await of a port. `GATOS_SEED=<n>` runs from another seed, `GATOS_SEEDS=<n>` that many.
 */
import { describe, expect, it } from 'vitest';
import { storyOf } from '../../testing/chains-grow.js';
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
import { UlidSource } from '../journal/index.js';
import { GatosError } from '../kernel/index.js';
import {
  type BusPorts,
  compactTopic,
  type Delivery,
  listConsumers,
  listSegments,
  type Message,
  type NewMessage,
  openConsumer,
  publishMessages,
  SegmentMemo,
  verifyBus,
} from './index.js';

const FIRST = Number(process.env.GATOS_SEED ?? 1);
const SEEDS = Number(process.env.GATOS_SEEDS ?? 100);
const RATES: FaultRates = { fail: 0.008, failAfter: 0.008, crash: 0.006, race: 0.03, delay: 0.02, jump: 0.02 };
const TOPIC = 'sim';
const PUBLISHERS = ['a', 'b', 'c'];
const REQUESTS = 3;
const trust = trustAll();
const LIMITS_ = { maxMessages: 4 };

const writer = (actor: string) => ({ actor, signer: quickSigner(1), trust, policyRoot: null });

const PORTS = new WeakMap<ClientContext, BusPorts>();

function portsOf(context: ClientContext): BusPorts {
  const { backend, clock, random } = context;
  const known = PORTS.get(context);
  const ports = known ?? { backend, clock, random, ulids: new UlidSource(context), segments: new SegmentMemo() };
  PORTS.set(context, ports);
  return ports;
}

/** Does it again until it works; a life has its bounds. */
async function insist<T>(context: ClientContext, act: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      const mayPass =
        error instanceof GatosError &&
        (error.kind === 'unavailable' || error.kind === 'conflict' || error.code === 'bus/no-topic');
      if (!mayPass || attempt === 60) throw error;
      await context.clock.sleep(attempt);
    }
  }
}

/** What the world outside has seen: the oracle. */
interface Oracle {
  /** Keys whose publisher was told that they are published. */
  readonly acknowledged: Set<string>;
  /** How often each consumer's handler was called for a key, by consumer. */
  readonly handled: Map<string, Map<string, number>>;
  /** The effects of an idempotent handler, by consumer: in the order of their first appearance. */
  readonly effects: Map<string, string[]>;
  /** By consumer and life: two deliveries that stood in the wrong order. */
  readonly disorder: string[];
}

type Publish = (context: ClientContext, messages: readonly NewMessage[]) => Promise<unknown>;
type Handle = (
  context: ClientContext,
  delivery: Delivery,
  effect: (message: Message) => Promise<void>,
) => Promise<void>;

interface Scenario {
  readonly seed: number;
  readonly publish?: Publish;
  readonly handle?: Handle;
  readonly faults?: FaultRates;
}

const honestPublish: Publish = (context, messages) =>
  publishMessages(portsOf(context), {
    ...writer(`user:${context.name}`),
    topic: TOPIC,
    messages,
    limits: LIMITS_,
    perEnvelope: 2,
  });

/** Every new message has its effect, and then all are acknowledged. */
const honestHandle: Handle = async (_, { messages }, effect) => {
  for (const message of messages) await effect(message);
};

function messagesOf(name: string, request: number): NewMessage[] {
  const count = 1 + ((request + name.charCodeAt(0)) % 3);
  return Array.from({ length: count }, (_, i) => ({
    payload: `${name}-${request}-${i}`,
    key: `${name}-${request}-${i}`,
  }));
}

function publisher(name: string, { publish = honestPublish }: Scenario, oracle: Oracle): SimulationClient {
  return {
    name,
    async run(context) {
      // A new life starts over: it does not know how far the last one came.
      for (let request = 0; request < REQUESTS; request++) {
        const messages = messagesOf(name, request);
        await insist(context, () => publish(context, messages));
        for (const { key } of messages) oracle.acknowledged.add(String(key));
      }
    },
  };
}

/** Every key that is to come: a consumer goes on until it has had them all. */
const ALL = PUBLISHERS.flatMap((name) =>
  Array.from({ length: REQUESTS }, (_, request) => messagesOf(name, request).map(({ key }) => String(key))),
).flat();

function effectOf(oracle: Oracle, consumer: string) {
  return async (message: Message): Promise<void> => {
    const key = String(message.payload);
    const counts = oracle.handled.get(consumer) ?? new Map<string, number>();
    counts.set(key, (counts.get(key) ?? 0) + 1);
    oracle.handled.set(consumer, counts);
    const effects = oracle.effects.get(consumer) ?? [];
    if (!effects.includes(key)) effects.push(key);
    oracle.effects.set(consumer, effects);
  };
}

function subscriber(
  { name, consumer }: { readonly name: string; readonly consumer: string },
  { handle = honestHandle }: Scenario,
  oracle: Oracle,
): SimulationClient {
  return {
    name,
    async run(context) {
      const request = { ...writer(`user:${name}`), topic: TOPIC, consumer };
      const worker = await insist(context, () => openConsumer(portsOf(context), request));
      let last: { readonly segment: string; readonly seq: number } | null = null;
      for (let idle = 0; idle < 200 && !ALL.every((key) => oracle.effects.get(consumer)?.includes(key)); idle++) {
        const delivered: Delivery[] = [];
        await insist(context, async () => {
          for await (const delivery of worker.deliveries()) delivered.push(delivery);
        });
        for (const delivery of delivered) {
          for (const { segment, seq } of delivery.messages) {
            if (last !== null && (last.segment > segment || (last.segment === segment && last.seq >= seq)))
              oracle.disorder.push(`${name}: ${segment}:${seq} after ${last.segment}:${last.seq}`);
            last = { segment, seq };
          }
          await handle(context, delivery, async (message) => {
            await context.point('effect');
            await effectOf(oracle, consumer)(message);
            await context.point('effect done');
          });
          await insist(context, () => worker.ack(delivery.offset));
        }
        await context.clock.sleep(2);
      }
    },
  };
}

function compactor(): SimulationClient {
  return {
    name: 'compactor',
    async run(context) {
      for (let round = 0, left = 400; round < 4 && left > 0; left--) {
        // A consumer is known, and waited for, from its first acknowledgement on.
        const known = await insist(context, () => listConsumers(context.backend, TOPIC));
        if (known.length === CONSUMERS.length) {
          const request = { ...writer('user:compactor'), topic: TOPIC, olderThan: 0, now: Number.MAX_SAFE_INTEGER };
          await insist(context, () => compactTopic(portsOf(context), request));
          round += 1;
        }
        await context.clock.sleep(2);
      }
    },
  };
}

/** After every move of a ref the topic is whole: one line, with true ends, summaries and offsets. */
const WHOLE: Invariant = {
  name: 'the topic verifies',
  when: 'always',
  async check({ backend }) {
    const bad = (await verifyBus(backend)).find(({ outcome }) => outcome !== 'pass');
    return bad === undefined ? null : `${bad.subject}: ${bad.detail}`;
  },
};

const CONSUMERS = ['one', 'two'];

function promises(oracle: Oracle): Invariant {
  return {
    name: 'delivered, handled once, in order',
    when: 'end',
    async check({ finished, backend }) {
      for (const consumer of CONSUMERS) {
        const effects = oracle.effects.get(consumer) ?? [];
        const lost = [...oracle.acknowledged].filter((key) => !effects.includes(key));
        if (lost.length > 0) return `${consumer} never got ${lost.join(' ')}`;
      }
      if (oracle.disorder.length > 0) return oracle.disorder.join('; ');
      if (finished.length !== PUBLISHERS.length + 4) return `finished: ${finished.join(' ')}`;
      return (await listSegments(backend, TOPIC)).length > 0 ? null : 'there is no active segment';
    },
  };
}

/** A consumer that nobody kills, and that runs alone, calls its handler once for every key. */
function handledOnce(oracle: Oracle, consumer: string): Invariant {
  return {
    name: 'nothing is handled twice',
    when: 'end',
    async check() {
      const twice = [...(oracle.handled.get(consumer) ?? [])].filter(([, count]) => count > 1);
      return twice.length === 0 ? null : `${consumer} handled twice: ${twice.map(([key]) => key).join(' ')}`;
    },
  };
}

function scenario(given: Scenario): Simulation {
  const oracle: Oracle = { acknowledged: new Set(), handled: new Map(), effects: new Map(), disorder: [] };
  const { seed, faults = RATES } = given;
  let rivals = 0;
  return {
    seed,
    faults,
    clients: [
      ...PUBLISHERS.map((name) => publisher(name, given, oracle)),
      subscriber({ name: 'one-1', consumer: 'one' }, given, oracle),
      subscriber({ name: 'one-2', consumer: 'one' }, given, oracle),
      subscriber({ name: 'two-1', consumer: 'two' }, given, oracle),
      compactor(),
    ],
    rival: async ({ backend, random }) => {
      const clock = { now: () => 0, sleep: async () => undefined };
      const ports = { backend, clock, random, ulids: new UlidSource({ clock, random }) };
      const messages = [{ payload: `rival-${rivals++}` }];
      await publishMessages(ports, { ...writer('user:rival'), topic: TOPIC, messages, limits: LIMITS_ });
    },
    invariants: [WHOLE, promises(oracle), ...(faults.crash === 0 ? [handledOnce(oracle, 'two')] : [])],
  };
}

async function simulated(count: number, make: (seed: number) => Simulation) {
  const result = await simulateSeeds({ first: FIRST, count, scenario: make });
  return { result, story: storyOf(result) };
}

describe(`a topic in the simulator (seeds ${FIRST} to ${FIRST + SEEDS - 1})`, () => {
  it('keeps every promise under every fault', async () => {
    const { result, story } = await simulated(SEEDS, (seed) => scenario({ seed }));
    expect(story).toBe('');
    expect(result.seeds).toBe(SEEDS);
    for (const struck of Object.values(result.faults)) expect(struck).toBeGreaterThan(SEEDS / 10);
  }, 300_000);

  it('handles everything once where nobody is killed', async () => {
    const faults = { ...RATES, crash: 0 };
    const { story } = await simulated(Math.ceil(SEEDS / 3), (seed) => scenario({ seed, faults }));
    expect(story).toBe('');
  }, 300_000);

  it('replays a seed exactly', async () => {
    const [one, two] = [await simulate(scenario({ seed: FIRST })), await simulate(scenario({ seed: FIRST }))];
    expect(two.trace).toEqual(one.trace);
    expect(one.trace.length).toBeGreaterThan(100);
  });

  it('finds a consumer that acknowledges first and handles afterwards', async () => {
    const hasty: Handle = async (context, delivery, effect) => {
      const request = { ...writer(`user:${context.name}`), topic: TOPIC, consumer: 'two' };
      if (context.name === 'two-1')
        await insist(context, async () => (await openConsumer(portsOf(context), request)).ack(delivery.offset));
      await honestHandle(context, delivery, effect);
    };
    const { story } = await simulated(SEEDS, (seed) => scenario({ seed, handle: hasty }));
    expect(story).toMatch(/two never got/);
  }, 300_000);
});
