/**
 * The key with which a gate signs what it records: its own, in the git directory, so that nobody who pushes and no person's key is
 * involved. Roots make it count by adding it to the trust chain as a key of a `service:` actor.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Author,
  applyPending,
  formatKey,
  GatosError,
  isGatosError,
  openTrust,
  parseActor,
  parseJson,
  proposeChange,
  type TrustHistory,
} from 'gatos-core';
import {
  createOwnKey,
  listOwnKeys,
  loadPublicKey,
  loadSigner,
  type NativeBackend,
  nativeEngine,
  ownKeyPath,
  systemClock,
  systemRandom,
} from 'gatos-core/node';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../workspace.js';
import { doorError, hookError } from './errors.js';

const KEY_NAME = 'gate';
const DEFAULT_ACTOR = 'service:gate';

export interface GateKeyStatus {
  readonly actor: string;
  /** `ed25519:…` */
  readonly key: string;
  readonly path: string;
  /** Was it made just now? */
  readonly made: boolean;
  /** Does the trust chain of this repository know the key as the actor's? */
  readonly trusted: boolean;
  /** Was it added to the trust chain just now? */
  readonly added: boolean;
  /** What the roots have to run, as long as it is not trusted. */
  readonly command: string | null;
}

interface KeyRequest extends WorkspaceOptions {
  readonly actor?: string | undefined;
  readonly trust?: boolean | undefined;
}

/** Own keys live below a configuration folder; the gate's is the git directory. */
function keyEnvironment({ commonDir }: { readonly commonDir: string }) {
  return { XDG_CONFIG_HOME: commonDir };
}

export function gateFolder({ commonDir }: { readonly commonDir: string }): string {
  return join(commonDir, 'gatos', 'gate');
}

/** Makes the key where it is missing. Throws `identity/*`, `hooks/cannot-trust`. */
export async function ensureGateKey(backend: NativeBackend, request: KeyRequest): Promise<GateKeyStatus> {
  const env = keyEnvironment(backend);
  const made = await createOnce(env);
  const actor = request.actor ?? readActor(backend);
  parseActor(actor);
  if (!actor.startsWith('service:')) throw hookError('cannot-trust', { why: `\`${actor}\` is no \`service:\` actor` });
  writeActor(backend, actor);
  const path = ownKeyPath(KEY_NAME, env);
  const publicKey = await loadPublicKey({ source: path, env });
  const key = formatKey(publicKey);
  const before = isKnown(await trustOf(backend), { actor, key });
  const added = !before && request.trust === true;
  if (added) await addToTrust(request, { actor, key: publicKey });
  const trusted = before || added;
  const command = trusted ? null : `git gatos trust add ${actor} ${key}`;
  return { actor, key, path, made, trusted, added, command };
}

async function createOnce(env: ReturnType<typeof keyEnvironment>): Promise<boolean> {
  try {
    await createOwnKey({ name: KEY_NAME, passphrase: null, env });
    return true;
  } catch (error) {
    if (isGatosError(error, 'identity/key-exists')) return false;
    throw error;
  }
}

/** Null where there is no history yet, or none that verifies: then no key counts. */
async function trustOf(backend: NativeBackend): Promise<TrustHistory | null> {
  try {
    return await openTrust({ backend, engine: nativeEngine() });
  } catch (error) {
    if (error instanceof GatosError) return null;
    throw error;
  }
}

function isKnown(trust: TrustHistory | null, { actor, key }: { actor: string; key: string }): boolean {
  const known = trust?.state.keys.get(key);
  return known?.actor === actor && known.revoked === null;
}

async function addToTrust(request: KeyRequest, { actor, key }: { actor: string; key: Uint8Array }): Promise<void> {
  const workspace = await openWorkspace(request);
  try {
    const { backend, engine, repository } = workspace;
    const ports = { backend, engine, clock: systemClock, random: systemRandom };
    const changes = [{ op: 'add-key', actor, key }] as const;
    const [root, policy] = [await rootAtHand(workspace, request), await repository.policyRoot()];
    const { bytes } = await proposeChange(ports, { ...root, policy, changes });
    await applyPending(ports, bytes);
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    throw hookError('cannot-trust', { why: error.message }, { cause: error });
  } finally {
    await workspace.close();
  }
}

/** On a server nobody has said who they are: then whoever has the key of exactly one root here is that root. */
async function rootAtHand(workspace: Workspace, { env, passphrase }: KeyRequest): Promise<Author> {
  if (workspace.settings.actor !== undefined) return workspace.author();
  const { roots, keys } = (await workspace.repository.trust()).state;
  const own = (await listOwnKeys(env)).keys.flatMap(({ key, path: source }) => {
    const known = keys.get(formatKey(key));
    return known?.revoked === null && roots.includes(known.actor) ? [{ actor: known.actor, source }] : [];
  });
  const [first, another] = own;
  if (first === undefined || another !== undefined) return workspace.author();
  const { actor, source } = first;
  return { actor, signer: await loadSigner({ source, env, passphrase: () => passphrase(`passphrase of ${source}`) }) };
}

/** Who the gate is, with its key. Throws `door/no-key`, `identity/*`. */
export async function gateAuthor(place: { readonly commonDir: string }): Promise<Author> {
  const env = keyEnvironment(place);
  try {
    const signer = await loadSigner({ source: ownKeyPath(KEY_NAME, env), env, passphrase: async () => null });
    return { actor: readActor(place), signer };
  } catch (error) {
    if (isGatosError(error, 'identity/no-key')) throw doorError('no-key', {}, { cause: error });
    throw error;
  }
}

/** As `gateAuthor`, for one that may record. Throws `door/key-not-trusted` too. */
export function requireTrusted({ actor, signer }: Author, trust: TrustHistory): void {
  const key = formatKey(signer.key);
  if (!isKnown(trust, { actor, key })) throw doorError('key-not-trusted', { actor, key });
}

function actorPath(place: { readonly commonDir: string }): string {
  return join(gateFolder(place), 'gate.json');
}

function readActor(place: { readonly commonDir: string }): string {
  try {
    const value = parseJson(readFileSync(actorPath(place)));
    const actor = typeof value === 'object' && value !== null && 'actor' in value ? value.actor : null;
    if (typeof actor !== 'string') return DEFAULT_ACTOR;
    parseActor(actor);
    return actor;
  } catch (error) {
    // Not written yet, or not whole: the trust chain decides whose key it is anyway.
    if (error instanceof GatosError || (error instanceof Error && 'syscall' in error)) return DEFAULT_ACTOR;
    throw error;
  }
}

function writeActor(place: { readonly commonDir: string }, actor: string): void {
  const path = actorPath(place);
  if (readActor(place) === actor) return;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.tmp`, `${JSON.stringify({ actor })}\n`);
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw hookError('unwritable', { path, why: String((error as NodeJS.ErrnoException).code) }, { cause: error });
  }
}
