/** `fold run`: follow the journals from a checkpoint of one's own that still holds, and record the new one. */
import { type Appended, append, type WriterPorts } from '../chain/index.js';
import { encode, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { type JournalHead, journalHeads } from '../journal/index.js';
import { bytesEqual, invariant, isGatosError, type LongCall } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import { buildCheckpoint } from './checkpoint.js';
import { type AuthorPart, publishDefinition } from './definition.js';
import { placeOf, stillHolds } from './resume.js';
import { STATE_RULE } from './rules.js';
import { type FoldOutcome, runFold } from './runner.js';
import type { SandboxEngine } from './sandbox/index.js';
import { CHECKPOINT_KIND, type Checkpoint, stateChain } from './schema.js';
import { checkpointsBackwards, readCheckpoint, type StoredCheckpoint } from './stored-checkpoint.js';

export interface FoldPorts {
  readonly backend: GitBackend;
  /** Loads the engine: some megabytes of wasm, wanted only by those who fold. */
  readonly sandbox: () => Promise<SandboxEngine>;
}

export interface RunRequest extends LongCall {
  readonly bundle: FoldBundle;
  readonly author: AuthorPart;
  /** Fold from the first record, whatever checkpoints there are. */
  readonly full?: boolean | undefined;
}

export interface RunResult {
  readonly outcome: FoldOutcome;
  /** The newest checkpoint. */
  readonly body: Checkpoint;
  /** Null when the newest checkpoint already says as much. */
  readonly appended: Appended | null;
  /** Records that this run folded, those before its starting place not counted. */
  readonly folded: number;
  readonly startedAt: number;
}

/** Folds what is new and appends a checkpoint. Throws as `runFold`; then nothing is recorded. */
export async function runAndRecord(ports: FoldPorts & WriterPorts, request: RunRequest): Promise<RunResult> {
  const { bundle, author, signal, progress } = request;
  const { backend } = ports;
  const engine = await ports.sandbox();
  const heads = await journalHeads(backend, bundle.manifest.ns);
  const start = { bundle, heads, engine: engine.id, actor: author.actor };
  const from = request.full === true ? undefined : await findStart(backend, start, request);
  const place = from === undefined ? undefined : await placeOf(backend, from);
  const outcome = await runFold(backend, engine, { bundle, heads, from: place, signal, progress });
  await publishDefinition(ports, bundle, author);
  const recorded = await record(ports, { outcome, bundle, author, engine: engine.id });
  const startedAt = place?.events ?? 0;
  return { ...recorded, outcome, startedAt, folded: outcome.events - startedAt };
}

interface StartQuery {
  readonly bundle: FoldBundle;
  readonly heads: readonly JournalHead[];
  readonly engine: string;
  readonly actor: string;
}

/** Checkpoints to look at for a place to start: enough for many writers, few enough that looking costs less than folding. */
const LOOK_BACK = 256;

/**
 * The newest checkpoint that the actor made with the same fold and engine, and whose records are a prefix of the present order.
 * Checkpoints of others are left out: what one has not folded oneself, one does not sign.
 */
async function findStart(
  backend: GitBackend,
  { bundle, heads, engine, actor }: StartQuery,
  { signal }: LongCall,
): Promise<StoredCheckpoint | undefined> {
  let seen = 0;
  for await (const checkpoint of checkpointsBackwards(backend, bundle.manifest.name)) {
    signal?.throwIfAborted();
    if (++seen > LOOK_BACK) return undefined;
    const { body, entry } = checkpoint;
    const mine = entry.envelope.actor === actor && body.fold_root.equals(bundle.foldRoot) && body.engine === engine;
    if (mine && (await holds(backend, checkpoint, heads))) return checkpoint;
  }
  return undefined;
}

async function holds(
  backend: GitBackend,
  checkpoint: StoredCheckpoint,
  heads: readonly JournalHead[],
): Promise<boolean> {
  try {
    return await stillHolds(backend, checkpoint, heads);
  } catch (error) {
    // It folded what this clone does not hold: no prefix of what is here.
    if (isGatosError(error, 'fold/window-missing')) return false;
    throw error;
  }
}

interface RecordRequest {
  readonly outcome: FoldOutcome;
  readonly bundle: FoldBundle;
  readonly author: AuthorPart;
  readonly engine: string;
}

async function record(
  ports: FoldPorts & WriterPorts,
  { outcome, bundle, author, engine }: RecordRequest,
): Promise<Pick<RunResult, 'body' | 'appended'>> {
  let newest: Checkpoint | null = null;
  const [appended] = await append(ports, {
    chain: stateChain(bundle.manifest.name),
    rule: STATE_RULE,
    repo: author.trust.repo,
    actor: author.actor,
    policy: author.policy,
    signers: [author.signer],
    authorize: author.trust.authorize,
    floor: async () =>
      [...outcome.heads.values()].reduce((max, { clock }) => Math.max(max, clock), author.trust.head.clock),
    prepare: async (head) => {
      const previous = head === null ? null : await readCheckpoint(ports.backend, head.oid);
      const prevState = previous?.body.state_root ?? null;
      const { body, files } = buildCheckpoint(outcome, { bundle, engine, prevState, policyRoot: author.policy });
      const said = previous !== null && (saysTheSame(previous.body, body) || wasFaster(previous, { body, author }));
      newest = said ? previous.body : body;
      if (said) return [];
      const description = CHECKPOINT_KIND.describe(body, 1);
      return [{ kind: CHECKPOINT_KIND.kind, bodies: [encode(body as unknown as Value)], description, files }];
    },
  });
  invariant(newest !== null, 'an append prepares at least once');
  return { body: newest, appended: appended ?? null };
}

function saysTheSame(previous: Checkpoint, body: Checkpoint): boolean {
  const bytes = encode({ ...body, prev_state: previous.prev_state } as unknown as Value);
  return bytesEqual(encode(previous as unknown as Value), bytes);
}

/** Did another run of the same actor fold more in the meantime? */
function wasFaster(
  { entry, body: theirs }: StoredCheckpoint,
  { body, author }: { body: Checkpoint; author: AuthorPart },
): boolean {
  if (entry.envelope.actor !== author.actor || theirs.engine !== body.engine) return false;
  if (!theirs.fold_root.equals(body.fold_root) || theirs.events <= body.events) return false;
  const ends = new Map(theirs.windows.map(({ chain, last_seq }) => [chain, last_seq]));
  return body.windows.every(({ chain, last_seq }) => (ends.get(chain) ?? -1) >= last_seq);
}
