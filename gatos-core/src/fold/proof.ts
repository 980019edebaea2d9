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
import { isJournalOf } from './locate.js';
import type { FoldPlace } from './place.js';
import type { FoldedEnd } from './prefix.js';
import type { FoldPorts } from './run.js';
import { type FoldOutcome, runFold } from './runner.js';
import type { SandboxEngine } from './sandbox/index.js';
import { type Checkpoint, stateChain } from './schema.js';
import type { StoredCheckpoint } from './stored-checkpoint.js';

/** Faults that a definition and its events have on every machine: at an event, at the start, in what the state became. */
const FAULTS_OF_FOLDS = [
  ...(['fold/stopped', 'fold/lint', 'fold/start'] as const),
  ...(['fold/gas', 'fold/memory', 'fold/stack', 'fold/engine-limit', 'fold/state-value'] as const),
  ...(['fold/state-not-a-map', 'fold/state-too-many-keys', 'fold/state-key', 'fold/state-too-large'] as const),
];

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

/** A checkpoint to be recomputed. */
export interface Claim {
  readonly checkpoint: StoredCheckpoint;
  readonly prevState: Cid | null;
  /** Events of the last checkpoint before it that held. */
  readonly verified: number;
}

export interface ProofTools {
  readonly backend: GitBackend;
  readonly engine: SandboxEngine;
}

/** A proof whose fields that need no folding hold. Throws as `verifyProof`. */
export async function openProof(tools: ProofTools, claim: Claim): Promise<Proof> {
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

interface Folded {
  readonly outcome: FoldOutcome;
  readonly computed: Checkpoint;
}

export class Proof {
  constructor(
    private readonly tools: ProofTools,
    private readonly claim: Claim,
    private readonly bundle: FoldBundle,
  ) {}

  /** May it be recomputed on top of that one, if the records allow it? */
  continues({ fold_root, engine }: Checkpoint): boolean {
    return fold_root.equals(this.#body.fold_root) && engine === this.#body.engine;
  }

  /** Throws as `verifyProof`. */
  async recompute(recomputation: Recomputation, options: LongCall): Promise<VerifiedProof> {
    const folded = await this.#fold(recomputation, options);
    await this.#compare(folded, recomputation);
    const { outcome } = folded;
    return { body: this.#body, base: outcome.base, ends: outcome.heads };
  }

  get #body(): Checkpoint {
    return this.claim.checkpoint.body;
  }

  /** A fold that cannot go on gives no state, whatever the checkpoint says. */
  async #fold({ heads, from }: Recomputation, { signal, progress }: LongCall): Promise<Folded> {
    const { backend, engine } = this.tools;
    const { bundle, claim } = this;
    const policyRoot = claim.checkpoint.entry.envelope.policy;
    try {
      const outcome = await runFold(backend, engine, { bundle, heads, from: from?.base, signal, progress });
      const { body } = buildCheckpoint(outcome, { bundle, engine: engine.id, prevState: claim.prevState, policyRoot });
      return { outcome, computed: body };
    } catch (error) {
      if (!FAULTS_OF_FOLDS.some((code) => isGatosError(error, code))) throw error;
      const computed = `nothing: ${(error as GatosError).message}`;
      throw mismatch(this.claim, { field: 'state_root', claimed: String(this.#body.state_root), computed });
    }
  }

  async #compare({ outcome, computed }: Folded, recomputation: Recomputation): Promise<void> {
    const { clock } = this.claim.checkpoint.entry.envelope;
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
