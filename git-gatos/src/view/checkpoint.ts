/** Checkpoints: finding the one a person names, and showing it. */
import {
  type Checkpoint,
  type Repository as Core,
  checkpointsBackwards,
  foldError,
  formatDigest,
  formatTime,
  newestCheckpoint,
  type StoredCheckpoint,
} from 'gatos-core';
import { viewError } from './errors.js';
import { isPlainName } from './name.js';

/** `name`, `name~2` (two before the newest), or a full ref. Throws `fold/no-such-state`, `view/no-checkpoint`, `view/bad-name`. */
export async function findCheckpoint({ backend }: Core, spec: string): Promise<StoredCheckpoint> {
  const match = /^(?:refs\/gatos\/state\/)?(.+?)(?:~([0-9]{1,9}))?$/.exec(spec);
  const name = match?.[1] ?? spec;
  if (!isPlainName(name)) throw viewError('bad-name', { name: spec, what: 'state' });
  const back = Number(match?.[2] ?? 0);
  if (back === 0) return newestCheckpoint(backend, name);
  let count = 0;
  for await (const checkpoint of checkpointsBackwards(backend, name)) {
    if (count === back) return checkpoint;
    count += 1;
  }
  if (count === 0) throw foldError('no-such-state', { name });
  throw viewError('no-checkpoint', { name, back, count });
}

export function checkpointValue({ entry, body }: StoredCheckpoint) {
  const { envelope } = entry;
  return {
    name: body.name,
    ns: body.ns,
    events: body.events,
    state_root: String(body.state_root),
    history_root: formatDigest(body.history_root),
    fold_root: String(body.fold_root),
    fold_version: body.fold_version,
    engine: body.engine,
    gas_used: body.gas_used,
    windows: windowsValue(body),
    cid: String(envelope.cid),
    commit: entry.oid,
    actor: envelope.actor,
    time: formatTime(envelope.time),
  };
}

function windowsValue({ windows }: Checkpoint) {
  return windows.map(({ chain, first_seq, last_seq, head }) => ({ chain, first_seq, last_seq, head: String(head) }));
}
