/** The structs that everything else uses: who, signed how, about what (RFC-MYTHOS-0001 appendix A.1–A.8). */
import { bytes, code, hash, list, map, text, time, u8, u16, u32, u64 } from './fields.js';
import { f, type Infer, opt, struct } from './struct.js';

/** Schemes of keys. */
const SCHEME = code({ 1: 'Ed25519' });

export const AGENT_ID = struct('AgentID', {
  scheme: f(1, SCHEME, 'scheme of the key'),
  key: f(2, bytes, 'public key; 32 bytes for Ed25519'),
  hint: opt(3, text, 'a name for people; means nothing'),
});
export type AgentId = Infer<typeof AGENT_ID>;

export const SIGNATURE = struct('Signature', {
  alg: f(1, SCHEME, 'scheme of the signature'),
  key_id: opt(2, hash, 'digest that tells which key'),
  sig_bytes: f(3, bytes, 'the signature over the raw 32-byte id of the object'),
});
export type Signature = Infer<typeof SIGNATURE>;

export const META = struct('Meta', {
  spec: f(1, text, 'name of the specification'),
  version: f(2, u16, 'its version'),
  created_at: opt(3, time, 'when the artifact was made'),
  author: f(4, AGENT_ID.field, 'who made it'),
  artifact_id: f(5, hash, 'what this is about'),
  signatures: f(6, list(SIGNATURE.field), 'signatures of the author'),
  notes: opt(7, text, 'for people'),
  extensions: opt(8, map('text', bytes), 'what others add'),
});
export type Meta = Infer<typeof META>;

export const ENCRYPT_REF = struct('EncryptRef', {
  scheme: f(1, code({ 1: 'age', 2: 'aes-gcm', 3: 'kms-envelope' }), 'how the bytes are encrypted'),
  key_handle: f(2, text, 'names the key; never the key'),
  nonce: f(3, bytes, 'nonce'),
  aad: opt(4, bytes, 'what is authenticated besides'),
  plain_hash: opt(5, hash, 'digest of the plain bytes'),
});
export type EncryptRef = Infer<typeof ENCRYPT_REF>;

export const PROVENANCE_REF = struct('ProvenanceRef', {
  parents: f(1, list(hash), 'what it was made from'),
  transform: f(2, text, 'name of what made it'),
  params: f(3, map('text', text), 'with which parameters'),
  code_hash: f(4, hash, 'digest of the code that made it'),
  time_observed: opt(5, time, 'when'),
});
export type ProvenanceRef = Infer<typeof PROVENANCE_REF>;

/** How the chunks of a blob are stored. */
export const BLOB_CODEC = { raw: 0, zstd: 1, gzip: 2, jpeg: 3, png: 4, jsoncbor: 5, parquet: 6 } as const;

export const BLOB_REF = struct('BlobRef', {
  cid: f(1, hash, 'root of the chunk tree; digest of the stored bytes when unchunked'),
  size: f(2, u64, 'stored bytes'),
  media: f(3, text, 'media type'),
  codec: f(
    4,
    code({ 0: 'raw', 1: 'zstd', 2: 'gzip', 3: 'jpeg', 4: 'png', 5: 'jsoncbor', 6: 'parquet' }),
    'how the bytes are stored',
  ),
  chunks: f(5, u32, 'chunks; 0 when unchunked, or more than 32 bits can say'),
  encryption: opt(6, ENCRYPT_REF.field, 'how it is encrypted'),
  provenance: opt(7, PROVENANCE_REF.field, 'where it comes from'),
});
export type BlobRef = Infer<typeof BLOB_REF>;

export const SIG_BLOCK_ENTRY = struct('SigBlockEntry', {
  signer: f(1, AGENT_ID.field, 'who signs the packet'),
  sig_alg: f(2, u8, 'scheme of the signature; 1 is Ed25519'),
  sig_bytes: f(3, bytes, 'the signature'),
});
export type SigBlockEntry = Infer<typeof SIG_BLOCK_ENTRY>;

export const CODEBOOK_ENTRY = struct('CodebookEntry', {
  codeword: f(1, u16, 'the word'),
  kind: f(2, code({ 1: 'Opcode', 2: 'SmallInt', 3: 'FieldNum', 4: 'EnumTag' }), 'what it stands for'),
  value_u64: opt(3, u64, 'as a number'),
  value_bytes: opt(4, bytes, 'as bytes'),
  value_hash: opt(5, hash, 'as a digest'),
  value_text: opt(6, text, 'as text'),
});
export type CodebookEntry = Infer<typeof CODEBOOK_ENTRY>;
