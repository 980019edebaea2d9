/** Checkpoints: a state with its Proof-of-Fold, built from an outcome and read back into a place to go on from. */
import {
  type Attachment,
  attachDirectory,
  attachFile,
  type ChainEntry,
  listFiles,
  type NewFile,
  readBackwards,
  readEntry,
  recordBody,
  refOfChain,
} from '../chain/index.js';
import { Cid, type JsonValue, setEntry } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { compareText, LIMITS } from '../kernel/index.js';
import type { FoldBundle } from './bundle.js';
import { foldError } from './errors.js';
import { locate } from './locate.js';
import type { FoldedHead, FoldOutcome, FoldPlace } from './runner.js';
import { CHECKPOINT_KIND, type Checkpoint, type FoldWindow, stateChain } from './schema.js';
import {
  blocksOf,
  checkState,
  decodeBlock,
  decodeRoot,
  filesOfBase,
  filesOfState,
  pathOfKey,
  type State,
} from './state-blocks.js';

export interface CheckpointParts {
  readonly body: Checkpoint;
  readonly files: readonly NewFile[];
}

export interface CheckpointContext {
  readonly bundle: FoldBundle;
  readonly engine: string;
  readonly prevState: Cid | null;
  readonly policyRoot: Cid | null;
}

/** The checkpoint that an outcome makes: a pure function, so verifying one is building it again and comparing. */
export function buildCheckpoint(
  outcome: FoldOutcome,
  { bundle, engine, prevState, policyRoot }: CheckpointContext,
): CheckpointParts {
  const blocks = blocksOf(outcome.state);
  const baseBlocks = blocksOf(outcome.base.state);
  const { root, blocks: blockFiles, view } = filesOfState(outcome.state, blocks);
  const baseFiles = filesOfBase(baseBlocks, blocks);
  const { manifest, foldRoot } = bundle;
  const body: Checkpoint = {
    name: manifest.name,
    ns: manifest.ns,
    fold_version: manifest.version,
    windows: windowsOf(outcome.heads),
    events: outcome.events,
    history_root: outcome.historyRoot,
    policy_root: policyRoot,
    policy_code_root: null,
    fold_root: foldRoot,
    engine,
    gas_used: outcome.gasUsed,
    state_root: blocks.stateRoot,
    prev_state: prevState,
    base: {
      events: outcome.base.events,
      state_root: baseBlocks.stateRoot,
      gas_used: outcome.base.gasUsed,
      frontier: outcome.base.frontier.hashes,
      heads: headsOf(outcome.base.heads),
      skip: outcome.base.skip,
    },
    attachments: attachmentsOf({ root, blockFiles, view, baseFiles }),
  };
  return { body, files: [root, ...blockFiles, ...view, ...baseFiles] };
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

function headsOf(heads: ReadonlyMap<string, FoldedHead>): { chain: string; head: Cid }[] {
  return windowsOf(heads).map(({ chain, head }) => ({ chain, head }));
}

interface Files {
  readonly root: NewFile;
  readonly blockFiles: readonly NewFile[];
  readonly view: readonly NewFile[];
  readonly baseFiles: readonly NewFile[];
}

function attachmentsOf({ root, blockFiles, view, baseFiles }: Files): Attachment[] {
  const directory = (path: string, files: readonly NewFile[]) =>
    files.length === 0 ? [] : [attachDirectory(path, files)];
  const [baseRoot, ...baseBlocks] = baseFiles;
  return [
    attachFile(root),
    ...directory('blocks/', blockFiles),
    ...directory('state/', view),
    ...(baseRoot === undefined ? [] : [attachFile(baseRoot)]),
    ...directory('base/', baseBlocks),
  ];
}

/** A checkpoint in the repository. */
export interface StoredCheckpoint {
  readonly entry: ChainEntry;
  readonly body: Checkpoint;
}

function stored(entry: ChainEntry): StoredCheckpoint {
  return { entry, body: recordBody(entry.envelope, 0, CHECKPOINT_KIND) };
}

export async function readCheckpoint(backend: GitBackend, oid: Oid): Promise<StoredCheckpoint> {
  return stored(await readEntry(backend, oid));
}

/** The checkpoints of a state, newest first. */
export async function* checkpointsBackwards(
  backend: GitBackend,
  name: string,
): AsyncGenerator<StoredCheckpoint, void, undefined> {
  const head = await backend.refs.read(refOfChain(stateChain(name)));
  if (head === null) return;
  for await (const entry of readBackwards(backend, head)) yield stored(entry);
}

/** The newest checkpoint. Throws `fold/no-such-state`. */
export async function newestCheckpoint(backend: GitBackend, name: string): Promise<StoredCheckpoint> {
  for await (const checkpoint of checkpointsBackwards(backend, name)) return checkpoint;
  throw foldError('no-such-state', { name });
}

/** The whole state of a checkpoint, from its blocks. Each block is found by its key and must have the CID that the root names. */
export async function readState(backend: GitBackend, { entry, body }: StoredCheckpoint): Promise<State> {
  const files = await listFiles(backend, entry.tree);
  const root = decodeRoot(await readFile(backend, files, 'root.cbor', body.state_root));
  const keys = Object.keys(root).length;
  const path = (key: string) => pathOfKey('blocks/', key, { keys, extension: '.cbor' });
  return readBlocks(backend, root, { files, path });
}

interface BlockPlaces {
  readonly files: ReadonlyMap<string, Oid>;
  path(key: string, cid: Cid): string;
}

async function readBlocks(
  backend: GitBackend,
  root: { readonly [key: string]: Cid },
  places: BlockPlaces,
): Promise<State> {
  const state: Record<string, JsonValue> = {};
  for (const [key, cid] of Object.entries(root)) {
    setEntry(state, key, decodeBlock(await readFile(backend, places.files, places.path(key, cid), cid)));
  }
  return checkState(state);
}

async function readFile(
  backend: GitBackend,
  files: ReadonlyMap<string, Oid>,
  path: string,
  cid: Cid,
): Promise<Uint8Array> {
  const oid = files.get(path);
  if (oid === undefined) throw foldError('block-missing', { path });
  const { content } = await backend.objects.read(oid, { maxBytes: LIMITS.blockBytes });
  if (!Cid.hash('dag-cbor', content).equals(cid)) throw foldError('block-altered', { path, cid: String(cid) });
  return content;
}

/** One value of the state and what proves it: the root block and the value's block. Throws `fold/no-such-key`. */
export async function readKey(
  backend: GitBackend,
  checkpoint: StoredCheckpoint,
  key: string,
): Promise<{ readonly root: Uint8Array; readonly block: Uint8Array; readonly value: JsonValue }> {
  const { entry, body } = checkpoint;
  const files = await listFiles(backend, entry.tree);
  const root = await readFile(backend, files, 'root.cbor', body.state_root);
  const links = decodeRoot(root);
  const cid = Object.hasOwn(links, key) ? links[key] : undefined;
  if (cid === undefined) throw foldError('no-such-key', { name: body.name, key });
  const path = pathOfKey('blocks/', key, { keys: Object.keys(links).length, extension: '.cbor' });
  const block = await readFile(backend, files, path, cid);
  return { root, block, value: decodeBlock(block) };
}

/** The place a checkpoint offers to go on from: what it claims, to be trusted only when the checkpoint is. */
export async function placeOf(backend: GitBackend, checkpoint: StoredCheckpoint): Promise<FoldPlace> {
  const { base } = checkpoint.body;
  const heads = new Map<string, FoldedHead>();
  for (const { chain, head } of base.heads) {
    const oid = (await locate(backend, chain, [head])).get(String(head)) as Oid;
    const { envelope } = await readEntry(backend, oid);
    if (!envelope.cid.equals(head)) throw foldError('window-missing', { chain, head: String(head) });
    heads.set(chain, { cid: head, lastSeq: envelope.seq + envelope.count - 1, clock: envelope.clock, oid });
  }
  return {
    events: base.events,
    state: await readBase(backend, checkpoint),
    gasUsed: base.gas_used,
    frontier: { size: base.events, hashes: base.frontier },
    heads,
    skip: base.skip,
  };
}

async function readBase(backend: GitBackend, checkpoint: StoredCheckpoint): Promise<State> {
  const { entry, body } = checkpoint;
  if (body.base.state_root.equals(body.state_root)) return readState(backend, checkpoint);
  const files = await listFiles(backend, entry.tree);
  const root = decodeRoot(await readFile(backend, files, 'base.cbor', body.base.state_root));
  // A block that state and base share stands once, under its key in the state.
  const present = decodeRoot(await readFile(backend, files, 'root.cbor', body.state_root));
  const keys = Object.keys(present).length;
  const shared = new Map(
    Object.entries(present).map(([key, cid]) => [String(cid), pathOfKey('blocks/', key, { keys, extension: '.cbor' })]),
  );
  return readBlocks(backend, root, {
    files,
    path: (_key, cid) => shared.get(String(cid)) ?? `base/${String(cid)}.cbor`,
  });
}
