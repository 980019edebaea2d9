/** Divergence marks: what contradicts what. They stay for ever; a resolution stands after them, not in their place. */
import { DIVERGENCE, DIVERGENCE_MARK, encodeStruct, sealStruct } from '../mythos/index.js';
import type { Writer } from '../trust/index.js';
import type { Effect } from './entry.js';
import type { KeptMark } from './entry-shape.js';

export interface Marking {
  readonly writer: Pick<Writer, 'signer'>;
  /** µs since the epoch. */
  readonly now: number;
  readonly reason: keyof typeof DIVERGENCE;
  /** The digests that contradict one another: what is recorded first. */
  readonly evidence: readonly Uint8Array[];
  readonly rival: KeptMark['rival'];
}

/** A signed mark, for a record of the effect. */
export async function markOf(
  { body }: Pick<Effect, 'body'>,
  { writer: { signer }, now, reason, evidence, rival }: Marking,
): Promise<KeptMark> {
  const draft = {
    idem_id: body.id,
    tool_id: body.tool,
    reason: DIVERGENCE[reason],
    evidence,
    time_observed: BigInt(now),
  };
  const mark = await sealStruct(DIVERGENCE_MARK, draft, signer);
  return { mark: encodeStruct(DIVERGENCE_MARK, mark), rival };
}
