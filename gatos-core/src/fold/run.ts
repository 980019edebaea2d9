/** `fold run`: follow the journals from the newest checkpoint that still holds, and record the new one. */
import { type Appended, append, type ChainHead, type WriterPorts } from '../chain/index.js';
import { type Cid, encode, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import { type JournalHead, journalHeads } from '../journal/index.js';
import type { LongCall } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import { buildCheckpoint, checkpointsBackwards, placeOf, readCheckpoint, type StoredCheckpoint } from './checkpoint.js';
import { type AuthorPart, publishDefinition } from './definition.js';
import { canContinue } from './prefix.js';
import { type FoldOutcome, runFold } from './runner.js';
import type { SandboxEngine } from './sandbox/index.js';
import { CHECKPOINT_KIND, type Checkpoint, stateChain } from './schema.js';

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
  readonly body: Checkpoint;
  /** Null when the newest checkpoint already says the same. */
  readonly appended: Appended | null;
  /** Records that this run folded, those before its starting place not counted. */
  readonly folded: number;
  readonly startedAt: number;
}

/** Folds what is new and appends a checkpoint. Throws the sandbox's faults with the event named; then nothing is recorded. */
export async function runAndRecord(ports: FoldPorts & WriterPorts, request: RunRequest): Promise<RunResult> {
  const { bundle, author } = request;
  const { backend } = ports;
  const engine = await ports.sandbox();
  const heads = await journalHeads(backend, bundle.manifest.ns);
  const from = request.full === true ? undefined : await findStart(backend, { bundle, heads, engine: engine.id });
  const place = from === undefined ? undefined : await placeOf(backend, from);
  const outcome = await runFold(backend, engine, { ...request, heads, from: place });
  await publishDefinition(ports, bundle, author);
  const { body, appended } = await record(ports, { outcome, request, engine: engine.id });
  const startedAt = place?.events ?? 0;
  return { outcome, body, appended, startedAt, folded: outcome.events - startedAt };
}

interface StartQuery {
  readonly bundle: FoldBundle;
  readonly heads: readonly JournalHead[];
  readonly engine: string;
}

/** The newest checkpoint of the same fold and engine whose records are a prefix of the present order. */
async function findStart(
  backend: GitBackend,
  { bundle, heads, engine }: StartQuery,
): Promise<StoredCheckpoint | undefined> {
  for await (const checkpoint of checkpointsBackwards(backend, bundle.manifest.name)) {
    const { body } = checkpoint;
    if (!body.fold_root.equals(bundle.foldRoot) || body.engine !== engine) return undefined;
    if (await canContinue(backend, body, heads)) return checkpoint;
  }
  return undefined;
}

interface RecordRequest {
  readonly outcome: FoldOutcome;
  readonly request: RunRequest;
  readonly engine: string;
}

async function record(
  ports: FoldPorts & WriterPorts,
  { outcome, request, engine }: RecordRequest,
): Promise<{ body: Checkpoint; appended: Appended | null }> {
  const { bundle, author } = request;
  let body: Checkpoint | null = null;
  const [appended] = await append(ports, {
    chain: stateChain(bundle.manifest.name),
    repo: author.trust.repo,
    actor: author.actor,
    policy: author.policy,
    signers: [author.signer],
    floor: async () => Math.max(author.trust.head.clock, ...[...outcome.heads.values()].map(({ clock }) => clock)),
    prepare: async (head) => {
      const previous = await previousOf(ports.backend, head);
      const parts = buildCheckpoint(outcome, {
        bundle,
        engine,
        prevState: previous?.state_root ?? null,
        policyRoot: author.policy,
      });
      body = parts.body;
      if (previous !== null && saysTheSame(previous, parts.body)) return [];
      const description = CHECKPOINT_KIND.describe(parts.body, 1);
      return [
        {
          kind: CHECKPOINT_KIND.kind,
          bodies: [encode(parts.body as unknown as Value)],
          description,
          files: parts.files,
        },
      ];
    },
  });
  return { body: body as unknown as Checkpoint, appended: appended ?? null };
}

async function previousOf(backend: GitBackend, head: ChainHead | null): Promise<Checkpoint | null> {
  return head === null ? null : (await readCheckpoint(backend, head.oid)).body;
}

function saysTheSame(a: Checkpoint, b: Checkpoint): boolean {
  const essence = ({ prev_state: _prev, ...rest }: Checkpoint): Cid | string =>
    String(encode(rest as unknown as Value));
  return essence(a) === essence(b);
}
