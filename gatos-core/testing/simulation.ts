/** What a simulation is made of and what it gives back. `simulator.ts` runs it. */
import type { GitBackend } from '../src/git/index.js';
import type { Clock } from '../src/kernel/index.js';
import type { SeededRandom } from './random.js';

export interface SimulationClient {
  readonly name: string;
  /**
   * The program. After a crash it runs again from the start in a new life and knows only what the repository holds.
   * Ending with a `conflict` or `unavailable` GatosError is giving up; ending with any other error is a violation.
   */
  run(context: ClientContext): Promise<void>;
}

/** The ports of one life of a client. */
export interface ClientContext {
  readonly name: string;
  /** 0, and one more after every crash. */
  readonly life: number;
  readonly backend: GitBackend;
  /** Virtual; may jump, also backwards, and differs from client to client. Only `sleep` follows the true order of time. */
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** An await of some other port: a scheduling point that may crash. */
  point(operation: string, subject?: string): Promise<void>;
  /** Writes a line into the trace. */
  note(text: string): void;
}

/** Probability at each point where the fault makes sense. */
export interface FaultRates {
  /** The call fails before it takes effect. */
  readonly fail?: number;
  /** The call takes effect and then fails. */
  readonly failAfter?: number;
  readonly crash?: number;
  /** `rival` acts just before a ref transaction. */
  readonly race?: number;
  /** The client is passed over for some steps. */
  readonly delay?: number;
  /** The client's clock jumps by up to an hour in either direction. */
  readonly jump?: number;
}

/** What invariants see: the repository itself, without faults. */
export interface SimulatedWorld {
  readonly backend: GitBackend;
  /** Clients whose program ran to its end. */
  readonly finished: readonly string[];
}

export interface Invariant {
  readonly name: string;
  /** `always`: after every ref transaction, and at the end; `end`: at the end only. */
  readonly when: 'always' | 'end';
  /** What is wrong, or null. */
  check(world: SimulatedWorld): Promise<string | null>;
}

export interface Simulation {
  readonly seed: number;
  readonly clients: readonly SimulationClient[];
  readonly faults?: FaultRates;
  readonly invariants: readonly Invariant[];
  /** Another writer, for `race`. */
  readonly rival?: (world: { readonly backend: GitBackend; readonly random: SeededRandom }) => Promise<void>;
  /** Default: an empty `memoryBackend()`. It must answer without waiting for anything outside, or runs do not replay. */
  readonly backend?: GitBackend;
  /** Default: three for each client. */
  readonly maxCrashes?: number;
  /** Default: 100,000. */
  readonly maxSteps?: number;
}

export interface Violation {
  readonly step: number;
  readonly invariant: string;
  readonly detail: string;
}

export interface SimulationResult {
  readonly seed: number;
  readonly steps: number;
  /** How often each kind of fault struck. */
  readonly faults: Readonly<Record<FaultName, number>>;
  /** One line a step: the same for the same seed. */
  readonly trace: readonly string[];
  /** Empty when all is well. A run ends at the first one. */
  readonly violations: readonly Violation[];
}

export type FaultName = keyof Required<FaultRates>;

export interface SeedRange {
  readonly first: number;
  readonly count: number;
  /** A fresh scenario for each seed. */
  readonly scenario: (seed: number) => Simulation;
  /** Stop after so many failing seeds. Default: 1. */
  readonly maxFailures?: number;
}

export interface SeedsResult {
  readonly seeds: number;
  readonly steps: number;
  readonly faults: Readonly<Record<FaultName, number>>;
  readonly failures: readonly SimulationResult[];
}
