/**
 * The statement, signed: as a DSSE envelope, and as a Sigstore bundle v0.3 (sigstore/protobuf-specs, sigstore_bundle.proto) with a bare
 * key. Such a bundle holds no certificate, no time stamp and no entry of a transparency log: who checks it brings the key.
 */
import { formatJson, formatKey, type JsonValue } from '../../codec/index.js';
import { formatBase64, formatDsse, pae, type Signer } from '../../identity/index.js';

/** The DSSE payload type of in-toto statements (in-toto/attestation, spec/v1/envelope.md). */
export const STATEMENT_PAYLOAD = 'application/vnd.in-toto+json';
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

export interface SignedStatement {
  readonly payload: Uint8Array;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** Throws `identity/*` when the key cannot be used. */
export async function signStatement(payload: Uint8Array, signer: Signer): Promise<SignedStatement> {
  return { payload, key: signer.key, signature: await signer.sign(pae(STATEMENT_PAYLOAD, payload)) };
}

/** DSSE JSON, with a line feed. */
export function formatStatementDsse({ payload, key, signature }: SignedStatement): string {
  const signatures = [{ keyid: formatKey(key), sig: signature }];
  return `${formatDsse({ payloadType: STATEMENT_PAYLOAD, payload, signatures })}\n`;
}

/** The bundle, with a line feed. The hint by which a verifier finds the key is its text form, `ed25519:…`. */
export function formatBundle({ payload, key, signature }: SignedStatement): string {
  const bundle: JsonValue = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: formatKey(key) }, tlogEntries: [] },
    dsseEnvelope: {
      payload: formatBase64(payload),
      payloadType: STATEMENT_PAYLOAD,
      signatures: [{ keyid: formatKey(key), sig: formatBase64(signature) }],
    },
  };
  return `${formatJson(bundle)}\n`;
}
