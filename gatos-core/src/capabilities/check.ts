/**
 * May this agent do this now? Every check of design 4.6 is made and told, in its order, also after the first one that fails:
 * a refusal explains itself. Absence denies: whatever is not a pass is a refusal.
 */
import { type Check, failed, type GatosError, passed, type Report, report } from '../kernel/index.js';
import { type AgentId, sameAgent } from '../mythos/index.js';
import type { TrustHistory } from '../trust/index.js';
import { countersCheck } from './counters.js';
import { coverFault } from './cover.js';
import { capabilityError } from './errors.js';
import { formatAgent, formatMicros, type HeldCapability } from './held.js';
import { delegatorFault, issuerFault } from './issuer.js';
import { kindName } from './kinds.js';
import type { CapabilityRequest } from './request.js';
import type { Standing } from './stages.js';
import { type NamedCapability, type StandingPorts, standingOf } from './standing.js';
import { timeFault } from './window.js';

export interface CheckCapabilityRequest {
  readonly capability: NamedCapability;
  /** Who acts: the key that signs what is done. */
  readonly agent: AgentId;
  /** µs since the epoch. */
  readonly now: number;
  readonly trust: Pick<TrustHistory, 'state' | 'head'>;
  /** What is to be done; absent: whether anything may be. */
  readonly request?: CapabilityRequest | undefined;
  /** Which use this is (32 bytes): one that was counted before is not counted again. */
  readonly idem?: Uint8Array | undefined;
}

export interface CheckedCapability {
  /** Names, in order: bytes, id, signature, recorded, issuer, subject, window, scope, counters, parents, delegation, attenuation, windows, revocation. */
  readonly report: Report;
  /** The capability first, the root last, as far as they could be read. */
  readonly chain: readonly HeldCapability[];
}

/** Checks a capability for one use. Nothing is recorded: `countUse` does that. Throws as the git port, for nothing that it finds. */
export async function checkCapability(ports: StandingPorts, given: CheckCapabilityRequest): Promise<CheckedCapability> {
  const standing = await remembered(ports, given);
  const { chain, checks: known } = standing;
  const subject = known.bytes.subject;
  const [held] = chain;
  const checks =
    held === undefined
      ? ['issuer', 'subject', 'window', 'scope', 'counters'].map((name) => unreadable(name, subject))
      : [
          issuerCheck(standing, given),
          subjectCheck(held, given),
          windowCheck(held, given),
          scopeCheck(held, given),
          await countersCheck(ports.source, standing, given),
        ];
  const { bytes, id, signature, recorded, parents, delegation, attenuation, windows, revocation } = known;
  const all = [bytes, id, signature, recorded, ...checks, parents, delegation, attenuation, windows, revocation];
  return { report: report(`capability ${subject}`, all), chain };
}

/** How it stands, from the memo when neither log nor trust have moved. Named by its bytes it is looked at anew. */
async function remembered(ports: StandingPorts, { capability, trust }: CheckCapabilityRequest): Promise<Standing> {
  const { memo, source } = ports;
  if (memo === undefined || !('id' in capability)) return standingOf(ports, capability);
  // Asked before anything is read: what is read later is at least as new.
  const heads = `${await source.heads()} ${trust.head.oid}`;
  const known = memo.chain(capability.id, heads);
  if (known !== undefined) return known;
  const standing = await standingOf(ports, capability);
  memo.keepChain(capability.id, { heads, standing });
  return standing;
}

function unreadable(name: string, subject: string): Check {
  return failed(name, subject, capabilityError('unchecked', { needs: 'the capability could not be read' }));
}

function outcome(name: string, subject: string, fault: GatosError | null, holds: string): Check {
  return fault === null ? passed(name, subject, holds) : failed(name, subject, fault);
}

function issuerCheck({ chain, complete }: Standing, { trust, now }: CheckCapabilityRequest): Check {
  const [held, root] = [chain[0], chain.at(-1)];
  const subject = held?.hex ?? '';
  if (!complete || root === undefined)
    return failed('issuer', subject, capabilityError('unchecked', { needs: 'the root is not known' }));
  const holds = `the root is by ${formatAgent(root.capability.issuer)}, who may issue ${kindName(root.capability.scope.kind)}`;
  const fault = issuerFault(root, trust.state, now) ?? firstFault(chain.slice(0, -1), trust.state, now);
  return outcome('issuer', subject, fault, holds);
}

/** Of those who passed it on, the nearest to the root first. */
function firstFault(parts: readonly HeldCapability[], state: TrustHistory['state'], now: number): GatosError | null {
  for (const held of [...parts].reverse()) {
    const fault = delegatorFault(held, state, now);
    if (fault !== null) return fault;
  }
  return null;
}

function subjectCheck({ hex: id, capability: { subject } }: HeldCapability, { agent }: CheckCapabilityRequest): Check {
  const [wanted, acting] = [formatAgent(subject), formatAgent(agent)];
  const fault = sameAgent(subject, agent)
    ? null
    : capabilityError('not-subject', { id, subject: wanted, agent: acting });
  return outcome('subject', id, fault, 'it is for whoever acts');
}

function windowCheck({ hex, capability }: HeldCapability, { now }: CheckCapabilityRequest): Check {
  return outcome('window', hex, timeFault(capability, now), `it counts until ${formatMicros(capability.expires_at)}`);
}

function scopeCheck({ hex, scope, faults, capability }: HeldCapability, { request }: CheckCapabilityRequest): Check {
  const { kind } = capability.scope;
  if (scope === null) return failed('scope', hex, faults.scope ?? capabilityError('kind', { kind }));
  if (request === undefined) return passed('scope', hex, `it is a ${kindName(kind)}; no request was given`);
  const why = coverFault(scope, request);
  const fault = why === null ? null : capabilityError('out-of-scope', { kind: request.kind, why });
  return outcome('scope', hex, fault, `it covers this ${request.kind}`);
}
