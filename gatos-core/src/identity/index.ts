/**
 * Ring 2. Keys, signatures and actors: strict Ed25519 with one verdict everywhere, DSSE, the text forms of keys, and the ports
 * `Signer` and `SignatureEngine`. Where secret keys live is the business of an adapter (`gatos-core/node`).
 */
export {
  ACTOR_KINDS,
  type Actor,
  type ActorKind,
  actorFromRefComponent,
  actorToRefComponent,
  formatActor,
  nameFault,
  parseActor,
} from './actor.js';
export { type AllowedSigner, formatAllowedSigner } from './allowed-signers.js';
export { formatBase64, parseBase64 } from './base64.js';
export { type DsseEnvelope, type DsseSignature, ENVELOPE_TYPE, formatDsse, pae, parseDsse } from './dsse.js';
export { identityError, shown } from './errors.js';
export { isRegistrable, nobleEngine } from './noble-engine.js';
export { nobleSigner } from './noble-signer.js';
export type { SignatureEngine, SignedBytes, Signer } from './ports.js';
export {
  decodeSshKey,
  encodeSshKey,
  formatFingerprint,
  formatPem,
  formatShortFingerprint,
  formatSshKey,
  keyMailbox,
  parseFingerprint,
  parseSshKey,
  type SshPublicKey,
} from './public-key.js';
export { readSshSignature, signedCommit, signedTag } from './sshsig.js';
export { isStrictForm, isStrictKey, KEY_BYTES, SIGNATURE_BYTES } from './strict.js';
