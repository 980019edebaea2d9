/**
 * DSSE (secure-systems-lab/dsse v1.0.2): what is signed, and the JSON form in which third-party tools take an envelope.
 */
import { formatJson, type JsonValue, parseJson } from '../codec/index.js';
import { concatBytes, isGatosError, LIMITS, utf8 } from '../kernel/index.js';
import { formatBase64, parseBase64 } from './base64.js';
import { identityError } from './errors.js';

/** The DSSE payload type of every GATOS envelope (design 2.2). */
export const ENVELOPE_TYPE = 'application/vnd.gatos.envelope+dag-cbor;v=1';

export interface DsseSignature {
  /** A hint which key signed; DSSE gives it no meaning. We write the key's text form, `ed25519:…`. */
  readonly keyid: string;
  readonly sig: Uint8Array;
}

export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly DsseSignature[];
}

/**
 * The pre-authentication encoding, which is what gets signed:
 * `"DSSEv1" SP len(type) SP type SP len(payload) SP payload`, lengths in bytes as decimal ASCII. One copy of the payload.
 */
export function pae(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return concatBytes([utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload]);
}

/** The envelope as DSSE JSON, one line, with standard base64. Payload type and key ids are well-formed text. */
export function formatDsse({ payloadType, payload, signatures }: DsseEnvelope): string {
  return formatJson({
    payload: formatBase64(payload),
    payloadType,
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: formatBase64(sig) })),
  });
}

/**
 * Reads DSSE JSON of anyone's making, by the rules of DSSE and not of our own formats: unknown fields are ignored, `keyid` may be
 * absent, and base64 may use either alphabet. Throws `identity/dsse`.
 */
export function parseDsse(text: string): DsseEnvelope {
  const root = asRecord(parseText(text), 'the envelope');
  const { signatures } = root;
  if (!Array.isArray(signatures)) throw identityError('dsse', { why: '`signatures` is not a list' });
  if (signatures.length > LIMITS.signatures)
    throw identityError('dsse', { why: `it has more than ${LIMITS.signatures} signatures` });
  return {
    payloadType: asText(root.payloadType, 'payloadType'),
    payload: asBytes(root.payload, 'payload'),
    signatures: signatures.map((entry: JsonValue, i) => {
      const signature = asRecord(entry, `signature ${i}`);
      const { keyid } = signature;
      return { keyid: keyid === undefined ? '' : asText(keyid, 'keyid'), sig: asBytes(signature.sig, 'sig') };
    }),
  };
}

function parseText(text: string): JsonValue {
  try {
    return parseJson(text, { maxBytes: LIMITS.blobBytes });
  } catch (error) {
    if (!isGatosError(error)) throw error;
    throw identityError('dsse', { why: error.message }, { cause: error });
  }
}

function asRecord(value: JsonValue, what: string): { readonly [key: string]: JsonValue | undefined } {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw identityError('dsse', { why: `${what} is not an object` });
  return value as { readonly [key: string]: JsonValue };
}

function asText(value: JsonValue | undefined, field: string): string {
  if (typeof value !== 'string') throw identityError('dsse', { why: `\`${field}\` is not text` });
  return value;
}

/** DSSE allows both alphabets of RFC 4648; a text that mixes them is in neither. */
function asBytes(value: JsonValue | undefined, field: string): Uint8Array {
  const text = asText(value, field);
  const standard = /[+/]/.test(text) ? text : text.replaceAll('-', '+').replaceAll('_', '/');
  const bytes = parseBase64(standard);
  if (bytes === null) throw identityError('dsse', { why: `\`${field}\` is not base64` });
  return bytes;
}
