/** Work is done before it is signed: whoever cannot sign is told before. */
import { refuseWriter, type Writer, type WriterPorts } from 'gatos-core';

/** Throws `trust/*` when what this writer records now would not count. */
export function requireTrusted(writer: Writer, { clock }: Pick<WriterPorts, 'clock'>): void {
  const refusal = refuseWriter(writer, { chain: 'jobs/', time: Math.floor(clock.now()) });
  if (refusal !== null) throw refusal;
}
