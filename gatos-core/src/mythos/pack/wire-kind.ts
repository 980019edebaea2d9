/** Vectors of packets. A pack states the framing of a packet; the published one, which states none, has the framing `ctvp`. */
import { sha256 } from '#hash';
import { formatHex, scanCan } from '../../codec/index.js';
import { bytesEqual, isGatosError } from '../../kernel/index.js';
import { mythosError } from '../errors.js';
import { packetPlain, type ReadBundleOptions, readBundle } from '../packets/bundle.js';
import { judgePacket } from '../packets/signatures.js';
import { decodePacket, encodePacket, type Framing, type Packet } from '../packets/wire.js';
import { type IrBundle, SYMBOL_SIG } from '../structs/ir.js';
import { structId } from '../structs/seal.js';
import { packError } from './errors.js';
import type { VectorCase } from './vector-case.js';

const TEXT = 4;

export async function checkPacket(at: VectorCase): Promise<void> {
  const bytes = await at.bytes('packet_bin');
  at.expected('packet_sha256', sha256(bytes));
  const json = at.has('description_json') ? await at.json('description_json') : {};
  const framing = framingOf(json.framing);
  if (framing === 'ctvp') {
    at.remark('the framing is that of the pack: the sigblock stands before the payload, with lengths as LEB128');
    at.remark('the signing rule is that of the pack: SHA-256 of header and payload, not their bytes');
  }
  const packet = decodePacket(bytes, { framing });
  at.sameBytes('packet_bin', bytes, encodePacket(packet, packet.signatures));
  const wanted = {
    codebook_id: packet.codebook,
    codec_id: packet.codec,
    flags: packet.flags,
    payload_sha256: sha256(packet.payload),
    version: 2,
  };
  for (const [name, value] of Object.entries(wanted))
    if (json[name] !== undefined) at.same(name, at.path('description_json'), json[name], value);
  const options = { zstd: at.ports.zstd };
  at.expected('bundle_sha256', sha256(packetPlain(packet, options)));
  const bundle = bundleIn(at, packet, options);
  if (bundle !== null) remarkBundle(at, bundle, framing);
  checkSignatures(at, packet);
}

/**
 * The bundle of a packet. The published pack departs from the tables of its own specification and states only digests of its payload, so
 * there a bundle in yet another form is told and is no fault of the packet; a pack that states `spec` has to hold one.
 */
function bundleIn(at: VectorCase, packet: Packet, options: ReadBundleOptions): IrBundle | null {
  try {
    return readBundle(packet, options);
  } catch (error) {
    if (packet.framing === 'spec' || !isGatosError(error, 'mythos/malformed')) throw error;
    const plain = packetPlain(packet, options);
    if (scanCan(plain) !== plain.length) throw error;
    at.remark(`the payload is MYTHOS-CAN and not an IRBundle of the pack's own form: ${error.message}`);
    return null;
  }
}

function framingOf(value: unknown): Framing {
  if (value === undefined || value === 'ctvp') return 'ctvp';
  if (value === 'spec') return 'spec';
  throw packError('unknown', { why: `the framing \`${String(value)}\` is unknown` });
}

function remarkBundle(at: VectorCase, bundle: IrBundle, framing: Framing): void {
  if (framing === 'ctvp' && bundle.const_pool.consts.some(({ kind }) => kind === TEXT))
    at.remark('a text constant stands in field 4, where the specification has 5');
  const symbols = bundle.symbols.symbols.map((symbol) => structId(SYMBOL_SIG, symbol));
  const isKnown = (entry: Uint8Array) => symbols.some((symbol) => bytesEqual(symbol, entry));
  if (bundle.tasks.tasks.some(({ entry_symbol }) => !isKnown(entry_symbol)))
    at.remark('the entry symbol of a task is not in the table of symbols');
}

/** Every entry of the sigblock. An empty signature is told as what it is: the packet is unsigned. */
function checkSignatures(at: VectorCase, packet: Packet): void {
  for (const { signer, alg, verdict } of judgePacket(packet, { engine: at.ports.engine })) {
    const key = formatHex(signer.key);
    if (verdict === 'unsigned') {
      at.remark(`unsigned: the entry of ${key} carries an empty signature; no trusted signer stands behind the packet`);
      continue;
    }
    at.hold('signature', key, verdict === 'valid', 'it holds', () =>
      verdict === 'unsupported'
        ? mythosError('scheme', { struct: 'SigBlockEntry', what: 'the scheme', value: alg })
        : mythosError('bad-packet-signature', { signer: key }),
    );
  }
}
