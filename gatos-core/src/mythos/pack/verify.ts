/** Runs a vector pack: digests first, then every vector, each told apart by what the manifest says of it. */
import { failed, GatosError, type LongCall, type Outcome, report } from '../../kernel/index.js';
import { checkCan, checkNamedStruct, checkRefused } from './can-kinds.js';
import { checkDataset, checkStratified } from './dataset-kinds.js';
import { packError } from './errors.js';
import { type PackManifest, type PackVector, readPackManifest, vectorsOfSuite } from './manifest.js';
import { checkLedger, checkReceipt } from './object-kinds.js';
import { checkBaseline, checkChunkProof, checkChunkTree, checkMerkleList } from './tree-kinds.js';
import { type PackPorts, VectorCase } from './vector-case.js';
import { checkPacket } from './wire-kind.js';

interface Kind {
  readonly name: string;
  /** Roles of files and names of expectations that make a vector one of these. */
  readonly files: readonly string[];
  readonly expected: readonly string[];
  readonly check: (at: VectorCase) => Promise<void>;
}

/** The first that fits is taken, so those that ask for more stand first. */
const KINDS: readonly Kind[] = [
  { name: 'refusal', files: ['bin'], expected: ['error'], check: checkRefused },
  { name: 'struct', files: ['bin'], expected: ['struct'], check: checkNamedStruct },
  { name: 'receipt', files: ['bin', 'json'], expected: ['receipt_id'], check: checkReceipt },
  { name: 'encoding', files: ['bin', 'json'], expected: ['sha256_of_bin'], check: checkCan },
  { name: 'ledger', files: ['register_bin', 'commit_bin'], expected: ['idempotency_id'], check: checkLedger },
  { name: 'codebook', files: ['entries_bin'], expected: ['codebook_id'], check: checkBaseline },
  { name: 'dataset', files: ['dataset_def_bin'], expected: ['dataset_def_id'], check: checkDataset },
  { name: 'stratified sampling', files: ['input_json'], expected: ['bucket_seeds'], check: checkStratified },
  { name: 'packet', files: ['packet_bin'], expected: ['packet_sha256'], check: checkPacket },
  { name: 'blob', files: ['payload_bin', 'chunks_json'], expected: ['root_cid'], check: checkChunkTree },
  { name: 'chunk proof', files: ['claim_json', 'leaf_bin', 'chunk_bin'], expected: [], check: checkChunkProof },
  { name: 'Merkle list', files: ['input_json'], expected: ['root_cid'], check: checkMerkleList },
];

/** The kind of a vector; undefined when GATOS knows none that fits. */
export function kindOfVector({ files, expected }: PackVector): string | undefined {
  return kindOf(files, expected)?.name;
}

function kindOf(files: PackVector['files'], expected: PackVector['expected']): Kind | undefined {
  return KINDS.find(
    (kind) =>
      kind.files.every((role) => files[role] !== undefined) &&
      kind.expected.every((name) => expected[name] !== undefined),
  );
}

/** What came of one vector. */
export interface VectorResult {
  readonly id: string;
  readonly suite: string;
  readonly kind: string | undefined;
  readonly outcome: Outcome;
  readonly checks: VectorCase['checks'];
  /** Where the vector departs from the specification, or what nobody vouches for. */
  readonly remarks: readonly string[];
}

export interface PackReport {
  readonly pack: string;
  readonly version: string;
  readonly outcome: Outcome;
  readonly vectors: readonly VectorResult[];
}

export interface VerifyPackOptions extends PackPorts, LongCall {
  /** Only this suite (`can`), or this vector (`CAN_001`). */
  readonly suite?: string | undefined;
}

/**
 * Verifies a pack. Whatever is wrong with a vector is in its result; what is thrown is that there is no pack, no such suite, or a
 * manifest that is not sound: `pack/no-manifest`, `pack/manifest`, `pack/path`, `pack/suite`.
 */
export async function verifyPack({ suite, signal, progress, ...ports }: VerifyPackOptions): Promise<PackReport> {
  const manifest: PackManifest = await readPackManifest(ports.source);
  const wanted = vectorsOfSuite(manifest, suite);
  const vectors: VectorResult[] = [];
  for (const vector of wanted) {
    signal?.throwIfAborted();
    vectors.push(await verifyVector(vector, ports));
    progress?.({ task: manifest.pack, done: vectors.length, total: wanted.length, unit: 'vectors' });
  }
  const { outcome } = report(
    manifest.pack,
    vectors.flatMap(({ checks }) => checks),
  );
  return { pack: manifest.pack, version: manifest.version, outcome, vectors };
}

async function verifyVector(vector: PackVector, ports: PackPorts): Promise<VectorResult> {
  const at = new VectorCase(vector, ports);
  const kind = kindOf(vector.files, vector.expected);
  await guarded(at, async () => {
    await at.checkDigests();
    if (kind === undefined) throw packError('unknown', { why: unknownKind(vector) });
    await kind.check(at);
  });
  const { id, suite } = vector;
  const { outcome } = report(id, at.checks);
  return { id, suite, kind: kind?.name, outcome, checks: at.checks, remarks: at.remarks };
}

const unknownKind = ({ files, expected }: PackVector): string =>
  `no kind of vector has the files ${Object.keys(files).join(', ') || 'none'} and expects ${Object.keys(expected).join(', ') || 'nothing'}`;

/** A fault on the way is the verdict on the vector, and the other vectors are looked at all the same. */
async function guarded(at: VectorCase, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    at.checks.push(failed('vector', at.vector.id, error));
  }
}
