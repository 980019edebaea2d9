/** Signatures of MYTHOS-X packets: added by signers, and verified all of them (RFC-MYTHOS-0001 section 8.3). */
import { formatHex } from '../../codec/index.js';
import type { SignatureEngine, Signer } from '../../identity/index.js';
import { type Check, failed, passed, type Report, report } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import type { AgentId, SigBlockEntry } from '../structs/core.js';
import { agentOf, ED25519 } from '../structs/seal.js';
import { encodePacket, type Packet, type PacketParts, packetMessage } from './wire.js';

/** A packet signed by each of these, in this order; at least one. */
export async function signPacket(parts: PacketParts, signers: readonly Signer[]): Promise<Uint8Array> {
  const message = packetMessage(parts);
  const entries: SigBlockEntry[] = [];
  for (const signer of signers)
    entries.push({ signer: agentOf(signer.key), sig_alg: ED25519, sig_bytes: await signer.sign(message) });
  return encodePacket(parts, entries);
}

/** What became of one entry. An empty signature is `unsigned`: nobody claims that it holds, and nobody can. */
export type PacketVerdict = 'valid' | 'unsigned' | 'invalid' | 'unsupported';

export interface JudgedSignature {
  readonly signer: AgentId;
  /** Scheme of the signature; 1 is Ed25519. */
  readonly alg: number;
  readonly verdict: PacketVerdict;
}

/** The verdict on every entry of a packet, in order. */
export function judgePacket(
  packet: Packet,
  { engine }: { readonly engine: SignatureEngine },
): readonly JudgedSignature[] {
  return packet.signatures.map(({ signer, sig_alg, sig_bytes }) => ({
    signer,
    alg: signer.scheme === ED25519 ? sig_alg : signer.scheme,
    verdict: judge(packet.signed, { signer, sig_alg, sig_bytes }, engine),
  }));
}

function judge(message: Uint8Array, entry: SigBlockEntry, engine: SignatureEngine): PacketVerdict {
  if (entry.sig_bytes.length === 0) return 'unsigned';
  if (entry.sig_alg !== ED25519 || entry.signer.scheme !== ED25519) return 'unsupported';
  return engine.verify({ key: entry.signer.key, message, signature: entry.sig_bytes }) ? 'valid' : 'invalid';
}

export interface VerifyPacketOptions {
  readonly engine: SignatureEngine;
  /** Is this signer trusted? With it, the packet needs a valid signature of one who is, and an unsigned entry fails. */
  readonly isTrusted?: ((signer: AgentId) => boolean) | undefined;
}

/** Checks every signature of a packet; where trust is asked for, that one of them at least is of a trusted signer. */
export function verifyPacket(packet: Packet, { engine, isTrusted }: VerifyPacketOptions): Report {
  const judged = judgePacket(packet, { engine });
  const checks: Check[] = judged.map((entry) => checkOf(entry, isTrusted !== undefined));
  if (isTrusted !== undefined) {
    const trusted = judged.find(({ signer, verdict }) => verdict === 'valid' && isTrusted(signer));
    checks.push(
      trusted === undefined
        ? failed('signer', 'packet', mythosError('untrusted-signer', { signers: judged.length }))
        : passed('signer', 'packet', `${formatHex(trusted.signer.key)} is trusted`),
    );
  }
  return report('packet', checks);
}

function checkOf({ signer, alg, verdict }: JudgedSignature, isTrustAsked: boolean): Check {
  const key = formatHex(signer.key);
  if (verdict === 'valid') return passed('signature', key, 'it holds');
  if (verdict === 'unsupported')
    return failed('signature', key, mythosError('scheme', { struct: 'SigBlockEntry', what: 'the scheme', value: alg }));
  if (verdict === 'invalid') return failed('signature', key, mythosError('bad-packet-signature', { signer: key }));
  const check = failed('signature', key, mythosError('unsigned', { signer: key }));
  // Where nobody has to be trusted an empty signature says nothing, which is not the same as saying something wrong.
  return isTrustAsked ? check : { ...check, outcome: 'unknown' };
}
