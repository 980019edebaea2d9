/** Topics for tests: writers whose signatures nobody verifies. */
import { type BusPorts, type Message, readMessages, SegmentMemo } from '../src/bus/index.js';
import { type GitBackend, memoryBackend } from '../src/git/index.js';
import { UlidSource } from '../src/journal/index.js';
import type { Writer } from '../src/trust/index.js';
import { type SteppingClock, steppingClock } from './clock.js';
import { JOURNAL_START, quickSigner, trustAll } from './journal-world.js';
import { seededRandom } from './random.js';

export const BUS_START: number = JOURNAL_START;

/** Who writes, and nobody asks. */
export const BUS_AUTHOR: Writer = { actor: 'user:alice', signer: quickSigner(1), trust: trustAll(), policyRoot: null };

export interface BusWorld extends BusPorts {
  readonly clock: SteppingClock;
  readonly segments: SegmentMemo;
}

/** Ports of one writer. */
export function busPorts(backend: GitBackend = memoryBackend(), seed = 1): BusWorld {
  const clock = steppingClock({ start: BUS_START, step: 1 });
  const random = seededRandom(seed);
  return { backend, clock, random, ulids: new UlidSource({ clock, random }), segments: new SegmentMemo() };
}

/** All messages of a topic that are here. */
export async function drain(backend: GitBackend, topic: string): Promise<readonly Message[]> {
  const all: Message[] = [];
  for await (const { messages } of readMessages(backend, { topic, from: 'start' })) all.push(...messages);
  return all;
}
