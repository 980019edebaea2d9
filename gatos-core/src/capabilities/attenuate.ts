/** Passing on a part of a capability: for whoever it is for, when it may be passed on. */
import type { WriterPorts } from '../chain/index.js';
import type { SignatureEngine } from '../identity/index.js';
import { agentOf } from '../mythos/index.js';
import type { Writer } from '../trust/index.js';
import { checkCapability } from './check.js';
import { capabilityError } from './errors.js';
import { linkFault } from './links.js';
import { capabilityLog } from './log.js';
import { type CapabilityTerms, type MadeCapability, recordCapability, sealCapability } from './make.js';

export interface AttenuateRequest extends CapabilityTerms {
  /** Id of the capability of which this is a part, hexadecimal. */
  readonly parent: string;
}

/** What may be passed on before it begins, and when nothing is left of it: it allows no more for that. */
const NOT_ASKED: ReadonlySet<string> = new Set(['window', 'counters', 'subject']);

/**
 * Issues a part of a capability, and records it. Throws `capabilities/no-such-capability`, `capabilities/other-issuer` unless the writer's
 * key is the subject of the whole, `capabilities/not-delegable`, `capabilities/broader` with every field that goes beyond it,
 * `capabilities/window-outside`, `capabilities/unfit-parent` when the whole does not stand itself, and as `append`.
 */
export async function attenuateCapability(
  ports: WriterPorts & { readonly engine: SignatureEngine },
  writer: Writer,
  { parent: id, ...terms }: AttenuateRequest,
): Promise<MadeCapability> {
  const source = capabilityLog(ports.backend);
  const now = Math.floor(ports.clock.now());
  const agent = agentOf(writer.signer.key);
  const given = { capability: { id }, agent, now, trust: writer.trust };
  const { report, chain } = await checkCapability({ source, engine: ports.engine }, given);
  const [parent] = chain;
  if (parent === undefined) throw capabilityError('no-such-capability', { id });
  const held = await sealCapability(writer, terms, parent.id);
  const fault = linkFault(held, parent);
  if (fault !== null) throw fault;
  const bad = report.checks.find(({ name, outcome }) => outcome !== 'pass' && !NOT_ASKED.has(name));
  if (bad !== undefined) throw capabilityError('unfit-parent', { id, why: bad.detail });
  return recordCapability(ports, writer, held);
}
