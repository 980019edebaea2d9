/** Bytes by themselves: what they are, their form says. */
import { Cid, canView, decodeCan, formatHex, GatosError, isGatosError, LIMITS, nobleEngine } from 'gatos-core';
import { bundleStruct, decodePacket, type Framing, findStruct, packetPlain, verifyPacket } from 'gatos-core/mythos';
import { explainCbor } from './cbor.js';
import { inspectError } from './errors.js';
import type { Explained } from './explained.js';
import { explainJson } from './json.js';
import { explainStruct, recogniseStruct } from './struct.js';

/** Most bytes of a file that is taken apart. */
export const MOST_BYTES = LIMITS.blobBytes;

/** What bytes are; with `as`, as what somebody says that they are. Throws `inspect/unknown-form`, `inspect/not-that`. */
export async function explainFile(bytes: Uint8Array, as?: string): Promise<Explained> {
  if (as !== undefined) return explainAs(bytes, as);
  return (
    packet(bytes) ??
    struct(bytes) ??
    (await ifItIs(explainJson(bytes))) ??
    (await ifItIs(explainCbor(bytes))) ??
    (await ifItIs(explainCan(bytes))) ??
    (await text(bytes)) ??
    unknownBytes(bytes)
  );
}

async function explainAs(bytes: Uint8Array, as: string): Promise<Explained> {
  const found = findStruct(as);
  try {
    return found === undefined ? await formNamed(as, bytes) : explainStruct(found, bytes);
  } catch (error) {
    if (!(error instanceof GatosError) || error.code.startsWith('inspect/')) throw error;
    throw inspectError('not-that', { as, why: error.message });
  }
}

async function formNamed(as: string, bytes: Uint8Array): Promise<Explained> {
  switch (as.toLowerCase()) {
    case 'packet':
      return explainPacket(bytes, 'spec');
    case 'packet-ctvp':
      return explainPacket(bytes, 'ctvp');
    case 'can':
      return explainCan(bytes);
    case 'cbor':
      return explainCbor(bytes);
    case 'json':
      return explainJson(bytes);
    default:
      throw inspectError('unknown-form', { as });
  }
}

/** `MYTH`. */
const MAGIC = [0x4d, 0x59, 0x54, 0x48];

/** Nothing in the bytes says which framing a packet has: both are tried, and the one that was taken is told. */
function packet(bytes: Uint8Array): Explained | null {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) return null;
  const faults: string[] = [];
  for (const framing of ['spec', 'ctvp'] as const) {
    try {
      const other = framing === 'spec' ? 'packet-ctvp' : 'packet';
      return {
        ...explainPacket(bytes, framing),
        also: [`read in the framing \`${framing}\`; --as ${other} reads the other`],
      };
    } catch (error) {
      if (!(error instanceof GatosError)) throw error;
      faults.push(`framing ${framing}: ${error.message}`);
    }
  }
  return {
    ...unknownBytes(bytes),
    what: 'broken packet',
    does: 'starts as a MYTHOS packet, and is none',
    also: faults,
  };
}

function explainPacket(bytes: Uint8Array, framing: Framing): Explained {
  const found = decodePacket(bytes, { framing });
  const { flags, codec, codebook, payload, signatures, encryption } = found;
  const bundle = bundleIn(found, framing);
  return {
    what: 'MYTHOS packet',
    does: 'a program on its way, with who signed it',
    spec: 'docs/SPEC.md 4.8',
    fields: [
      { path: 'framing', value: framing, does: 'which of the two forms it has' },
      { path: 'version', value: 2, does: 'version of the form' },
      { path: 'flags', value: flags, does: '1: the payload is encrypted' },
      { path: 'codec', value: codec === 1 ? '1 MYTHOS-CAN' : '2 Zstandard', does: 'how the payload is encoded' },
      { path: 'codebook', value: formatHex(codebook), does: 'id of the codebook' },
      {
        path: 'payload',
        value: `${payload.length} bytes`,
        does: encryption === undefined ? 'an IRBundle' : 'encrypted',
      },
      ...signatures.map(({ signer, sig_bytes }, i) => ({
        path: `signatures[${i}]`,
        value: `${formatHex(signer.key)} (${sig_bytes.length === 0 ? 'unsigned' : `${sig_bytes.length} bytes`})`,
        does: 'who signed it',
      })),
    ],
    checks: verifyPacket(found, { engine: nobleEngine() }).checks,
    inside: bundle === null ? [] : [bundle],
  };
}

function bundleIn(found: ReturnType<typeof decodePacket>, framing: Framing): Explained | null {
  try {
    return explainStruct(bundleStruct(framing) as never, packetPlain(found));
  } catch (error) {
    if (error instanceof GatosError) return null;
    throw error;
  }
}

function struct(bytes: Uint8Array): Explained | null {
  const [first, ...others] = recogniseStruct(bytes);
  if (first === undefined) return null;
  const names = others.map(({ struct: { name } }) => name);
  const also =
    names.length === 0 ? {} : { also: [`could be ${names.slice(0, 8).join(', ')} as well: --as NAME decides`] };
  return { ...explainStruct(first.struct, bytes), ...also };
}

/** Throws as `decodeCan` for what is no MYTHOS-CAN. */
async function explainCan(bytes: Uint8Array): Promise<Explained> {
  const value = canView(decodeCan(bytes, { maxBytes: MOST_BYTES }));
  return {
    what: 'MYTHOS-CAN',
    does: 'a value in the encoding of MYTHOS objects; no struct that is known',
    spec: 'docs/SPEC.md 4.1',
    fields: [{ path: 'value', value, does: '' }],
    checks: [],
  };
}

/** Null where the bytes have another form. */
async function ifItIs(reading: Promise<Explained>): Promise<Explained | null> {
  try {
    return await reading;
  } catch (error) {
    if (isGatosError(error) && error.code.startsWith('codec/')) return null;
    throw error;
  }
}

async function text(bytes: Uint8Array): Promise<Explained | null> {
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
  if (/[^\P{Cc}\t\n\f\r]/u.test(decoded)) return null;
  const lines = decoded.split('\n').length;
  return { ...unknownBytes(bytes), what: 'text', does: `text of ${lines} lines, such as a source or what a job gave` };
}

function unknownBytes(bytes: Uint8Array): Explained {
  const raw = Cid.hash('raw', bytes);
  return {
    what: 'plain bytes',
    does: 'no object of MYTHOS or GATOS',
    spec: 'docs/SPEC.md 2.1',
    fields: [
      { path: 'size', value: bytes.length, does: 'bytes' },
      { path: 'cid', value: String(raw), does: 'as records name files' },
      { path: 'sha256', value: formatHex(raw.digest), does: 'digest; the id of a small blob' },
    ],
    checks: [],
  };
}
