/** Test doubles for the ports of gatos-core, and a simulator that runs programs on them: what it exports is listed here by name. */
export { fixedClock, type SteppingClock, steppingClock } from './clock.js';
export { EffectsWorld } from './effects-world.js';
export {
  type Fault,
  FaultGate,
  type FaultPoint,
  type FaultSchedule,
  gatedBackend,
  SimulatedCrash,
  withFaults,
} from './faults.js';
export { type FileCall, type FileFault, withFileFaults } from './file-faults.js';
export { type FuzzRequest, type FuzzTally, fuzzDecoder } from './fuzz-decoder.js';
export { gitContract } from './git-contract.js';
export type { GitSubject, MakeGitSubject, TestTools } from './git-contract-subject.js';
export { type Departure, HandMade, type HandMadeOptions, testSigner } from './hand-made.js';
export { SeededRandom, seededRandom } from './random.js';
export type {
  ClientContext,
  FaultName,
  FaultRates,
  Invariant,
  SeedRange,
  SeedsResult,
  SimulatedWorld,
  Simulation,
  SimulationClient,
  SimulationResult,
  Violation,
} from './simulation.js';
export { simulate, simulateSeeds } from './simulator.js';
export { ECHO_TOOL, issueForADay, TOOL_PRELUDE } from './tools.js';
