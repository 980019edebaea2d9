/** Checkpoints in the repository: finding them, and reading their states back. Every block must have the CID that its root names. */
import { type ChainEntry, listFiles, readBackwards, readEntry, recordBody, refOfChain } from '../chain/index.js';
import { Cid, type JsonValue, setEntry } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { LIMITS } from '../kernel/index.js';
import { foldError } from './errors.js';
import { CHECKPOINT_KIND, type Checkpoint, foldChain, stateChain } from './schema.js';
import { checkState, decodeBlock, decodeRoot, pathOfKey, type State } from './state-blocks.js';

export interface StoredCheckpoint {
  readonly entry: ChainEntry;
  readonly body: Checkpoint;
}

/** Throws `codec/*` for an envelope that holds no checkpoint. */
export function checkpointOf(entry: ChainEntry): StoredCheckpoint {
  return { entry, body: recordBody(entry.envelope, 0, CHECKPOINT_KIND) };
}

/** The chains that the proof of a checkpoint rests on: its definition, and the journals that it folded. */
export function foundationsOf(entry: ChainEntry): readonly string[] {
  const { body } = checkpointOf(entry);
  return [foldChain(body.name), ...body.windows.map(({ chain }) => chain)];
}

export async function readCheckpoint(backend: GitBackend, oid: Oid): Promise<StoredCheckpoint> {
  return checkpointOf(await readEntry(backend, oid));
}

/** The checkpoints of a state, newest first. */
export async function* checkpointsBackwards(
  backend: GitBackend,
  name: string,
): AsyncGenerator<StoredCheckpoint, void, undefined> {
  const head = await backend.refs.read(refOfChain(stateChain(name)));
  if (head === null) return;
  for await (const entry of readBackwards(backend, head)) yield checkpointOf(entry);
}

/** The newest checkpoint. Throws `fold/no-such-state`. */
export async function newestCheckpoint(backend: GitBackend, name: string): Promise<StoredCheckpoint> {
  for await (const checkpoint of checkpointsBackwards(backend, name)) return checkpoint;
  throw foldError('no-such-state', { name });
}

/** The whole state. Throws `fold/block-missing`, `fold/block-altered`. */
export async function readState(backend: GitBackend, { entry, body }: StoredCheckpoint): Promise<State> {
  const files = await listFiles(backend, entry.tree);
  const root = decodeRoot(await readBlock(backend, files, { path: 'root.cbor', cid: body.state_root }));
  const keys = Object.keys(root).length;
  return readBlocks(backend, files, { root, path: (key) => blockPath(key, keys) });
}

/** The state at the base. Throws as `readState`. */
export async function readBaseState(backend: GitBackend, checkpoint: StoredCheckpoint): Promise<State> {
  const { entry, body } = checkpoint;
  if (body.base.state_root.equals(body.state_root)) return readState(backend, checkpoint);
  const files = await listFiles(backend, entry.tree);
  const root = decodeRoot(await readBlock(backend, files, { path: 'base.cbor', cid: body.base.state_root }));
  // A block that state and base share stands once, under its key in the state.
  const present = Object.entries(
    decodeRoot(await readBlock(backend, files, { path: 'root.cbor', cid: body.state_root })),
  );
  const shared = new Map(present.map(([key, cid]) => [String(cid), blockPath(key, present.length)]));
  return readBlocks(backend, files, {
    root,
    path: (_key, cid) => shared.get(String(cid)) ?? `base/${String(cid)}.cbor`,
  });
}

/** One value of the state and what proves it: the root block and the value's block. Throws `fold/no-such-key`, and as `readState`. */
export async function readKey(
  backend: GitBackend,
  { entry, body }: StoredCheckpoint,
  key: string,
): Promise<{ readonly root: Uint8Array; readonly block: Uint8Array; readonly value: JsonValue }> {
  const top = await listFiles(backend, entry.tree, { enter: () => false });
  const root = await readBlock(backend, top, { path: 'root.cbor', cid: body.state_root });
  const links = decodeRoot(root);
  const cid = Object.hasOwn(links, key) ? links[key] : undefined;
  if (cid === undefined) throw foldError('no-such-key', { name: body.name, key });
  const path = blockPath(key, Object.keys(links).length);
  const files = await listFiles(backend, entry.tree, { enter: (folder) => path.startsWith(folder) });
  const block = await readBlock(backend, files, { path, cid });
  return { root, block, value: decodeBlock(block) };
}

function blockPath(key: string, keys: number): string {
  return pathOfKey('blocks/', key, { keys, extension: '.cbor' });
}

type Files = ReadonlyMap<string, Oid>;

interface BlockPlace {
  readonly path: string;
  readonly cid: Cid;
}

function oidOf(files: Files, { path }: BlockPlace): Oid {
  const oid = files.get(path);
  if (oid === undefined) throw foldError('block-missing', { path });
  return oid;
}

function checked(content: Uint8Array, { path, cid }: BlockPlace): Uint8Array {
  if (!Cid.hash('dag-cbor', content).equals(cid)) throw foldError('block-altered', { path, cid: String(cid) });
  return content;
}

async function readBlock(backend: GitBackend, files: Files, place: BlockPlace): Promise<Uint8Array> {
  const { content } = await backend.objects.read(oidOf(files, place), { maxBytes: LIMITS.blockBytes });
  return checked(content, place);
}

interface RootBlock {
  readonly root: { readonly [key: string]: Cid };
  path(key: string, cid: Cid): string;
}

async function readBlocks(backend: GitBackend, files: Files, { root, path }: RootBlock): Promise<State> {
  const entries = Object.entries(root).map(([key, cid]) => ({ key, place: { path: path(key, cid), cid } }));
  const oids = entries.map(({ place }) => oidOf(files, place));
  const state: Record<string, JsonValue> = {};
  let i = 0;
  for await (const { content } of backend.objects.readMany(oids, { maxBytes: LIMITS.blockBytes })) {
    const { key, place } = entries[i++] as (typeof entries)[number];
    setEntry(state, key, decodeBlock(checked(content, place)));
  }
  return checkState(state);
}
