/** For golden vectors: chains as they are stored, put into a repository. */
import {
  type AnyRecordKind,
  commitBytes,
  decodeEnvelope,
  decodeSigned,
  type Envelope,
  recordBody,
  refOfChain,
} from '../src/chain/index.js';
import { parseHex } from '../src/codec/index.js';
import { encodeTree, type GitBackend, hashObject, type Oid } from '../src/git/index.js';
import { GatosError, invariant } from '../src/kernel/index.js';

/** Puts stored envelopes on a chain, oldest first. */
export async function putChain(
  backend: GitBackend,
  { chain, signed }: StoredChain,
  kinds: readonly AnyRecordKind[],
): Promise<void> {
  const { format } = backend.objects;
  let parent: Oid | null = null;
  for (const hex of signed) {
    const blob = parseHex(hex);
    const { envelope: bytes, signatures } = decodeSigned(blob);
    const envelope = decodeEnvelope(bytes);
    const kind = kinds.find((known) => known.kind === envelope.kind);
    invariant(kind !== undefined, 'vectors hold known kinds');
    const fits = firstBody(envelope, kind) !== undefined;
    const description = fits ? kind.describe(firstBody(envelope, kind), envelope.count) : { title: 'out of form' };
    const content = encodeTree([{ mode: '100644', name: 'envelope', oid: hashObject(format, 'blob', blob) }]);
    const tree = hashObject(format, 'tree', content);
    const commit = commitBytes({ envelope, signatures, description, tree, parent });
    const oids = await backend.objects.write([
      { type: 'blob', content: blob },
      { type: 'tree', content },
      { type: 'commit', content: commit },
    ]);
    parent = oids[2] ?? null;
  }
  await backend.refs.transaction([{ name: refOfChain(chain), expected: null, next: parent }]);
}

function firstBody(envelope: Envelope, kind: AnyRecordKind): unknown {
  try {
    return recordBody(envelope, 0, kind);
  } catch (error) {
    if (error instanceof GatosError) return undefined;
    throw error;
  }
}

export interface StoredChain {
  readonly chain: string;
  /** Stored envelopes, oldest first. */
  readonly signed: readonly string[];
}
