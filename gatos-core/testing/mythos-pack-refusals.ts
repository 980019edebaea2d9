/** What no reader of MYTHOS bytes may take, each with the refusal that it has to meet. */
import { CanMap, encodeCan, formatHex } from '../src/codec/index.js';
import { EMPTY_BYTES } from '../src/kernel/index.js';
import {
  baselineCodebookId,
  CHUNK_LEAF,
  encodePacket,
  encodeStruct,
  LIST_LEAF,
  MERKLE_NODE,
  packBundle,
} from '../src/mythos/index.js';
import { named, sampleBundle } from './mythos-samples.js';

export interface PackRefusal {
  readonly what: string;
  readonly bytes: string | Uint8Array;
  readonly error: string;
  readonly requirement: string;
  /** What it is read as; a MYTHOS-CAN value when nothing is said. */
  readonly struct?: string;
  readonly form?: 'packet' | 'node';
  readonly framing?: 'spec' | 'ctvp';
}

const CAN = 'RFC-MYTHOS-0001 section 7.1';

const ENCODINGS: readonly (readonly [what: string, bytes: string])[] = [
  ['nothing at all', ''],
  ['a tag that there is not', '09'],
  ['a number that is not there', '03'],
  ['a number that goes on', '0380'],
  ['zero in two bytes', '038000'],
  ['127 in two bytes', '03ff00'],
  ['a signed number in too many bytes', '048000'],
  ['an unsigned number beyond 64 bits', '0380808080808080808002'],
  ['a signed number beyond 64 bits', '0480808080808080808002'],
  ['a number of eleven bytes', '038080808080808080808001'],
  ['a length in too many bytes', '05810000'],
  ['a count of a list in too many bytes', '07810000'],
  ['a count of a map in too many bytes', '0881000000'],
  ['fewer bytes than announced', '050300'],
  ['a length of 2^63', '0580808080808080808001'],
  ['a text of 2^53 bytes', '06808080808080801000'],
  ['a list of 2^63 items', '0780808080808080808001'],
  ['a map of 2^60 entries', '088080808080808080100000'],
  ['a text with a lone continuation byte', '060180'],
  ['a text that ends within a character', '0602e282'],
  ['an overlong character', '0602c0af'],
  ['a surrogate in UTF-8', '0603eda080'],
  ['a character beyond Unicode', '0604f4908080'],
  ['a key twice', '0802030100030100'],
  ['keys that descend', '0802030200030100'],
  ['keys in the order of their values (129 before 256), not of their bytes', '08020381010003800200'],
  ['a key of an inner map twice', '07010802030100030100'],
  ['a byte behind the value', '0000'],
  ['a map without its last value', '080103010801'],
];

const agent = (key: string) => `08030301030103020520${key}0363`;
const key = formatHex(named('key'));

const STRUCTS: readonly PackRefusal[] = [
  { what: 'an AgentID without a key', bytes: '080103010301', struct: 'AgentID' },
  {
    what: 'an AgentID whose scheme does not fit 8 bits',
    bytes: `0802030103800203020520${key}`,
    struct: 'AgentID',
  },
  { what: 'an AgentID whose scheme is signed', bytes: `08020301040203020520${key}`, struct: 'AgentID' },
  { what: 'an AgentID with an unknown field that is malformed', bytes: `${agent(key)}038000`, struct: 'AgentID' },
  { what: 'an AgentID with a text among its keys', bytes: '08020301030106016b0500', struct: 'AgentID' },
  { what: 'a digest of an algorithm that is not SHA-256', bytes: scopeWith(2n, 32), struct: 'BlobDeleteScope' },
  { what: 'a digest of 31 bytes', bytes: scopeWith(1n, 31), struct: 'BlobDeleteScope' },
].map((each) => ({ ...each, error: 'mythos/malformed', requirement: 'RFC-MYTHOS-0001 sections 6.1 and 7.2' }));

function scopeWith(alg: bigint, length: number): Uint8Array {
  const hash = new CanMap([
    [1n, alg],
    [2n, new Uint8Array(length)],
  ]);
  return encodeCan(new CanMap([[1n, hash]]));
}

const leaf = (chunks: readonly number[], total: bigint): Uint8Array =>
  encodeStruct(CHUNK_LEAF, {
    chunk_size: 10,
    chunks: chunks.map((len) => ({ hash: named('chunk'), len })),
    total_size: total,
  });
const node = (version: number, kind: number, payload: Uint8Array): Uint8Array =>
  encodeStruct(MERKLE_NODE, { version, kind, payload });

const NODES: readonly PackRefusal[] = [
  { what: 'a node of version 2', bytes: node(2, 3, leaf([10], 10n)) },
  { what: 'a node of a kind that there is not', bytes: node(1, 5, leaf([10], 10n)) },
  { what: 'a leaf without chunks', bytes: node(1, 3, leaf([], 0n)) },
  { what: 'a leaf with an empty chunk', bytes: node(1, 3, leaf([10, 0], 10n)) },
  { what: 'a leaf with a chunk that is too large', bytes: node(1, 3, leaf([11], 11n)) },
  { what: 'a leaf whose total is wrong', bytes: node(1, 3, leaf([10, 9], 20n)) },
  { what: 'a list without values', bytes: node(1, 1, encodeStruct(LIST_LEAF, { values: [] })) },
  { what: 'a node whose payload is of another kind', bytes: node(1, 1, leaf([10], 10n)) },
  { what: 'a node whose payload is malformed', bytes: node(1, 3, EMPTY_BYTES) },
].map((each) => ({ ...each, form: 'node', error: 'mythos/bad-node', requirement: 'RFC-MYTHOS-0004 sections 5 to 8' }));

const signatures = [{ signer: { scheme: 1, key: named('key') }, sig_alg: 1, sig_bytes: EMPTY_BYTES }];
const parts = packBundle(sampleBundle(), { framing: 'spec' });
const packet = encodePacket(parts, signatures);
const packetOfPack = encodePacket(packBundle(sampleBundle(), { framing: 'ctvp' }), signatures);

/** The packet with some of its bytes replaced. */
function altered(at: number, ...bytes: readonly number[]): Uint8Array {
  const out = packet.slice();
  out.set(bytes, at);
  return out;
}

const AT_PAYLOAD_LENGTH = 9 + 10 + 32;
const otherCodebook = baselineCodebookId().map((byte) => byte ^ 1);

const PACKETS: readonly PackRefusal[] = [
  { what: 'a packet of another magic', bytes: altered(0, 0x6d), error: 'mythos/packet' },
  { what: 'a packet of version 3', bytes: altered(5, 3), error: 'mythos/packet-form' },
  { what: 'a packet with a flag that nobody knows', bytes: altered(7, 2), error: 'mythos/packet-form' },
  { what: 'an encrypted packet without a descriptor', bytes: altered(7, 1), error: 'mythos/packet' },
  { what: 'a packet of codec 3', bytes: altered(8, 3), error: 'mythos/packet-form' },
  { what: 'a packet of codec 2 whose payload is not compressed', bytes: altered(8, 2), error: 'mythos/packet-payload' },
  {
    what: 'a packet with an unknown codebook',
    bytes: altered(9 + 10, ...otherCodebook),
    error: 'mythos/unknown-codebook',
  },
  { what: 'a packet whose codebook is no digest', bytes: altered(9, 0x07), error: 'mythos/packet' },
  {
    what: 'a packet with a payload of 4 GiB',
    bytes: altered(AT_PAYLOAD_LENGTH, 255, 255, 255, 255),
    error: 'mythos/packet-too-large',
  },
  { what: 'a packet that ends in its payload', bytes: packet.subarray(0, 80), error: 'mythos/packet' },
  { what: 'a packet without its sigblock', bytes: packet.subarray(0, packet.length - 40), error: 'mythos/packet' },
  { what: 'a packet with bytes behind it', bytes: Uint8Array.from([...packet, 0]), error: 'mythos/packet' },
  { what: 'a packet without any signature entry', bytes: encodePacket(parts, []), error: 'mythos/packet' },
  {
    what: 'a packet of the published framing, read as one of the specification',
    bytes: packetOfPack,
    error: 'mythos/packet',
  },
].map((each) => ({ ...each, form: 'packet', framing: 'spec', requirement: 'RFC-MYTHOS-0001 section 8' }));

export const REFUSALS: readonly PackRefusal[] = [
  ...ENCODINGS.map(([what, bytes]) => ({ what, bytes, error: 'codec/can', requirement: CAN })),
  { what: '10,000 lists in one another', bytes: `${'0701'.repeat(10_000)}00`, error: 'codec/depth', requirement: CAN },
  ...STRUCTS,
  ...NODES,
  ...PACKETS,
];
