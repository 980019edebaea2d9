/** Opening packets: whose they are, what is in them, and whether it may run. */
import {
  type CheckedBundle,
  checkBundle,
  formatHex,
  formatKey,
  type GatosError,
  type IrCheckOptions,
  type Report,
  refuseKey,
  report,
  type SignatureEngine,
  type Signer,
  type TrustHistory,
} from 'gatos-core';
import {
  type AgentId,
  decodePacket,
  type Framing,
  type IrBundle,
  type JudgedSignature,
  judgePacket,
  type Packet,
  packBundle,
  readBundle as readPacketBundle,
  signPacket,
  verifyPacket,
} from 'gatos-core/mythos';
import { loadZstd } from 'gatos-core/node';

/** What is in a packet. */
export interface OpenedPacket {
  readonly packet: Packet;
  readonly bundle: IrBundle;
}

/** Reads a packet. Throws `mythos/packet`, `mythos/packet-form`, `mythos/packet-payload`, `mythos/malformed` and their like. */
export async function openPacket(bytes: Uint8Array, framing: Framing): Promise<OpenedPacket> {
  const packet = decodePacket(bytes, { framing });
  return { packet, bundle: readPacketBundle(packet, { zstd: await loadZstd() }) };
}

/** Packs a bundle, signed by one, compressed when asked for. */
export async function sealPacket(
  bundle: IrBundle,
  {
    signer,
    framing = 'spec',
    compress = false,
  }: {
    readonly signer: Signer;
    readonly framing?: Framing | undefined;
    readonly compress?: boolean | undefined;
  },
): Promise<Uint8Array> {
  const zstd = compress ? await loadZstd() : undefined;
  return signPacket(packBundle(bundle, { framing, zstd }), [signer]);
}

export interface PacketTrust {
  readonly engine: SignatureEngine;
  readonly trust: Pick<TrustHistory, 'state' | 'head'>;
  /** µs since the epoch. */
  readonly now: number;
}

/** Who a signer of packets is here now: an actor, or null. */
export function signerOf({ scheme, key }: AgentId, { trust, now }: Omit<PacketTrust, 'engine'>): string | null {
  if (scheme !== 1 || key.length !== 32) return null;
  const known = trust.state.keys.get(formatKey(key));
  if (known === undefined) return null;
  const occasion = { actor: known.actor, chain: 'packet', clock: trust.head.clock + 1, time: now };
  return refuseKey(known, occasion, key) === null ? known.actor : null;
}

export interface VerifyPacketRequest extends PacketTrust {
  /** Take it although nobody vouches for it: no trusted signer is asked for, and an empty signature is told, not refused. */
  readonly unsigned?: boolean | undefined;
}

export interface JudgedPacket {
  readonly report: Report;
  readonly signatures: readonly (JudgedSignature & { readonly actor: string | null })[];
}

/** Verifies every signature; unless it may be unsigned, one of them is by a key that is trusted here now. */
export function judgeSigners(packet: Packet, request: VerifyPacketRequest): JudgedPacket {
  const { engine, unsigned = false } = request;
  const isTrusted = (signer: AgentId): boolean => signerOf(signer, request) !== null;
  const verified = verifyPacket(packet, { engine, isTrusted: unsigned ? undefined : isTrusted });
  const signatures = judgePacket(packet, { engine }).map((judged) => ({
    ...judged,
    actor: signerOf(judged.signer, request),
  }));
  if (!unsigned) return { report: verified, signatures };
  // What says nothing is let pass; what says something wrong is not.
  const kept = verified.checks.map((check) =>
    check.code === 'mythos/unsigned' ? { ...check, outcome: 'pass' as const } : check,
  );
  return { report: report(verified.subject, kept), signatures };
}

export interface CheckPacketOptions extends Pick<IrCheckOptions, 'entry'> {
  readonly framing: Framing;
}

/** The static check, by the rules of the framing: the published pack names tools by digests of its own (design 4.9). */
export function checkPacket(bundle: IrBundle, { framing, entry }: CheckPacketOptions): CheckedBundle {
  return framing === 'spec'
    ? checkBundle(bundle, { entry })
    : checkBundle(bundle, { entry, fields: 'pack', toolIds: 'as-stated' });
}

/** The checks of signatures and of the bundle as one report. */
export function packetReport({ report: signers }: Pick<JudgedPacket, 'report'>, { faults, id }: CheckedBundle): Report {
  const subject = `bundle ${formatHex(id)}`;
  const checks = faults.map((error: GatosError) => checkOfFault(subject, error));
  const bundle = checks.length > 0 ? checks : [{ name: 'bundle', outcome: 'pass' as const, subject, detail: SOUND }];
  return report('packet', [...signers.checks, ...bundle]);
}

const SOUND = 'every operation is known, and has what it needs before it runs';

/** A fault of a bundle is one, also where it is that this executor does not know an operation: nothing of it would run. */
function checkOfFault(subject: string, { message, code, exit, hint, data }: GatosError): Report['checks'][number] {
  return { name: 'bundle', outcome: 'fail', subject, detail: message, code, exit, hint, evidence: data };
}
