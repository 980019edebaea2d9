/** What is done before it is signed: whoever cannot sign for it is told before it is done. */
import { refuseWriter, type Writer, type WriterPorts } from 'gatos-core';

/** Throws `trust/*` when what this writer records on a chain now would not count. */
export function requireTrusted(writer: Writer, { clock }: Pick<WriterPorts, 'clock'>, chain: string): void {
  const refusal = refuseWriter(writer, { chain, time: Math.floor(clock.now()) });
  if (refusal !== null) throw refusal;
}
