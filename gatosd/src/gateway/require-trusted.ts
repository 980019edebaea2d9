/** An effect is recorded by whoever invokes it: whoever cannot sign is told before. */
import { effectShard, refuseWriter, type Writer, type WriterPorts } from 'gatos-core';

/** Throws `trust/*` when what this writer records now would not count. */
export function requireTrusted(writer: Writer, { clock }: Pick<WriterPorts, 'clock'>, id: Uint8Array): void {
  const refusal = refuseWriter(writer, { chain: effectShard(id), time: Math.floor(clock.now()) });
  if (refusal !== null) throw refusal;
}
