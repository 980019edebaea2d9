/** The checkpoint that an outcome makes: a state with its Proof-of-Fold, and the files that travel with it. */
import { type Attachment, attachDirectory, attachFile, type NewFile } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { compareText } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import type { FoldedHead } from './place.js';
import type { FoldOutcome } from './runner.js';
import type { Checkpoint, FoldBase, FoldWindow } from './schema.js';
import { blocksOf, filesOfBase, filesOfState } from './state-blocks.js';

export interface CheckpointParts {
  readonly body: Checkpoint;
  readonly files: readonly NewFile[];
}

export interface CheckpointContext {
  readonly bundle: FoldBundle;
  /** Id of the engine. */
  readonly engine: string;
  /** `state_root` of the checkpoint before it in the chain. */
  readonly prevState: Cid | null;
  readonly policyRoot: Cid | null;
}

/** A pure function, so verifying a checkpoint is building it again and comparing. Throws `fold/state-too-large`. */
export function buildCheckpoint(outcome: FoldOutcome, context: CheckpointContext): CheckpointParts {
  const { manifest, foldRoot } = context.bundle;
  const blocks = blocksOf(outcome.state);
  const atBase = outcome.base.state === outcome.state;
  const baseBlocks = atBase ? blocks : blocksOf(outcome.base.state);
  const files = { ...filesOfState(outcome.state, blocks), base: filesOfBase(baseBlocks, blocks) };
  const body: Checkpoint = {
    name: manifest.name,
    ns: manifest.ns,
    fold_version: manifest.version,
    windows: windowsOf(outcome.heads),
    events: outcome.events,
    history_root: outcome.historyRoot,
    policy_root: context.policyRoot,
    policy_code_root: null,
    fold_root: foldRoot,
    engine: context.engine,
    gas_used: outcome.gasUsed,
    state_root: blocks.stateRoot,
    prev_state: context.prevState,
    base: baseOf(outcome, baseBlocks.stateRoot),
    attachments: attachmentsOf(files),
  };
  return { body, files: [files.root, ...files.blocks, ...files.view, ...files.base] };
}

function windowsOf(heads: ReadonlyMap<string, FoldedHead>): FoldWindow[] {
  const windows = [...heads].map(([chain, { cid, lastSeq }]) => ({
    chain,
    first_seq: 0,
    last_seq: lastSeq,
    head: cid,
  }));
  return windows.sort((a, b) => compareText(a.chain, b.chain));
}

function baseOf({ base }: FoldOutcome, stateRoot: Cid): FoldBase {
  return {
    events: base.events,
    state_root: stateRoot,
    gas_used: base.gasUsed,
    frontier: base.frontier.hashes,
    heads: windowsOf(base.heads).map(({ chain, head }) => ({ chain, head })),
    skip: base.skip,
  };
}

interface Files {
  readonly root: NewFile;
  readonly blocks: readonly NewFile[];
  readonly view: readonly NewFile[];
  readonly base: readonly NewFile[];
}

function attachmentsOf({ root, blocks, view, base }: Files): Attachment[] {
  const directory = (path: string, files: readonly NewFile[]) =>
    files.length === 0 ? [] : [attachDirectory(path, files)];
  const [baseRoot, ...baseBlocks] = base;
  return [
    attachFile(root),
    ...directory('blocks/', blocks),
    ...directory('state/', view),
    ...(baseRoot === undefined ? [] : [attachFile(baseRoot)]),
    ...directory('base/', baseBlocks),
  ];
}
