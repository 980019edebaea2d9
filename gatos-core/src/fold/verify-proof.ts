/**
 * Proof-of-Fold: verifying a checkpoint is building it again from its own contents (definition, windows, engine) and comparing.
 */
import type { ChainEntry } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import type { JournalHead } from '../journal/index.js';
import { type GatosError, isGatosError, type LongCall } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import { buildCheckpoint } from './checkpoint.js';
import { compareFolded, compareGiven, type Difference, departureOf, rootsOf } from './compare-proof.js';
import { openFoldByRoot } from './definition.js';
import { foldError, type Mismatch } from './errors.js';
import { eventAt } from './event-at.js';
import { isJournalOf, locate } from './locate.js';
import type { FoldPlace } from './place.js';
import { type FoldedEnd, isPrefix } from './prefix.js';
import type { FoldPorts } from './run.js';
import { type FoldOutcome, runFold } from './runner.js';
import type { SandboxEngine } from './sandbox/index.js';
import { type Checkpoint, stateChain } from './schema.js';
import type { StoredCheckpoint } from './stored-checkpoint.js';

/** Faults that a definition and its events have on every machine. */
const FAULTS_OF_FOLDS = ['fold/stopped', 'fold/lint', 'fold/start'] as const;

export interface ProofPorts {
  readonly backend: FoldPorts['backend'];
  /** Absent: no proof can be recomputed. */
  readonly sandbox?: FoldPorts['sandbox'] | undefined;
}

/** A checkpoint that was recomputed, and the place to go on from for the next. */
export interface VerifiedProof {
  readonly body: Checkpoint;
  readonly base: FoldPlace;
  /** Where its windows end, by chain. */
  readonly ends: ReadonlyMap<string, FoldedEnd>;
}

export interface ProofRequest {
  readonly checkpoint: StoredCheckpoint;
  /** A checkpoint before it that was verified. Null: recompute from the first record. */
  readonly previous: VerifiedProof | null;
  /** `state_root` of the checkpoint before it in the chain. */
  readonly prevState: Cid | null;
}

/**
 * Recomputes one checkpoint. Throws `fold/proof-mismatch` naming the first field that differs, with both values;
 * `fold/other-engine`, `fold/no-engine`, `fold/definition-missing`, `fold/window-missing` when it could not be checked; and
 * what reading the journals throws.
 */
export async function verifyProof(
  ports: ProofPorts,
  { checkpoint, previous, prevState }: ProofRequest,
  options: LongCall = {},
): Promise<VerifiedProof> {
  const { sandbox, backend } = ports;
  if (sandbox === undefined) throw foldError('no-engine', {});
  const engine = await sandbox();
  const proof = await openProof({ backend, engine }, { checkpoint, prevState, verified: previous?.body.events ?? 0 });
  const heads = await locate(backend, checkpoint.body.windows, options);
  const continues =
    previous !== null && proof.continues(previous.body) && (await isPrefix(backend, previous.ends, heads));
  return proof.recompute({ heads, from: continues ? previous : null }, options);
}

/** A checkpoint to be recomputed. */
export interface Claim {
  readonly checkpoint: StoredCheckpoint;
  readonly prevState: Cid | null;
  /** Events of the last checkpoint before it that held. */
  readonly verified: number;
}

interface Tools {
  readonly backend: GitBackend;
  readonly engine: SandboxEngine;
}

/** A proof whose fields that need no folding hold. Throws as `verifyProof`. */
export async function openProof(tools: Tools, claim: Claim): Promise<Proof> {
  const { body, entry } = claim.checkpoint;
  const { engine, backend } = tools;
  if (engine.id !== body.engine) throw foldError('other-engine', { want: body.engine, have: engine.id });
  checkName(claim, entry);
  const bundle = await openFoldByRoot(backend, body.name, body.fold_root);
  checkGiven(claim, bundle);
  return new Proof(tools, claim, bundle);
}

/** The name decides where the definition is looked for, so it is looked at before. */
function checkName(claim: Claim, { envelope: { chain } }: ChainEntry): void {
  const { name } = claim.checkpoint.body;
  if (stateChain(name) === chain) return;
  throw mismatch(claim, { field: 'name', claimed: name, computed: chain.slice(stateChain('').length) });
}

function checkGiven(claim: Claim, { manifest }: FoldBundle): void {
  const { body, entry } = claim.checkpoint;
  const given = compareGiven(body, {
    name: manifest.name,
    ns: manifest.ns,
    fold_version: manifest.version,
    policy_root: entry.envelope.policy,
    policy_code_root: null,
    prev_state: claim.prevState,
  });
  if (given !== null) throw mismatch(claim, given);
  for (const { chain } of body.windows) {
    if (isJournalOf(manifest.ns, chain)) continue;
    throw mismatch(claim, { field: 'windows', claimed: chain, computed: `chains of journal/${manifest.ns}/` });
  }
}

type Evidence = Pick<Mismatch, 'roots' | 'departure'>;

function mismatch({ checkpoint, verified }: Claim, difference: Difference, evidence: Evidence = {}): GatosError {
  const { body, entry } = checkpoint;
  const place = { state: body.name, commit: entry.oid, verified_events: verified };
  return foldError('proof-mismatch', { ...place, ...difference, ...evidence });
}

export interface Recomputation {
  /** The commits of the windows. */
  readonly heads: readonly JournalHead[];
  /** A verified checkpoint whose records are the beginning of this one's; null: from the first record. */
  readonly from: VerifiedProof | null;
}

export class Proof {
  constructor(
    private readonly tools: Tools,
    private readonly claim: Claim,
    private readonly bundle: FoldBundle,
  ) {}

  /** May it be recomputed on top of that one, if the records allow it? */
  continues({ fold_root, engine }: Checkpoint): boolean {
    return fold_root.equals(this.#body.fold_root) && engine === this.#body.engine;
  }

  /** Throws as `verifyProof`. */
  async recompute(recomputation: Recomputation, options: LongCall): Promise<VerifiedProof> {
    const outcome = await this.#fold(recomputation, options);
    await this.#compare(outcome, recomputation);
    return { body: this.#body, base: outcome.base, ends: outcome.heads };
  }

  get #body(): Checkpoint {
    return this.claim.checkpoint.body;
  }

  /** A fold that cannot go on gives no state, whatever the checkpoint says. */
  async #fold({ heads, from }: Recomputation, { signal, progress }: LongCall): Promise<FoldOutcome> {
    const { backend, engine } = this.tools;
    try {
      return await runFold(backend, engine, { bundle: this.bundle, heads, from: from?.base, signal, progress });
    } catch (error) {
      if (!FAULTS_OF_FOLDS.some((code) => isGatosError(error, code))) throw error;
      const computed = `nothing: ${(error as GatosError).message}`;
      throw mismatch(this.claim, { field: 'state_root', claimed: String(this.#body.state_root), computed });
    }
  }

  async #compare(outcome: FoldOutcome, recomputation: Recomputation): Promise<void> {
    const { checkpoint, prevState } = this.claim;
    const { policy, clock } = checkpoint.entry.envelope;
    const context = { bundle: this.bundle, engine: this.tools.engine.id, prevState, policyRoot: policy };
    const computed = buildCheckpoint(outcome, context).body;
    const difference = compareFolded(this.#body, computed);
    if (difference !== null) throw mismatch(this.claim, difference, await this.#evidence(computed, recomputation));
    const latest = [...outcome.heads.values()].reduce((max, head) => Math.max(max, head.clock), 0);
    if (clock > latest) return;
    throw mismatch(this.claim, {
      field: 'clock',
      claimed: String(clock),
      computed: `after ${latest}, which it folded`,
    });
  }

  async #evidence(computed: Checkpoint, { heads, from }: Recomputation): Promise<Evidence> {
    const roots = rootsOf(this.#body, computed);
    const departure = departureOf(this.#body, computed, from?.body.events ?? 0);
    if (departure === undefined) return { roots };
    const { agrees_after: index, differs_after: end } = departure;
    const found = end - index === 1 ? await eventAt(this.tools.backend, { heads, index }) : null;
    return { roots, departure: found === null ? departure : { ...departure, event: String(found.event) } };
  }
}
