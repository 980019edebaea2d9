/** Whoever cannot sign for what is done is told before it is done. */
import { refuseWriter, type Writer, type WriterPorts } from 'gatos-core';

/** Throws `trust/*` when what this writer records now would not count. */
export function requireTrusted(writer: Writer, { clock }: Pick<WriterPorts, 'clock'>): void {
  const refusal = refuseWriter(writer, { chain: 'effects/', time: Math.floor(clock.now()) });
  if (refusal !== null) throw refusal;
}
