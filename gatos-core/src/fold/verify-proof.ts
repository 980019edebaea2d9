/**
 * Proof-of-Fold: verifying a checkpoint is building it again from its own contents (definition, windows, engine) and comparing.
 * Consecutive checkpoints are verified on top of one another, so the cost follows the records, not the number of proofs.
 */
import { readChain, recordBody } from '../chain/index.js';
import { type Cid, formatDigest } from '../codec/index.js';
import type { Oid } from '../git/index.js';
import type { JournalHead } from '../journal/index.js';
import { type Check, failed, GatosError, type LongCall, passed } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { buildCheckpoint, type StoredCheckpoint } from './checkpoint.js';
import { openFoldByRoot } from './definition.js';
import { foldError } from './errors.js';
import { locate } from './locate.js';
import { canContinue } from './prefix.js';
import type { FoldPorts } from './run.js';
import { type FoldPlace, runFold } from './runner.js';
import { CHECKPOINT_KIND, type Checkpoint } from './schema.js';

export interface ProofPorts {
  readonly backend: FoldPorts['backend'];
  readonly sandbox?: FoldPorts['sandbox'] | undefined;
  readonly trust: TrustHistory;
}

/** A checkpoint that was recomputed, and the place to go on from for the next. */
export interface VerifiedProof {
  readonly body: Checkpoint;
  readonly base: FoldPlace;
}

/**
 * Recomputes every checkpoint of a state chain that was itself verified. One check for all of them, or the first that does not hold.
 */
export async function checkProofs(
  ports: ProofPorts,
  { chain, head }: { chain: string; head: Oid },
  options: LongCall = {},
): Promise<Check[]> {
  let verified: VerifiedProof | null = null;
  let count = 0;
  try {
    for await (const batch of readChain(ports.backend, { head }, options)) {
      for (const entry of batch) {
        const body = recordBody(entry.envelope, 0, CHECKPOINT_KIND);
        const prevState: Cid | null = verified?.body.state_root ?? null;
        verified = await verifyProof(ports, { checkpoint: { entry, body }, previous: verified, prevState }, options);
        count += 1;
      }
    }
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    return [failed('proof-of-fold', chain, error)];
  }
  return [
    passed('proof-of-fold', chain, 'states are what the journals fold to', {
      checkpoints: count,
      events: verified?.body.events ?? 0,
    }),
  ];
}

export interface ProofRequest {
  readonly checkpoint: StoredCheckpoint;
  /** The checkpoint before it, if that was verified. Null: recompute from the first record. */
  readonly previous: VerifiedProof | null;
  /** `state_root` of the checkpoint before it in the chain. */
  readonly prevState: Cid | null;
}

/**
 * Recomputes one checkpoint. Throws `fold/proof-mismatch` naming the first field that differs, with both values;
 * `fold/other-engine`, `fold/no-engine`, `fold/definition-missing`, `fold/window-missing` when it could not be checked.
 */
export async function verifyProof(
  ports: ProofPorts,
  { checkpoint, previous, prevState }: ProofRequest,
  options: LongCall = {},
): Promise<VerifiedProof> {
  const { backend } = ports;
  const { body } = checkpoint;
  if (ports.sandbox === undefined) throw foldError('no-engine', {});
  const engine = await ports.sandbox();
  if (engine.id !== body.engine) throw foldError('other-engine', { want: body.engine, have: engine.id });
  const bundle = await openFoldByRoot(backend, body.name, body.fold_root);
  const heads = await headsOfWindows(ports, body);
  const from =
    previous !== null && (await continues(ports, previous.body, { body, heads })) ? previous.base : undefined;
  const outcome = await runFold(backend, engine, { ...options, bundle, heads, from });
  const rebuilt = buildCheckpoint(outcome, { bundle, engine: engine.id, prevState, policyRoot: body.policy_root });
  compareCheckpoints(body, rebuilt.body);
  return { body, base: outcome.base };
}

/** Where each window ends, as commits. */
async function headsOfWindows({ backend }: ProofPorts, { windows }: Checkpoint): Promise<JournalHead[]> {
  const heads: JournalHead[] = [];
  for (const { chain, head } of windows) {
    heads.push({ chain, oid: (await locate(backend, chain, [head])).get(String(head)) as Oid });
  }
  return heads;
}

async function continues(
  { backend }: ProofPorts,
  before: Checkpoint,
  { body, heads }: { body: Checkpoint; heads: readonly JournalHead[] },
): Promise<boolean> {
  if (!before.fold_root.equals(body.fold_root) || before.engine !== body.engine || before.events > body.events)
    return false;
  return canContinue(backend, before, heads);
}

type Shown = string | number;

/** What two checkpoints must agree on, in the order in which a difference is named. */
function essence(body: Checkpoint): [field: string, value: Shown][] {
  const windows = body.windows
    .map(({ chain, first_seq, last_seq, head }) => `${chain}[${first_seq}..${last_seq}]@${head}`)
    .join(' ');
  const attachments = body.attachments.map(({ path, size, cid }) => `${path}:${size}:${cid}`).join(' ');
  const heads = body.base.heads.map(({ chain, head }) => `${chain}@${head}`).join(' ');
  const text = (cid: Cid | null): string => (cid === null ? 'none' : String(cid));
  return [
    ['ns', body.ns],
    ['fold_root', text(body.fold_root)],
    ['fold_version', body.fold_version],
    ['engine', body.engine],
    ['events', body.events],
    ['windows', windows],
    ['history_root', formatDigest(body.history_root)],
    ['state_root', text(body.state_root)],
    ['gas_used', body.gas_used],
    ['prev_state', text(body.prev_state)],
    ['base.events', body.base.events],
    ['base.state_root', text(body.base.state_root)],
    ['base.gas_used', body.base.gas_used],
    ['base.frontier', body.base.frontier.map(formatDigest).join(' ')],
    ['base.heads', heads],
    ['base.skip', body.base.skip],
    ['attachments', attachments],
  ];
}

function compareCheckpoints(claimed: Checkpoint, computed: Checkpoint): void {
  const want = essence(computed);
  essence(claimed).forEach(([field, value], i) => {
    const recomputed = want[i]?.[1];
    if (value === recomputed) return;
    throw foldError('proof-mismatch', {
      field,
      claimed: String(value),
      computed: String(recomputed),
      state: claimed.name,
    });
  });
}
