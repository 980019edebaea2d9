/** Vectors of datasets: the definition, the corpus, which ids are chosen, and the manifest over them. */
import { formatHex, parseHex } from '../../codec/index.js';
import { bytesEqual, compareBytes } from '../../kernel/index.js';
import { bucketSeed, type Candidate, hashN, stratifiedHashN } from '../sampling.js';
import { DATASET_DEF, QUERY_DEF, type SamplingDef } from '../structs/learning.js';
import { checkStructId } from '../structs/seal.js';
import { decodeStruct, encodeStruct } from '../structs/struct.js';
import { buildMerkleList, readMerkleList } from '../trees/merkle-list.js';
import { packError } from './errors.js';
import { nodesByCid } from './tree-kinds.js';
import type { VectorCase } from './vector-case.js';

const TRUE = 1;
const MODE = { all: 1, firstN: 2, hashN: 3 } as const;

/** A dataset over a corpus in one node. */
export async function checkDataset(at: VectorCase): Promise<void> {
  const bytes = await at.bytes('dataset_def_bin');
  const def = decodeStruct(DATASET_DEF, bytes);
  at.sameBytes('dataset_def_bin', bytes, encodeStruct(DATASET_DEF, def));
  const id = checkStructId(DATASET_DEF, def);
  at.expected('dataset_def_id', id);
  if (at.has('dataset_defid_hex'))
    at.same('dataset_def_id', at.path('dataset_defid_hex'), await at.hex('dataset_defid_hex'), id);
  checkStructId(QUERY_DEF, def.query);
  const corpus = await readCorpus(at, def.corpus_roots);
  if (def.query.predicate.op !== TRUE || def.stratify !== undefined)
    throw packError('unknown', { why: 'the dataset asks for more than the ids: a predicate or buckets' });
  const selected = choose(def.sampling, corpus);
  await checkSelected(at, def.sampling, selected);
  const manifest = buildMerkleList(selected);
  at.expected('manifest_root_cid', manifest.cid);
  at.sameBytes('manifest_rootnode_bin', await at.bytes('manifest_rootnode_bin'), manifest.nodes.at(-1) as Uint8Array);
  if (at.has('manifest_rootcid_hex'))
    at.same('manifest_root_cid', at.path('manifest_rootcid_hex'), await at.hex('manifest_rootcid_hex'), manifest.cid);
}

async function readCorpus(at: VectorCase, roots: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const getNode = nodesByCid([await at.bytes('corpus_rootnode_bin')]);
  if (at.has('corpus_rootcid_hex') && roots.length === 1)
    at.same('corpus_root', at.path('corpus_rootcid_hex'), await at.hex('corpus_rootcid_hex'), roots[0] as Uint8Array);
  const ids: Uint8Array[] = [];
  for (const root of [...roots].sort(compareBytes)) {
    let last: Uint8Array | undefined;
    for await (const id of readMerkleList(root, getNode)) {
      if (last !== undefined && compareBytes(last, id) >= 0)
        at.remark('the ids of the corpus do not ascend: they were taken in the order given');
      last = id;
      ids.push(id);
    }
  }
  return ids;
}

function choose({ mode, n, seed }: SamplingDef, corpus: readonly Uint8Array[]): readonly Uint8Array[] {
  if (mode === MODE.all) return [...corpus].sort(compareBytes);
  if (n === undefined) throw packError('unknown', { why: 'the sampling does not say how many' });
  if (mode === MODE.firstN) return corpus.slice(0, Number(n)).sort(compareBytes);
  if (mode === MODE.hashN) return hashN(corpus, { n, seed });
  throw packError('unknown', { why: `the sampling has the unknown mode ${mode}` });
}

async function checkSelected(at: VectorCase, { seed }: SamplingDef, selected: readonly Uint8Array[]): Promise<void> {
  if (!at.has('selected_json')) return;
  const json = await at.json('selected_json');
  const where = at.path('selected_json');
  if (json.seed !== undefined) at.same('seed', where, json.seed, seed);
  at.same('selected_episode_ids', where, json.selected_episode_ids, selected.map(formatHex));
}

/** Stratified sampling by itself: ids with their keys, the seeds of the buckets, and which ids are chosen. */
export async function checkStratified(at: VectorCase): Promise<void> {
  const json = await at.json('input_json');
  const where = 'manifest.json';
  const { candidates, n, seed } = at.readable('input_json', () => ({
    seed: parseHex(String(json.seed)),
    n: Number(json.per_bucket_n),
    candidates: candidatesOf(json.candidates),
  }));
  const keys = candidates.map(({ key }) => key).filter(isFirst);
  at.same(
    'bucket_seeds',
    where,
    at.vector.expected.bucket_seeds,
    keys.map((key) => formatHex(bucketSeed(seed, key))),
  );
  const selected = stratifiedHashN(candidates, { n, seed });
  at.same('selected', where, at.vector.expected.selected, selected.map(formatHex));
}

function isFirst(key: Uint8Array | undefined, at: number, keys: readonly (Uint8Array | undefined)[]): boolean {
  return keys.findIndex((other) => isSame(other, key)) === at;
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : bytesEqual(a, b);
}

function candidatesOf(value: unknown): readonly Candidate[] {
  if (!Array.isArray(value)) throw packError('unknown', { why: 'it has no list of candidates' });
  return value.map(({ id, key }: { id: unknown; key: unknown }) => ({
    id: parseHex(String(id)),
    key: key === null ? undefined : parseHex(String(key)),
  }));
}
