/** A digest that a leaf of a chunk tree names: of which blobs it is a chunk, and which one. */
import {
  BLOB_NODE_KIND,
  blobChain,
  type ChainEntry,
  type Repository as Core,
  formatHex,
  GatosError,
  openBlobTree,
  readBlobShard,
  recordBody,
} from 'gatos-core';

/** Blobs that are looked through, and chunks that are told of each. */
const MOST_BLOBS = 10;
const SHOWN_CHUNKS = 10;
/** Chunks that are looked at, all blobs together: 4 TiB of the usual size. */
const MOST_CHUNKS = 1_048_576;

export interface NamedIn {
  readonly entry: ChainEntry;
  readonly index?: number | undefined;
}

type Fact = readonly [label: string, value: string];

/** Facts such as `chunk 3 of blob …`; none when no leaf of a blob names the digest. */
export async function chunkFacts(
  { backend }: Core,
  {
    digest,
    hits,
    signal,
  }: { readonly digest: string; readonly hits: readonly NamedIn[]; readonly signal: AbortSignal },
): Promise<readonly Fact[]> {
  const cids = new Set<string>();
  for (const { entry, index } of hits)
    if (index !== undefined && entry.envelope.kind === BLOB_NODE_KIND.kind)
      cids.add(recordBody(entry.envelope, index, BLOB_NODE_KIND).cid);
  const facts: Fact[] = [];
  let left = MOST_CHUNKS;
  for (const cid of [...cids].slice(0, MOST_BLOBS)) {
    const found: number[] = [];
    try {
      const blob = (await readBlobShard(backend, { chain: blobChain(cid) }, { signal })).blobs.get(cid)?.blob;
      if (blob == null) continue;
      for await (const { hash, index } of (await openBlobTree(backend, blob)).chunks()) {
        if (left-- <= 0) break;
        if (formatHex(hash) === digest) found.push(index);
      }
    } catch (error) {
      // A chain or a tree that is broken names what it can; the checks of the chain say what is wrong with it.
      if (!(error instanceof GatosError)) throw error;
    }
    if (found.length > 0) facts.push([`chunk ${numbers(found)} of blob`, cid]);
  }
  if (left <= 0) facts.push(['chunks', `only the first ${MOST_CHUNKS} were looked at`]);
  if (cids.size > MOST_BLOBS) facts.push(['blobs', `${cids.size - MOST_BLOBS} more name it`]);
  return facts;
}

function numbers(found: readonly number[]): string {
  const more = found.length > SHOWN_CHUNKS ? ` and ${found.length - SHOWN_CHUNKS} more` : '';
  return `${found.slice(0, SHOWN_CHUNKS).join(', ')}${more}`;
}
