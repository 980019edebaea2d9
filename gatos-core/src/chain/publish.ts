/** Making envelopes visible: signed, written as objects, and then shown by one transaction of refs. */
import { type GitBackend, identified, type NewObject, type Oid, type RefEdit } from '../git/index.js';
import type { Signer } from '../identity/index.js';
import { compareBytes, invariant, isGatosError } from '../kernel/index.js';
import { commitBytes } from './commit.js';
import type { Envelope } from './envelope.js';
import type { Description } from './kind.js';
import { refOfChain } from './names.js';
import { ENVELOPE_PATH } from './read.js';
import { type EnvelopeSignature, encodeSigned, signedMessage } from './signed.js';
import { type NewFile, type StoredFile, type Subtree, treeObjects } from './tree-files.js';

/** An envelope to be: everything but its place in the chain. */
export interface Draft {
  readonly kind: string;
  /** Canonical DAG-CBOR of each record body. */
  readonly bodies: readonly Uint8Array[];
  readonly description: Description;
  /** Files that travel in the tree, listed in a body. */
  readonly files?: readonly (NewFile | StoredFile)[] | undefined;
  /** What travels in the tree and is made already. */
  readonly subtree?: Subtree | undefined;
}

export interface Appended {
  readonly oid: Oid;
  readonly envelope: Envelope;
}

/** Signatures for each envelope, in stored (key) order. There is at least one signer, and no two with one key. */
export async function signAll(
  signers: readonly Signer[],
  envelopes: readonly Envelope[],
): Promise<EnvelopeSignature[][]> {
  const keys = new Set(signers.map(({ key }) => String(key)));
  invariant(keys.size === signers.length && keys.size > 0, 'an envelope is signed, and by each key once');
  const messages = envelopes.map((envelope) => signedMessage(envelope.bytes));
  const out: EnvelopeSignature[][] = envelopes.map(() => []);
  for (const signer of signers) {
    const sigs = await signMany(signer, messages);
    sigs.forEach((sig, i) => {
      out[i]?.push({ key: signer.key, sig });
    });
  }
  for (const signatures of out) signatures.sort((a, b) => compareBytes(a.key, b.key));
  return out;
}

async function signMany(signer: Signer, messages: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  if (signer.signMany !== undefined) return signer.signMany(messages);
  const out: Uint8Array[] = [];
  for (const message of messages) out.push(await signer.sign(message));
  return out;
}

export interface SignedDraft {
  readonly envelope: Envelope;
  readonly signatures: readonly EnvelopeSignature[];
  readonly draft: Draft;
}

/** What one chain gains. */
export interface Extension {
  readonly chain: string;
  readonly parent: Oid | null;
  readonly items: readonly SignedDraft[];
}

/**
 * Writes signed envelopes, each list on its parent, and moves all refs by one compare-and-swap, together with the edits in `also`. Null
 * when another writer was first at any of them: then nothing became visible.
 */
export async function publish(
  backend: GitBackend,
  extensions: readonly Extension[],
  also: readonly RefEdit[] = [],
): Promise<readonly (readonly Appended[])[] | null> {
  const { objects, appended } = objectsOf(backend, extensions);
  await backend.objects.write(objects);
  const edits = extensions.map(({ chain, parent }, i) => {
    const next = appended[i]?.at(-1)?.oid ?? parent;
    return { name: refOfChain(chain), expected: parent, next };
  });
  try {
    await backend.refs.transaction([...edits, ...also]);
    return appended;
  } catch (error) {
    if (isGatosError(error, 'git/ref-moved')) return null;
    throw error;
  }
}

/** Writes signed envelopes on `parent`. They are durable when this resolves; what makes them visible is a ref. */
export async function store(
  backend: GitBackend,
  extension: Pick<Extension, 'parent' | 'items'>,
): Promise<readonly Appended[]> {
  const { objects, appended } = objectsOf(backend, [extension]);
  await backend.objects.write(objects);
  return appended[0] ?? [];
}

function objectsOf(
  { objects: { format } }: GitBackend,
  extensions: readonly Pick<Extension, 'parent' | 'items'>[],
): { readonly objects: readonly NewObject[]; readonly appended: readonly (readonly Appended[])[] } {
  const objects: NewObject[] = [];
  const appended = extensions.map(({ parent, items }) => {
    let tip = parent;
    return items.map(({ envelope, signatures, draft }): Appended => {
      const file = { path: ENVELOPE_PATH, bytes: encodeSigned({ envelope: envelope.bytes, signatures }) };
      const tree = treeObjects([file, ...(draft.files ?? [])], { format, subtree: draft.subtree });
      const commit = { envelope, signatures, description: draft.description, tree: tree.root, parent: tip };
      const { oid, ...made } = identified(format, { type: 'commit', content: commitBytes(commit) });
      objects.push(...tree.objects, { ...made, oid });
      tip = oid;
      return { oid, envelope };
    });
  });
  return { objects, appended };
}
