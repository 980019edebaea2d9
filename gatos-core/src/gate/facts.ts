/** What the gate keeps of an envelope that a push adds. */
import type { ChainEntry } from '../chain/index.js';
import { formatKey } from '../codec/index.js';
import type { InputEnvelope } from '../policy/index.js';
import type { ChainUpdate } from './read-push.js';

export interface Arrival {
  readonly update: ChainUpdate;
  /** As policies see it. */
  readonly envelope: InputEnvelope;
}

export function arrivalOf(update: ChainUpdate, { envelope, signatures }: ChainEntry): Arrival {
  const { cid, kind, actor, seq, count, clock, time } = envelope;
  const keys = signatures.map(({ key }) => formatKey(key));
  const { chain, rule } = update;
  return {
    update,
    envelope: { cid: String(cid), chain, plane: rule.plane, kind, actor, seq, count, clock, time, keys },
  };
}
