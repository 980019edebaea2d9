/** Definitions on `folds/<name>`: a clone holds the exact source behind each proof. */
import {
  type Appended,
  append,
  attachFile,
  type ChainEntry,
  listFiles,
  type NewFile,
  readBackwards,
  recordBody,
  refOfChain,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, encode, formatJson, type JsonValue, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import type { Signer } from '../identity/index.js';
import { fromUtf8, LIMITS, utf8 } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { type FoldBundle, MANIFEST_PATH, makeBundle, SOURCE_PATH } from './bundle.js';
import { foldError } from './errors.js';
import { DEFINITION_KIND, type FoldDefinition, foldChain } from './schema.js';

export interface AuthorPart {
  readonly actor: string;
  readonly signer: Signer;
  readonly trust: TrustHistory;
  readonly policy: Cid | null;
}

function filesOf({ manifest, source }: FoldBundle): NewFile[] {
  return [
    { path: MANIFEST_PATH, bytes: utf8(`${formatJson(manifest as unknown as JsonValue, { indent: 2 })}\n`) },
    { path: SOURCE_PATH, bytes: utf8(source) },
  ];
}

/** Records a definition, unless the newest one is the same. Returns what was appended, or null when nothing was new. */
export async function publishDefinition(
  ports: WriterPorts,
  bundle: FoldBundle,
  author: AuthorPart,
): Promise<Appended | null> {
  const files = filesOf(bundle);
  const body: FoldDefinition = {
    manifest: bundle.manifest,
    fold_root: bundle.foldRoot,
    attachments: files.map(attachFile),
  };
  const [appended] = await append(ports, {
    chain: foldChain(bundle.manifest.name),
    repo: author.trust.repo,
    actor: author.actor,
    policy: author.policy,
    signers: [author.signer],
    floor: async () => author.trust.head.clock,
    prepare: async () => {
      const newest = await newestDefinition(ports.backend, bundle.manifest.name);
      if (newest?.body.fold_root.equals(bundle.foldRoot) === true) return [];
      return [
        {
          kind: DEFINITION_KIND.kind,
          bodies: [encode(body as unknown as Value)],
          description: DEFINITION_KIND.describe(body, 1),
          files,
        },
      ];
    },
  });
  return appended ?? null;
}

interface FoundDefinition {
  readonly entry: ChainEntry;
  readonly body: FoldDefinition;
}

async function newestDefinition(backend: GitBackend, name: string): Promise<FoundDefinition | null> {
  return findDefinition(backend, name, () => true);
}

async function findDefinition(
  backend: GitBackend,
  name: string,
  fits: (body: FoldDefinition) => boolean,
): Promise<FoundDefinition | null> {
  const head = await backend.refs.read(refOfChain(foldChain(name)));
  if (head === null) return null;
  for await (const entry of readBackwards(backend, head)) {
    const body = recordBody(entry.envelope, 0, DEFINITION_KIND);
    if (fits(body)) return { entry, body };
  }
  return null;
}

/** The newest definition of a fold. Throws `fold/no-such-fold`. */
export async function openFold(backend: GitBackend, name: string): Promise<FoldBundle> {
  const found = await newestDefinition(backend, name);
  if (found === null) throw foldError('no-such-fold', { name, known: await foldNames(backend) });
  return bundleOf(backend, found);
}

/** The definition with this root, which need not be the newest. Throws `fold/definition-missing`. */
export async function openFoldByRoot(backend: GitBackend, name: string, root: Cid): Promise<FoldBundle> {
  const found = await findDefinition(backend, name, (body) => body.fold_root.equals(root));
  const bundle = found === null ? null : await bundleOf(backend, found);
  // The record may claim any root: what counts is what its own files hash to.
  if (bundle === null || !bundle.foldRoot.equals(root))
    throw foldError('definition-missing', { name, fold_root: String(root) });
  return bundle;
}

async function bundleOf(backend: GitBackend, { entry, body }: FoundDefinition): Promise<FoldBundle> {
  const files = await listFiles(backend, entry.tree);
  const oid = files.get(SOURCE_PATH);
  if (oid === undefined)
    throw foldError('definition-missing', { name: body.manifest.name, fold_root: String(body.fold_root) });
  const source = await backend.objects.read(oid, { maxBytes: LIMITS.foldSourceBytes });
  return makeBundle(body.manifest, fromUtf8(source.content));
}

/** Every fold that has a definition here, sorted. */
export async function foldNames(backend: GitBackend): Promise<readonly string[]> {
  const prefix = `${refOfChain('folds')}/`;
  return (await backend.refs.list(prefix)).map(({ name }) => name.slice(prefix.length));
}

/** Every state that has a checkpoint here, sorted. */
export async function stateNames(backend: GitBackend): Promise<readonly string[]> {
  const prefix = `${refOfChain('state')}/`;
  return (await backend.refs.list(prefix)).map(({ name }) => name.slice(prefix.length));
}
