/** Chunks of blobs in this clone: those that somebody counts on and that are not here, and what killed processes have left. */
import { type Finding, type HeldBlob, heldBlobs, livePins, openBlobTree } from 'gatos-core';
import { chunkStoreOf } from '../chunks/index.js';
import type { Patient } from './patient.js';
import { finding } from './symptoms.js';

/** As many as are told one by one. */
const SHOWN = 10;

/** Blobs that are pinned and not whole here. Of others nobody said that this clone should have them. */
export async function examinePinned({ workspace, config, time, signal }: Patient): Promise<readonly Finding[]> {
  const store = chunkStoreOf(workspace);
  const remote = config.remotes[0] ?? 'REMOTE';
  const found: Finding[] = [];
  for await (const held of heldBlobs(workspace.backend, { signal })) {
    if (!isPinned(held, time) || held.blob === null) continue;
    let missing = 0;
    const tree = await openBlobTree(workspace.backend, held.blob);
    for await (const { hash } of tree.chunks()) if (!(await store.has(hash))) missing += 1;
    if (missing === 0) continue;
    const data = { cid: held.cid, missing, chunks: held.blob.chunks, remote };
    found.push(finding('pinned-chunks-missing', { subject: held.cid, data }));
    if (found.length >= SHOWN) break;
  }
  return found;
}

function isPinned(held: HeldBlob, time: number): boolean {
  return held.removal === null && (held.blob?.chunks ?? 0) > 0 && livePins(held, time).length > 0;
}

const DAY_MS = 86_400_000;
const MICROS_PER_MS = 1000;

export async function examineChunkLeftovers({ workspace, time }: Patient): Promise<readonly Finding[]> {
  const store = chunkStoreOf(workspace);
  const beforeMs = time / MICROS_PER_MS - DAY_MS;
  const { removed: files } = await store.sweepLeftovers({ beforeMs, dryRun: true, isLive: () => true });
  return files === 0 ? [] : [finding('chunk-leftovers', { subject: store.name, data: { files, path: store.name } })];
}
