/** Record kinds of folds: definitions on `folds/<name>`, checkpoints with Proof-of-Fold on `state/<name>`. */
import { ATTACHMENTS, defineKind } from '../chain/index.js';
import { formatHex, type Infer, s } from '../codec/index.js';
import { nameFault } from '../identity/index.js';
import { LIMITS } from '../kernel/index.js';

const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER } as const;
/** Names stand in refs, so they follow the rule of actors' names. */
const NAME = s.refine(s.text({ maxBytes: LIMITS.nameBytes }), (name) => {
  const why = nameFault(name);
  return why === null ? undefined : `is not a name: ${why}`;
});
const DIGEST = s.bytes({ length: 32 });
const CHAIN = s.text({ maxBytes: LIMITS.chainBytes });

/** A fold as people write it: `fold.json`. */
export const FOLD_MANIFEST = s.struct({
  name: NAME,
  /** Namespace whose events it folds. */
  ns: NAME,
  version: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  /** Gas units that one event may use. */
  gas: s.int({ min: 1, max: LIMITS.foldGasMax }),
  /** Bytes of memory that the sandbox may use. */
  memory: s.int({ min: 1024 * 1024, max: LIMITS.foldMemoryMax }),
  /** State before the first event; absent: the empty map. */
  initial: s.optional(s.json),
});
export type FoldManifest = Infer<typeof FOLD_MANIFEST>;

const DEFINITION = s.struct({ manifest: FOLD_MANIFEST, fold_root: s.cid, attachments: ATTACHMENTS });
export type FoldDefinition = Infer<typeof DEFINITION>;

export const DEFINITION_KIND = defineKind({
  kind: 'fold.definition',
  schema: DEFINITION,
  describe: ({ manifest, fold_root }) => ({
    title: `fold: ${manifest.name} version ${manifest.version}`,
    trailers: [['Fold-Root', String(fold_root)]],
  }),
  attachments: ({ attachments }) => attachments,
});

/** Exactly which envelopes of one chain were folded. */
const WINDOW = s.struct({ chain: CHAIN, first_seq: s.int(COUNT), last_seq: s.int(COUNT), head: s.cid });
export type FoldWindow = Infer<typeof WINDOW>;

/**
 * The last place at or before the checkpoint where the sandbox was rebuilt (ADR-0004): a later run goes on from here, so that
 * the result never depends on where a run began.
 */
const BASE = s.struct({
  /** Records folded before this place: a multiple of the window. */
  events: s.int(COUNT),
  state_root: s.cid,
  gas_used: s.int(COUNT),
  /** Merkle frontier over those records: roots of the perfect subtrees, largest first. */
  frontier: s.list(DIGEST, { max: LIMITS.merklePath }),
  /** Last envelope of each chain that was folded whole. */
  heads: s.list(s.struct({ chain: CHAIN, head: s.cid }), { max: LIMITS.foldChains }),
  /** Records of the next envelope that were folded already. */
  skip: s.int(COUNT),
});
export type FoldBase = Infer<typeof BASE>;

const CHECKPOINT = s.struct({
  name: NAME,
  ns: NAME,
  fold_version: s.int({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  /** Sorted by chain. */
  windows: s.list(WINDOW, { max: LIMITS.foldChains }),
  events: s.int(COUNT),
  /** RFC 9162 Merkle tree hash over record CIDs in fold order. */
  history_root: DIGEST,
  policy_root: s.nullable(s.cid),
  policy_code_root: s.nullable(DIGEST),
  fold_root: s.cid,
  engine: s.text({ maxBytes: LIMITS.engineIdBytes }),
  gas_used: s.int(COUNT),
  state_root: s.cid,
  /** `state_root` of the previous checkpoint of this chain. */
  prev_state: s.nullable(s.cid),
  base: BASE,
  attachments: ATTACHMENTS,
});
export type Checkpoint = Infer<typeof CHECKPOINT>;

function trailersOf(body: Checkpoint): [string, string][] {
  const trailers: [string, string][] = [['State-Root', String(body.state_root)]];
  for (const { head } of body.windows) trailers.push(['Ledger-Head', String(head)]);
  trailers.push(['History-Root', `sha256:${formatHex(body.history_root)}`]);
  if (body.policy_root !== null) trailers.push(['Policy-Root', String(body.policy_root)]);
  if (body.policy_code_root !== null) trailers.push(['Policy-Code-Root', `sha256:${formatHex(body.policy_code_root)}`]);
  trailers.push(
    ['Fold-Root', String(body.fold_root)],
    ['Fold-Engine', body.engine],
    ['Fold-Version', String(body.fold_version)],
  );
  return trailers;
}

/** Chains named in trailers: commit messages stay readable; the body lists all of them. */
const NAMED_LEDGERS = 16;

export const CHECKPOINT_KIND = defineKind({
  kind: 'state.checkpoint',
  schema: CHECKPOINT,
  describe: (body) => ({
    title: `state: ${body.name} after ${body.events} events`,
    trailers: trailersOf({ ...body, windows: body.windows.slice(0, NAMED_LEDGERS) }),
  }),
  attachments: ({ attachments }) => attachments,
});

export function foldChain(name: string): string {
  return `folds/${name}`;
}

export function stateChain(name: string): string {
  return `state/${name}`;
}
