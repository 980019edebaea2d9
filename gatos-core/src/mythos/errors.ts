/** Faults of MYTHOS objects. */
import { EXIT, errorArea } from '../kernel/index.js';

const at = (path: string): string => (path === '' ? '' : ` at \`${path}\``);

export const mythosError = errorArea('mythos', {
  /** The bytes are no such struct. */
  malformed: {
    kind: 'input',
    message: (d: { struct: string; path: string; offset?: number | undefined; why: string }) =>
      `this is no ${d.struct}${at(d.path)}${d.offset === undefined ? '' : `, byte ${d.offset}`}: ${d.why}`,
  },
  /** A JavaScript object that no such struct can hold. */
  unencodable: {
    kind: 'input',
    message: (d: { struct: string; path: string; why: string }) =>
      `this cannot be written as ${d.struct}${at(d.path)}: ${d.why}`,
  },
  /** The id in an object is not that of its bytes. */
  'wrong-id': {
    kind: 'integrity',
    message: (d: { struct: string; field: string; stated: string; computed: string }) =>
      `the ${d.field} of this ${d.struct} is ${d.stated}, but its content has ${d.computed}`,
  },
  /** The signature does not hold for the id and this key. */
  'wrong-signature': {
    kind: 'integrity',
    message: (d: { struct: string; key: string }) =>
      `the signature of this ${d.struct} is not of the key ${d.key} over its id`,
  },
  /** Signed or keyed by something else than Ed25519. */
  scheme: {
    kind: 'unsupported',
    message: (d: { struct: string; what: string; value: number }) =>
      `this ${d.struct} has ${d.what} ${d.value}; GATOS knows 1 (Ed25519)`,
  },
  /** Bytes that are no node of a Merkle list or chunk tree as construction makes it, or not the one that was asked for. */
  'bad-node': {
    kind: 'integrity',
    message: (d: { cid: string; why: string }) => `the node ${d.cid} is not as it has to be: ${d.why}`,
  },
  'missing-node': {
    kind: 'missing',
    message: (d: { cid: string }) => `the node ${d.cid} is not there`,
  },
  'empty-tree': {
    kind: 'input',
    message: (d: { what: string }) => `${d.what} has at least one entry`,
  },
  'bad-chunk': {
    kind: 'input',
    message: (d: { index: number; len: number; chunkSize: number }) =>
      `chunk ${d.index} has ${d.len} bytes: from 1 to ${d.chunkSize} are possible`,
  },
  'no-such-chunk': {
    kind: 'input',
    message: (d: { index: number; count: number }) => `there is no chunk ${d.index} in a blob of ${d.count}`,
  },
  'no-such-value': {
    kind: 'input',
    message: (d: { index: number; count: number }) => `there is no value ${d.index} in a list of ${d.count}`,
  },
  'no-such-offset': {
    kind: 'input',
    message: (d: { offset: number; size: number }) => `there is no byte ${d.offset} in a blob of ${d.size} bytes`,
  },
  /** Chunks of differing lengths: where an offset lies takes all that are before it. */
  'not-uniform': {
    kind: 'unsupported',
    message: (d: { cid: string }) => `the chunks of the blob ${d.cid} are not all full`,
  },
  'list-proof': {
    kind: 'integrity',
    message: (d: { cid: string; index: number; why: string }) =>
      `this does not prove value ${d.index} of the list ${d.cid}: ${d.why}`,
  },
  /** A proof that leads from the root to something else. */
  'chunk-proof': {
    kind: 'integrity',
    message: (d: { cid: string; index: number; why: string }) =>
      `this does not prove chunk ${d.index} of the blob ${d.cid}: ${d.why}`,
  },
  /** A packet with a codebook that nobody agreed on; it is not read (RFC-MYTHOS-0001 section 9.2). */
  'unknown-codebook': {
    kind: 'unsupported',
    message: (d: { id: string }) => `the codebook ${d.id} is unknown; GATOS knows the baseline of MYTHOS v0.2`,
  },
  /** Bytes that are no packet of this framing. */
  packet: {
    kind: 'input',
    message: (d: { framing: string; offset: number; why: string }) =>
      `this is no MYTHOS-X packet (framing \`${d.framing}\`), byte ${d.offset}: ${d.why}`,
  },
  /** A packet that says of itself what GATOS cannot read. */
  'packet-form': {
    kind: 'unsupported',
    message: (d: { what: string; value: number; known: string }) =>
      `the ${d.what} of the packet is ${d.value}; GATOS knows ${d.known}`,
  },
  'packet-too-large': {
    kind: 'limit',
    message: (d: { what: string; size: number; limit: number }) =>
      `${d.what} has ${d.size} bytes, the limit is ${d.limit}`,
  },
  'packet-encrypted': {
    kind: 'unsupported',
    message: () => 'the payload is encrypted: only its descriptor can be read',
  },
  'no-zstd': {
    kind: 'unsupported',
    message: () => 'the payload is compressed with Zstandard, and there is nothing here that inflates it',
  },
  'zstd-frame': {
    kind: 'integrity',
    message: (d: { why: string }) => `this is no Zstandard: ${d.why}`,
  },
  'packet-payload': {
    kind: 'integrity',
    message: (d: { why: string }) => `the payload cannot be inflated: ${d.why}`,
  },
  unsigned: {
    kind: 'integrity',
    exit: EXIT.absent,
    message: (d: { signer: string }) => `the entry of ${d.signer} carries an empty signature: the packet is unsigned`,
  },
  'bad-packet-signature': {
    kind: 'integrity',
    exit: EXIT.untrusted,
    message: (d: { signer: string }) => `the signature of ${d.signer} is not of that key over this packet`,
  },
  'untrusted-signer': {
    kind: 'integrity',
    exit: EXIT.untrusted,
    message: (d: { signers: number }) =>
      d.signers === 0 ? 'nobody signed the packet' : `none of the ${d.signers} signers of the packet is trusted`,
  },
});
