/**
 * Our own pack of MYTHOS vectors (conformance/vectors/mythos), in the form of the published one: what that one has no vector for.
 * Every byte of it is made here from fixed keys and clocks.
 */
import { sha256 } from '#hash';
import { CanSigned, encodeCan, formatHex, formatJson, type JsonValue, parseHex } from '../src/codec/index.js';
import { concatBytes, utf8 } from '../src/kernel/index.js';
import {
  type AnyStruct,
  bucketSeed,
  buildMerkleList,
  type ChunkProof,
  ChunkTree,
  ChunkTreeBuilder,
  encodePacket,
  encodeStruct,
  type PacketParts,
  packBundle,
  packetMessage,
  type SigBlockEntry,
  stratifiedHashN,
  structId,
  structJson,
} from '../src/mythos/index.js';
import { packObjects } from './mythos-pack-objects.js';
import { REFUSALS } from './mythos-pack-refusals.js';
import { named, sampleBundle, signerOf } from './mythos-samples.js';
import { storedZstd } from './stored-zstd.js';

export const PACK_SIGNER = signerOf('gatos-mythos-pack');

interface Entry {
  readonly id: string;
  readonly description: string;
  readonly requirement: string;
  readonly files: Readonly<Record<string, readonly [path: string, content: Uint8Array | string]>>;
  readonly expected: Readonly<Record<string, JsonValue>>;
}

const json = (value: JsonValue): string => `${formatJson(value, { indent: 2, sorted: true })}\n`;
const lower = (id: string): string => id.toLowerCase();

async function objectEntries(): Promise<readonly Entry[]> {
  const objects = await packObjects(PACK_SIGNER);
  return objects.map(({ id, description, requirement, struct, value }) => {
    const bytes = encodeStruct(struct, value);
    const base = `vectors/objects/${lower(id)}`;
    return {
      id,
      description,
      requirement,
      files: { bin: [`${base}.bin`, bytes], json: [`${base}.json`, json(structJson(struct, value))] },
      expected: {
        struct: struct.name,
        sha256_of_bin: formatHex(sha256(bytes)),
        ...(struct.identified.id === undefined ? {} : { id: formatHex(structId(struct as AnyStruct, value)) }),
      },
    };
  });
}

function listEntry(number: string, count: number): Entry {
  const values = Array.from({ length: count }, (_, n) => sha256(u32(n)));
  const { cid, nodes } = buildMerkleList(values);
  const base = `vectors/merkle/list_${number}`;
  return {
    id: `LIST_${number}`,
    description: `Merkle list of ${count} values, each SHA-256 of its index as four big-endian bytes: ${nodes.length} nodes.`,
    requirement: 'RFC-MYTHOS-0004 section 5',
    files: {
      input_json: [`${base}_input.json`, json({ values_of_counter: count })],
      rootnode_bin: [`${base}_rootnode.bin`, nodes.at(-1) as Uint8Array],
      rootcid_hex: [`${base}_rootcid.hex`, `${formatHex(cid)}\n`],
    },
    expected: { root_cid: formatHex(cid), node_count: nodes.length },
  };
}

function u32(n: number): Uint8Array {
  return Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n);
}

const CHUNKS = 1030;
const CHUNK_SIZE = 4;

function counterBlob() {
  const payload = concatBytes(Array.from({ length: CHUNKS }, (_, n) => u32(n)));
  const builder = new ChunkTreeBuilder({ chunkSize: CHUNK_SIZE });
  for (let n = 0; n < CHUNKS; n++) builder.add({ hash: sha256(u32(n)), len: CHUNK_SIZE });
  const { cid, nodes } = builder.finish();
  const byCid = new Map(nodes.map((bytes) => [formatHex(sha256(bytes)), bytes]));
  return { payload, cid, nodes, getNode: (of: Uint8Array) => byCid.get(formatHex(of)) };
}

async function blobEntries(): Promise<readonly Entry[]> {
  const { payload, cid, nodes, getNode } = counterBlob();
  const tree: Entry = {
    id: 'TREE_001',
    description: `Chunk tree of ${CHUNKS} chunks of ${CHUNK_SIZE} bytes, which takes an internal node.`,
    requirement: 'RFC-MYTHOS-0004 section 6',
    files: {
      payload_bin: ['vectors/blob/tree_001_payload.bin', payload],
      chunks_json: ['vectors/blob/tree_001_chunks.json', json({ chunk_size: CHUNK_SIZE, total_size: payload.length })],
      rootnode_bin: ['vectors/blob/tree_001_rootnode.bin', nodes.at(-1) as Uint8Array],
      rootcid_hex: ['vectors/blob/tree_001_rootcid.hex', `${formatHex(cid)}\n`],
    },
    expected: { root_cid: formatHex(cid), chunk_count: CHUNKS, node_count: nodes.length },
  };
  const reader = await ChunkTree.open(cid, getNode);
  const { proof } = await reader.chunk(1027);
  const first = (await reader.chunk(0)).proof;
  const claims: readonly ProofClaim[] = [
    { what: 'chunk 1027 under the root', index: 1027, chunk: u32(1027), proof },
    {
      what: 'the proof of chunk 1027 for chunk 1026',
      index: 1026,
      chunk: u32(1027),
      proof,
      error: 'mythos/chunk-proof',
    },
    { what: 'the proof of chunk 1027 for chunk 3', index: 3, chunk: u32(1027), proof, error: 'mythos/chunk-proof' },
    { what: 'an index that there is not', index: CHUNKS, chunk: u32(1027), proof, error: 'mythos/no-such-chunk' },
    { what: 'one bit flipped in the chunk', index: 1027, chunk: u32(1027 ^ 1), proof, error: 'mythos/chunk-proof' },
    {
      what: 'a chunk without its last byte',
      index: 1027,
      chunk: u32(1027).subarray(0, 3),
      proof,
      error: 'mythos/chunk-proof',
    },
    {
      what: 'the leaf of other chunks',
      index: 1027,
      chunk: u32(1027),
      proof: { leaf: first.leaf, parents: proof.parents },
      error: 'mythos/chunk-proof',
    },
    { what: 'no parents', index: 1027, chunk: u32(1027), proof: { ...proof, parents: [] }, error: 'mythos/bad-node' },
  ];
  return [tree, ...claims.map((claim, i) => proofEntry(`PROOF_${String(i + 1).padStart(3, '0')}`, cid, claim))];
}

interface ProofClaim {
  readonly what: string;
  readonly index: number;
  readonly chunk: Uint8Array;
  readonly proof: ChunkProof;
  readonly error?: string;
}

function proofEntry(id: string, cid: Uint8Array, { what, index, chunk, proof, error }: ProofClaim): Entry {
  const base = `vectors/proof/${lower(id)}`;
  const parents = proof.parents.map((bytes, i) => [`parent_${i}_bin`, [`${base}_parent_${i}.bin`, bytes]] as const);
  return {
    id,
    description: error === undefined ? `Proof of a chunk: ${what}.` : `No proof of a chunk: ${what}.`,
    requirement: 'RFC-MYTHOS-0004 section 7',
    files: {
      claim_json: [`${base}_claim.json`, json({ cid: formatHex(cid), index })],
      chunk_bin: [`${base}_chunk.bin`, chunk],
      leaf_bin: [`${base}_leaf.bin`, proof.leaf],
      ...Object.fromEntries(parents),
    },
    expected: error === undefined ? { outcome: 'pass' } : { error },
  };
}

function samplingEntry(): Entry {
  const seed = named('sampling seed');
  const keys = [encodeCan('red'), encodeCan(7n), encodeCan(new CanSigned(-7n)), undefined];
  const candidates = Array.from({ length: 24 }, (_, n) => ({ id: named(`episode ${n}`), key: keys[n % keys.length] }));
  const n = 2;
  return {
    id: 'SAMPLING_001',
    description:
      'HASH_N in buckets of three keys and of missing ones: seeds of the buckets in the order of arrival, and the ids.',
    requirement: 'RFC-MYTHOS-0003 section 6',
    files: {
      input_json: [
        'vectors/sampling/sampling_001_input.json',
        json({
          seed: formatHex(seed),
          per_bucket_n: n,
          candidates: candidates.map(({ id, key }) => ({
            id: formatHex(id),
            key: key === undefined ? null : formatHex(key),
          })),
        }),
      ],
    },
    expected: {
      bucket_seeds: keys.map((key) => formatHex(bucketSeed(seed, key))),
      selected: stratifiedHashN(candidates, { n, seed }).map(formatHex),
    },
  };
}

async function packetEntries(): Promise<readonly Entry[]> {
  const signers = [PACK_SIGNER, signerOf('second')];
  const entry = async (parts: PacketParts, isSigned: boolean): Promise<readonly SigBlockEntry[]> => {
    const message = packetMessage(parts);
    const sign = async ({ key, sign }: (typeof signers)[number]) => ({
      signer: { scheme: 1, key },
      sig_alg: 1,
      sig_bytes: isSigned ? await sign(message) : new Uint8Array(0),
    });
    return Promise.all((isSigned ? signers : signers.slice(0, 1)).map(sign));
  };
  const zstd = { compress: storedZstd, decompress: () => new Uint8Array(0) };
  const bundle = sampleBundle();
  const cases = [
    ['WIRE_101', 'the framing of the specification, signed twice', packBundle(bundle, { framing: 'spec' }), true],
    ['WIRE_102', 'a payload of Zstandard', packBundle(bundle, { framing: 'spec', zstd }), true],
    [
      'WIRE_103',
      'the framing of the published pack, signed by its rule',
      packBundle(bundle, { framing: 'ctvp' }),
      true,
    ],
    [
      'WIRE_104',
      'the framing of the published pack with an empty signature',
      packBundle(bundle, { framing: 'ctvp' }),
      false,
    ],
    [
      'WIRE_105',
      'the framing of the specification with an empty signature',
      packBundle(bundle, { framing: 'spec' }),
      false,
    ],
  ] as const;
  return Promise.all(
    cases.map(async ([id, what, parts, isSigned]): Promise<Entry> => {
      const bytes = encodePacket(parts, await entry(parts, isSigned));
      const plain = packBundle(bundle, { framing: parts.framing }).payload;
      const base = `vectors/wire/${lower(id)}`;
      return {
        id,
        description: `MYTHOS-X packet: ${what}.`,
        requirement:
          parts.framing === 'spec' ? 'RFC-MYTHOS-0001 section 8' : 'SPEC.md of the published pack, section 8',
        files: {
          packet_bin: [`${base}_packet.bin`, bytes],
          description_json: [
            `${base}_description.json`,
            json({ framing: parts.framing, codec_id: parts.codec, payload_sha256: formatHex(sha256(parts.payload)) }),
          ],
        },
        expected: { packet_sha256: formatHex(sha256(bytes)), bundle_sha256: formatHex(sha256(plain)) },
      };
    }),
  );
}

function refusalEntries(): readonly Entry[] {
  return REFUSALS.map(({ what, bytes, error, requirement, ...more }, i) => {
    const id = `REFUSE_${String(i + 1).padStart(3, '0')}`;
    return {
      id,
      description: `Has to be refused: ${what}.`,
      requirement,
      files: { bin: [`vectors/refuse/${lower(id)}.bin`, typeof bytes === 'string' ? parseHex(bytes) : bytes] as const },
      expected: { error, ...more },
    };
  });
}

/** The files of the pack by path, with the digest of each binary file beside it. */
export async function buildMythosPack(): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = [
    ...(await objectEntries()),
    listEntry('001', 1025),
    listEntry('002', 3000),
    ...(await blobEntries()),
    samplingEntry(),
    ...(await packetEntries()),
    ...refusalEntries(),
  ];
  const files = new Map<string, Uint8Array>();
  const put = (path: string, content: Uint8Array | string): void => {
    files.set(path, typeof content === 'string' ? utf8(content) : content);
  };
  for (const [path, content] of entries.flatMap((entry) => Object.values(entry.files))) {
    put(path, content);
    if (path.endsWith('.bin')) put(`${path}.sha256`, `${formatHex(sha256(files.get(path) as Uint8Array))}\n`);
  }
  put('keys/ed25519_test_public.hex', `${formatHex(PACK_SIGNER.key)}\n`);
  put('manifest.json', json({ pack: 'gatos-mythos-v0.2', version: '0.2', vectors: entries.map(manifestEntry) }));
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function manifestEntry({ id, description, requirement, files, expected }: Entry): JsonValue {
  const paths = Object.entries(files).map(([role, [path]]) => [role, path]);
  return { id, description, rfc_reference: requirement, files: Object.fromEntries(paths), expected };
}
