/** Definitions on `folds/<name>`: a clone holds the exact source behind each proof. */
import {
  type Appended,
  append,
  attachFile,
  type ChainEntry,
  listFiles,
  readBackwards,
  recordBody,
  refOfChain,
  type WriterPorts,
} from '../chain/index.js';
import { type Cid, encode, type Value } from '../codec/index.js';
import type { GitBackend } from '../git/index.js';
import type { Signer } from '../identity/index.js';
import { type GatosError, isGatosError, LIMITS } from '../kernel/index.js';
import type { TrustHistory } from '../trust/index.js';
import { type FoldBundle, filesOfBundle, makeBundle, SOURCE_PATH, sourceOf } from './bundle.js';
import { foldError } from './errors.js';
import { DEFINITION_RULE } from './rules.js';
import { DEFINITION_KIND, type FoldDefinition, foldChain } from './schema.js';

export interface AuthorPart {
  readonly actor: string;
  readonly signer: Signer;
  readonly trust: TrustHistory;
  readonly policy: Cid | null;
}

/** The record of a bundle: a pure function of it, so checking one is making it again. */
export function definitionOf(bundle: FoldBundle): FoldDefinition {
  const { manifest, foldRoot } = bundle;
  return { manifest, fold_root: foldRoot, attachments: filesOfBundle(bundle).map(attachFile) };
}

/** Records a definition, unless the newest one is the same. Returns what was appended, or null when nothing was new. */
export async function publishDefinition(
  ports: WriterPorts,
  bundle: FoldBundle,
  author: AuthorPart,
): Promise<Appended | null> {
  const body = definitionOf(bundle);
  const draft = {
    kind: DEFINITION_KIND.kind,
    bodies: [encode(body as unknown as Value)],
    description: DEFINITION_KIND.describe(body, 1),
    files: filesOfBundle(bundle),
  };
  const [appended] = await append(ports, {
    chain: foldChain(bundle.manifest.name),
    rule: DEFINITION_RULE,
    repo: author.trust.repo,
    actor: author.actor,
    policy: author.policy,
    signers: [author.signer],
    authorize: author.trust.authorize,
    floor: async () => author.trust.head.clock,
    prepare: async () => {
      const newest = await findDefinition(ports.backend, bundle.manifest.name, () => true);
      return newest?.body.fold_root.equals(bundle.foldRoot) === true ? [] : [draft];
    },
  });
  return appended ?? null;
}

interface FoundDefinition {
  readonly entry: ChainEntry;
  readonly body: FoldDefinition;
}

async function* definitions(backend: GitBackend, name: string): AsyncGenerator<FoundDefinition, void, undefined> {
  const head = await backend.refs.read(refOfChain(foldChain(name)));
  if (head === null) return;
  for await (const entry of readBackwards(backend, head)) {
    yield { entry, body: recordBody(entry.envelope, 0, DEFINITION_KIND) };
  }
}

async function findDefinition(
  backend: GitBackend,
  name: string,
  fits: (body: FoldDefinition) => boolean,
): Promise<FoundDefinition | null> {
  for await (const found of definitions(backend, name)) if (fits(found.body)) return found;
  return null;
}

/** The newest definition of a fold. Throws `fold/no-such-fold`, `fold/definition-altered`. */
export async function openFold(backend: GitBackend, name: string): Promise<FoldBundle> {
  const found = await findDefinition(backend, name, () => true);
  if (found === null) throw foldError('no-such-fold', { name, known: await foldNames(backend) });
  return bundleOfDefinition(backend, found.entry);
}

/**
 * The definition with this root, which need not be the newest. Throws `fold/definition-missing`; or, when there is none, why one
 * that claims the root could not be read.
 */
export async function openFoldByRoot(backend: GitBackend, name: string, root: Cid): Promise<FoldBundle> {
  let unread: GatosError | null = null;
  for await (const { entry, body } of definitions(backend, name)) {
    if (!body.fold_root.equals(root)) continue;
    // A record may claim any root: one that is not what its files make does not hide another that is.
    try {
      return await bundleOfDefinition(backend, entry);
    } catch (error) {
      if (!isGatosError(error)) throw error;
      if (error.code !== 'fold/definition-altered') unread ??= error;
    }
  }
  throw unread ?? foldError('definition-missing', { name, fold_root: String(root) });
}

/** The bundle in a definition. Throws `fold/definition-altered` when the record is not the one that its files make. */
export async function bundleOfDefinition(
  backend: GitBackend,
  { oid: commit, tree, envelope }: ChainEntry,
): Promise<FoldBundle> {
  const { chain } = envelope;
  const body = recordBody(envelope, 0, DEFINITION_KIND);
  const altered = (why: string) => foldError('definition-altered', { chain, commit, why });
  const oid = (await listFiles(backend, tree, { at: { chain, commit } })).get(SOURCE_PATH);
  if (oid === undefined) throw altered(`it has no file \`${SOURCE_PATH}\``);
  const { content } = await backend.objects.read(oid, { maxBytes: LIMITS.foldSourceBytes });
  const bundle = bundleWith(body, content, altered);
  if (foldChain(bundle.manifest.name) !== chain) throw altered(`it defines \`${bundle.manifest.name}\``);
  if (!bundle.foldRoot.equals(body.fold_root))
    throw altered(`it claims \`${body.fold_root}\`, its files make \`${bundle.foldRoot}\``);
  return bundle;
}

function bundleWith(
  { manifest }: FoldDefinition,
  content: Uint8Array,
  altered: (why: string) => ReturnType<typeof foldError>,
): FoldBundle {
  try {
    return makeBundle(manifest, sourceOf(content));
  } catch (error) {
    if (isGatosError(error, 'fold/bad-manifest') || isGatosError(error, 'fold/source-too-large'))
      throw altered(error.message);
    throw error;
  }
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
