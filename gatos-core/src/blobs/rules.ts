/** The refs of blobs: sixteen index chains, by the first digit of the root. */
import { type AnyRecordKind, type Envelope, type Rule, recordBody } from '../chain/index.js';
import { type GatosError, isGatosError } from '../kernel/index.js';
import { blobError } from './errors.js';
import { BLOBS, blobChain } from './names.js';
import { BLOB_KINDS, PINNED_KIND, UNPINNED_KIND } from './schema.js';

const OWN: ReadonlySet<string> = new Set([PINNED_KIND.kind, UNPINNED_KIND.kind]);

/** Each record is about a blob of this chain, and nobody pins in the name of somebody else. */
function admit(envelope: Envelope, chain: string): GatosError | null {
  if (!/^[0-9a-f]$/.test(chain.slice(BLOBS.length)))
    return blobError('misplaced', { chain, why: 'its name does not end in a hexadecimal digit' });
  const kind = BLOB_KINDS.find((each) => each.kind === envelope.kind);
  // What is of no kind of ours is refused as that.
  if (kind === undefined) return null;
  for (let i = 0; i < envelope.count; i++) {
    const body = bodyOf(() => recordBody(envelope, i, kind));
    if (body === null) return null;
    const { cid, who } = body;
    if (blobChain(cid) !== chain) return blobError('misplaced', { chain, why: `it is about blob \`${cid}\`` });
    if (OWN.has(envelope.kind) && who !== undefined && who !== envelope.actor)
      return blobError('not-yours', { chain, who, actor: envelope.actor });
  }
  return null;
}

/** Null for what is out of form: it is refused as that. */
function bodyOf<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

export const BLOB_RULE: Rule = {
  plane: 'blobs',
  pattern: `${BLOBS}*`,
  movement: 'append-only',
  kinds: BLOB_KINDS as readonly AnyRecordKind[],
  summary: 'what blobs are, and the trees that prove their chunks; pins and removals',
  admit,
};

export const BLOB_RULES: readonly Rule[] = [BLOB_RULE];
