/** Issuing a root capability: for members of the trust group of its kind. */
import type { WriterPorts } from '../chain/index.js';
import type { Writer } from '../trust/index.js';
import { capabilityError } from './errors.js';
import { groupOfKind, kindName } from './kinds.js';
import { type CapabilityTerms, type MadeCapability, recordCapability, sealCapability } from './make.js';

/**
 * Issues a root capability, and records it. Throws `capabilities/may-not-issue` unless the writer is in the group of its kind,
 * `capabilities/bad-window`, `capabilities/bad-scope`, and as `append`.
 */
export async function issueCapability(
  ports: WriterPorts,
  writer: Writer,
  terms: CapabilityTerms,
): Promise<MadeCapability> {
  const { kind } = terms.scope;
  const group = groupOfKind(kind);
  if (group === undefined) throw capabilityError('kind', { kind });
  const { actor, trust } = writer;
  if (trust.state.groups.get(group)?.includes(actor) !== true)
    throw capabilityError('may-not-issue', { actor, kind: kindName(kind), group });
  return recordCapability(ports, writer, await sealCapability(writer, terms, undefined));
}
