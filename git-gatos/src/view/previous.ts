/** What stood before a checkpoint in its chain. */
import { type Cid, type Repository as Core, readCheckpoint, type StoredCheckpoint } from 'gatos-core';

/** `state_root` of the checkpoint before, null for the first. */
export async function previousState({ backend }: Core, { entry }: StoredCheckpoint): Promise<Cid | null> {
  const parent = entry.commit.parents[0];
  return parent === undefined ? null : (await readCheckpoint(backend, parent)).body.state_root;
}
