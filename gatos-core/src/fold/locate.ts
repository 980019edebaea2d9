/** From an envelope's CID to the commit that holds it. Proofs name envelopes by CID; git finds objects by its own ids. */
import { refOfChain } from '../chain/index.js';
import type { Cid } from '../codec/index.js';
import { decodeCommit, type GitBackend, type Oid } from '../git/index.js';
import { foldError } from './errors.js';

/** How far back from the head to look commit by commit, before reading the chain from its start. */
const NEAR = 2048;

const TRAILER = /^Envelope-CID: ([a-z2-7]+)$/m;

/** The CID that a commit message claims. Whoever goes on to read the envelope checks it. */
function claimedCid(content: Uint8Array, backend: GitBackend): { cid: string; parent: Oid | undefined } {
  const commit = decodeCommit(content, backend.objects.format);
  return { cid: TRAILER.exec(commit.message)?.[1] ?? '', parent: commit.parents[0] };
}

/** The commit of each wanted envelope of a chain, by the text of its CID. Throws `fold/window-missing` when one is not there. */
export async function locate(
  backend: GitBackend,
  chain: string,
  wanted: readonly Cid[],
): Promise<ReadonlyMap<string, Oid>> {
  const head = await backend.refs.read(refOfChain(chain));
  const missing = new Set(wanted.map(String));
  const found = new Map<string, Oid>();
  if (head !== null) {
    await lookNear(backend, head, { missing, found });
    if (missing.size > 0) await lookEverywhere(backend, head, { missing, found });
  }
  const [lost] = missing;
  if (lost !== undefined) throw foldError('window-missing', { chain, head: lost });
  return found;
}

interface Search {
  readonly missing: Set<string>;
  readonly found: Map<string, Oid>;
}

function note({ missing, found }: Search, cid: string, oid: Oid): void {
  if (missing.delete(cid)) found.set(cid, oid);
}

async function lookNear(backend: GitBackend, head: Oid, search: Search): Promise<void> {
  let oid: Oid | undefined = head;
  for (let i = 0; i < NEAR && oid !== undefined && search.missing.size > 0; i++) {
    const object: { content: Uint8Array } = await backend.objects.read(oid);
    const claim = claimedCid(object.content, backend);
    note(search, claim.cid, oid);
    oid = claim.parent;
  }
}

async function lookEverywhere(backend: GitBackend, head: Oid, search: Search): Promise<void> {
  for await (const { oid, content } of backend.objects.history({ head })) {
    note(search, claimedCid(content, backend).cid, oid);
    if (search.missing.size === 0) return;
  }
}
