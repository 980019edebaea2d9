/** Submitting a job: its manifest and files become visible, once. */
import { type AppendRequest, append, draftRecord, type WriterPorts } from '../chain/index.js';
import { formatUlid } from '../codec/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { manifestChain } from './names.js';
import type { PreparedJob } from './prepare.js';
import { MANIFEST_RULE } from './rules.js';
import { MANIFEST_KIND } from './schema.js';

/** The append that submits a job; it has nothing to append when the job stands there already. For `appendTogether`. */
export function submission(writer: Writer, { job, manifest, files }: PreparedJob): AppendRequest {
  const { draft } = draftRecord(MANIFEST_KIND, manifest, { files });
  return requestBy(writer, {
    chain: manifestChain(job),
    rule: MANIFEST_RULE,
    prepare: async (head) => (head === null ? [draft] : []),
  });
}

/** Submits a job. `exists`: it was submitted before, nothing was written. Errors as `append`. */
export async function submitJob(
  ports: WriterPorts,
  writer: Writer,
  prepared: PreparedJob,
): Promise<'recorded' | 'exists'> {
  const appended = await append(ports, submission(writer, prepared));
  return appended.length > 0 ? 'recorded' : 'exists';
}

/** A nonce for a job whose content was run before. */
export function newNonce({ clock, random }: Pick<WriterPorts, 'clock' | 'random'>): string {
  return formatUlid({ timeMs: Math.max(0, Math.floor(clock.now() / 1000)), random: random.bytes(10) });
}
