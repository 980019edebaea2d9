/** What a capability rests on, as far as no request is needed to say it: its bytes, its parents, what was revoked. */
import type { SignatureEngine } from '../identity/index.js';
import { bytesEqual, type Check, failed, GatosError, passed } from '../kernel/index.js';
import { ancestryOf, heldOf, signatureFaults } from './ancestry.js';
import { capabilityError } from './errors.js';
import type { HeldCapability } from './held.js';
import { linkFaults } from './links.js';
import type { CapabilitySource } from './log.js';
import type { CapabilityMemo } from './memo.js';
import { OWN, SHARED, type Stage, type Standing } from './stages.js';

export interface StandingPorts {
  readonly source: CapabilitySource;
  readonly engine: SignatureEngine;
  readonly memo?: CapabilityMemo | undefined;
}

/** A capability by its id (hexadecimal) in the log, or by its bytes. */
export type NamedCapability = { readonly id: string } | { readonly bytes: Uint8Array };

const WHAT_HOLDS: Readonly<Record<Stage, string>> = {
  bytes: 'canonical MYTHOS-CAN of a capability',
  id: 'the id is that of its content',
  signature: 'signed by its issuer',
  recorded: 'it is in the log',
  parents: 'everything that it rests on is there, and holds',
  delegation: 'whoever passed it on was allowed to',
  attenuation: 'it allows no more than what it rests on',
  windows: 'its window is inside those of what it rests on',
  revocation: 'nothing of it was revoked',
};

type Faults = { [S in Stage]?: GatosError | undefined };

/** Finds out how a capability stands. What it finds is told in checks; throws as the git port. */
export async function standingOf(ports: StandingPorts, named: NamedCapability): Promise<Standing> {
  const faults: Faults = {};
  const first = await leafOf(ports, named, faults);
  if (first === null) return unread('id' in named ? named.id : 'these bytes', faults);
  const { chain, missing } = await ancestryOf(ports, first);
  const [own, ...above] = await signatureFaults(ports.engine, chain, ports.memo);
  faults.signature = own ?? undefined;
  faults.parents = missing ?? parentFault(chain, above);
  Object.assign(faults, linkFaults(chain));
  faults.revocation = await revocationIn(ports.source, chain);
  const complete = missing === null;
  const needs = complete ? null : 'what it rests on is not known as a whole';
  const root = chain.length === 1;
  return {
    chain,
    complete,
    checks: checksOf((stage) => checkOf(stage, { subject: first.hex, fault: faults[stage], needs, root })),
  };
}

function unread(subject: string, faults: Faults): Standing {
  const needs = 'the capability could not be read';
  return {
    chain: [],
    complete: false,
    checks: checksOf((stage) => failed(stage, subject, faults[stage] ?? capabilityError('unchecked', { needs }))),
  };
}

function checksOf(check: (stage: Stage) => Check): Standing['checks'] {
  return Object.fromEntries([...OWN, ...SHARED].map((stage) => [stage, check(stage)])) as Standing['checks'];
}

interface Outcome {
  readonly subject: string;
  readonly fault: GatosError | undefined;
  /** What is missing for what all of the chain has to hold. */
  readonly needs: string | null;
  /** Does it rest on nothing? */
  readonly root: boolean;
}

function checkOf(stage: Stage, { subject, fault, needs, root }: Outcome): Check {
  if (fault !== undefined) return failed(stage, subject, fault);
  const shared = (SHARED as readonly string[]).includes(stage);
  if (shared && needs !== null) return failed(stage, subject, capabilityError('unchecked', { needs }));
  const detail = shared && root && stage !== 'revocation' ? 'it is a root, and rests on nothing' : WHAT_HOLDS[stage];
  return passed(stage, subject, detail);
}

/** The capability itself; null when there is nothing to read. */
async function leafOf({ source, memo }: StandingPorts, named: NamedCapability, faults: Faults) {
  const id = 'id' in named ? named.id : undefined;
  const given = 'bytes' in named ? named.bytes : await source.issued(named.id);
  if (given === null) {
    faults.recorded = capabilityError('no-such-capability', { id: id ?? '' });
    return null;
  }
  const held = heldOf(given, memo, id);
  if (held instanceof GatosError) {
    faults.bytes = held;
    return null;
  }
  faults.id = held.faults.id ?? undefined;
  if (id === undefined) faults.recorded = await unrecorded(source, held);
  else if (held.hex !== id) faults.id = capabilityError('other-id', { id, found: held.hex });
  return held;
}

async function unrecorded(source: CapabilitySource, { hex, bytes }: HeldCapability): Promise<GatosError | undefined> {
  const recorded = await source.issued(hex);
  if (recorded === null) return capabilityError('no-such-capability', { id: hex });
  return bytesEqual(recorded, bytes) ? undefined : capabilityError('other-bytes', { id: hex });
}

function parentFault(
  chain: readonly HeldCapability[],
  signatures: readonly (GatosError | null)[],
): GatosError | undefined {
  const at = signatures.findIndex((fault) => fault !== null);
  const [child, parent, fault] = [chain[at], chain[at + 1], signatures[at]];
  if (child === undefined || parent === undefined || fault === undefined || fault === null) return undefined;
  return capabilityError('bad-parent', { id: child.hex, parent: parent.hex, why: fault.message }, { cause: fault });
}

/** The revocation that is nearest to the root: whatever rests on it fell with it. */
async function revocationIn(
  source: CapabilitySource,
  chain: readonly HeldCapability[],
): Promise<GatosError | undefined> {
  const found = await Promise.all(chain.map(async ({ hex }) => ({ hex, revocation: await source.revocation(hex) })));
  for (const { hex: id, revocation } of found.reverse())
    if (revocation !== null) return capabilityError('revoked', { id, by: revocation.by, reason: revocation.reason });
  return undefined;
}
