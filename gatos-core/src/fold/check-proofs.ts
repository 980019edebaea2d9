/**
 * The Proofs-of-Fold of a whole state chain. Consecutive checkpoints are verified on top of one another, so the cost follows the
 * records, not the number of proofs; after one that does not hold, the others are looked at all the same.
 */
import { type ChainEntry, readChain } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { Oid } from '../git/index.js';
import type { JournalHead } from '../journal/index.js';
import { type Check, failed, GatosError, isGatosError, type LongCall, passed } from '../kernel/index.js';
import { foldError } from './errors.js';
import { type EnvelopeName, isJournalOf, Whereabouts } from './locate.js';
import { isPrefix } from './prefix.js';
import { openProof, type Proof, type ProofPorts, type ProofTools, type VerifiedProof } from './proof.js';
import { placeOf } from './resume.js';
import type { SandboxEngine } from './sandbox/index.js';
import { SharedEngine } from './shared-engine.js';
import { checkpointOf, readCheckpoint, type StoredCheckpoint } from './stored-checkpoint.js';

const NAME = 'proof-of-fold';
const HOLDS = 'states are what the journals fold to';

/**
 * Recomputes every checkpoint of a state chain that was itself verified. One check when all of them hold; else one for each code
 * of fault, with the first checkpoint that has it. An aborted signal and bugs are thrown.
 */
export async function checkProofs(
  { backend, sandbox }: ProofPorts,
  { chain, head }: { chain: string; head: Oid },
  options: LongCall = {},
): Promise<Check[]> {
  if (sandbox === undefined) return [failed(NAME, chain, foldError('no-engine', {}))];
  let opened: SandboxEngine;
  try {
    opened = await sandbox();
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    return [failed(NAME, chain, error)];
  }
  const engine = new SharedEngine(opened);
  const run = new ProofsRun({ backend, engine }, options);
  try {
    for await (const batch of readChain(backend, { head }, options)) await run.batch(batch);
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    run.note(error);
  } finally {
    engine.dispose();
  }
  return run.checks(chain);
}

/**
 * Why a checkpoint does not hold, judged on top of those before it in its chain: so it says how many events were verified, and
 * between which the fold departs. Null when that gives no such answer.
 */
export async function faultOfNewest(tools: ProofTools, head: Oid, options: LongCall): Promise<GatosError | null> {
  const run = new ProofsRun(tools, options);
  try {
    for await (const batch of readChain(tools.backend, { head }, options)) await run.batch(batch);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof GatosError)) throw error;
    return null;
  }
  return isGatosError(run.newestFault, 'fold/proof-mismatch') ? run.newestFault : null;
}

/** A verified checkpoint as it is remembered: its base is read again when it is wanted. */
type Milestone = Omit<VerifiedProof, 'base'> & { readonly oid: Oid };

/** Milestones that are kept: beyond that, every other one of the older half is forgotten. */
const MILESTONES = 32;

interface Fault {
  readonly error: GatosError;
  count: number;
}

class ProofsRun {
  readonly #faults = new Map<string, Fault>();
  #milestones: Milestone[] = [];
  #newest: VerifiedProof | null = null;
  #prevState: Cid | null = null;
  #held = 0;
  #verified = 0;
  /** Why the checkpoint that was looked at last does not hold. */
  newestFault: GatosError | null = null;

  constructor(
    private readonly tools: ProofTools,
    private readonly options: LongCall,
  ) {}

  async batch(entries: readonly ChainEntry[]): Promise<void> {
    const checkpoints = entries.map(checkpointOf);
    const places = new Whereabouts(this.tools.backend);
    await places.look(wanted(checkpoints), this.options);
    for (const checkpoint of checkpoints) {
      await this.#checkpoint(checkpoint, places);
      this.#prevState = checkpoint.body.state_root;
      this.options.signal?.throwIfAborted();
    }
  }

  async #checkpoint(checkpoint: StoredCheckpoint, places: Whereabouts): Promise<void> {
    try {
      this.newestFault = null;
      const claim = { checkpoint, prevState: this.#prevState, verified: this.#verified };
      const proof = await openProof(this.tools, claim);
      const heads = places.heads(checkpoint.body.windows);
      const from = await this.#start(proof, heads);
      this.#remember(await proof.recompute({ heads, from }, this.options), checkpoint.entry.oid);
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      this.newestFault = error;
      this.note(error);
    }
  }

  /** The newest verified checkpoint whose records are the beginning of the proof's. */
  async #start(proof: Proof, heads: readonly JournalHead[]): Promise<VerifiedProof | null> {
    const { backend } = this.tools;
    const fits = async ({ body, ends }: Milestone) => proof.continues(body) && (await isPrefix(backend, ends, heads));
    for (const milestone of this.#milestones.toReversed()) {
      if (!(await fits(milestone))) continue;
      if (milestone.body === this.#newest?.body) return this.#newest;
      return { ...milestone, base: await placeOf(backend, await readCheckpoint(backend, milestone.oid)) };
    }
    return null;
  }

  #remember(proof: VerifiedProof, oid: Oid): void {
    const { body, ends } = proof;
    this.#newest = proof;
    this.#held += 1;
    this.#verified = body.events;
    this.#milestones.push({ body, ends, oid });
    if (this.#milestones.length <= MILESTONES) return;
    this.#milestones = this.#milestones.filter((_, i) => i >= MILESTONES / 2 || i % 2 === 0);
  }

  note(error: GatosError): void {
    const fault = this.#faults.get(error.code);
    if (fault === undefined) this.#faults.set(error.code, { error, count: 1 });
    else fault.count += 1;
  }

  checks(chain: string): Check[] {
    const counts = { checkpoints: this.#held, events: this.#verified };
    if (this.#faults.size === 0) return [passed(NAME, chain, HOLDS, counts)];
    return [...this.#faults.values()].map(({ error, count }) => {
      const check = failed(NAME, chain, error);
      return { ...check, evidence: { ...check.evidence, checkpoints: count, checkpoints_verified: this.#held } };
    });
  }
}

function* wanted(checkpoints: readonly StoredCheckpoint[]): Generator<EnvelopeName, void, undefined> {
  for (const { body } of checkpoints)
    for (const window of body.windows) if (isJournalOf(body.ns, window.chain)) yield window;
}
