/** `init`: everything a repository needs before the first event, in steps that can each be repeated. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatKey,
  GatosError,
  isGatosError,
  LIMITS,
  parseActor,
  REF_PREFIX,
  refOfChain,
  type Signer,
  TRUST_CHAIN,
  type TrustHistory,
} from 'gatos-core';
import { loadSigner } from 'gatos-core/node';
import { actorCandidates } from './actor-candidates.js';
import { settingsError, transportError } from './errors.js';
import { addFetchRefspecs, gitConfig, gitRemotes, remotePrefix } from './git-config.js';
import { type GitAt, git } from './git-run.js';
import { ownKey } from './own-key.js';
import { checkSetting, keptKey, type Settings } from './settings.js';
import { listRemote, type RemoteAt } from './sync/index.js';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.js';

export interface InitRequest extends WorkspaceOptions {
  readonly profile: string;
  readonly actor?: string | undefined;
  /** A key's name, a path, `agent:…`; absent: the one set, git's SSH signing key, or a new own key. */
  readonly key?: string | undefined;
  /** Make the new repository bare. */
  readonly bare?: boolean | undefined;
  /** Start a history although a remote could not be asked whether it has one. */
  readonly offline?: boolean | undefined;
}

/** What was done, in order. `made` is false for what was there already. */
export interface InitStep {
  readonly what: 'repository' | 'key' | 'trust' | 'refspec' | 'settings';
  readonly made: boolean;
  readonly detail: string;
}

export interface InitResult {
  readonly steps: readonly InitStep[];
  readonly actor: string;
  readonly key: string;
  readonly publicKey: string;
  readonly genesis: string;
  readonly gitDir: string;
  /** False when this key may not sign for the actor yet: a root has to add it. */
  readonly trusted: boolean;
}

/**
 * Makes or completes a repository. Throws `transport/join-instead`, `transport/remote-unknown`, `transport/trust-lost`, `settings/*`, `identity/*`,
 * `trust/*`, `git/*`; repeating it after a fault goes on where it stopped.
 */
export async function initRepository(request: InitRequest): Promise<InitResult> {
  const steps: InitStep[] = [await ensureRepository(request)];
  const workspace = await openWorkspace(request);
  try {
    return await complete(workspace, request, steps);
  } finally {
    await workspace.close();
  }
}

async function complete(workspace: Workspace, request: InitRequest, steps: InitStep[]): Promise<InitResult> {
  const at: GitAt = { cwd: request.cwd, env: request.env, gitDir: workspace.backend.gitDir };
  const actor = request.actor ?? workspace.settings.actor ?? (await defaultActor(at));
  checkSetting('actor', actor);
  const { source, signer, step } = await ensureKey(workspace, request, at);
  steps.push(step);
  // Before the trust chain: whoever repeats this after a fault is the same person with the same key.
  let changed = save(workspace, { actor, key: source });
  const trust = await ensureTrust(workspace, { request, at, author: { actor, signer } });
  steps.push(trust.step);
  for (const remote of await addFetchRefspecs(at, await gitRemotes(at))) {
    steps.push({ what: 'refspec', made: true, detail: `\`git fetch ${remote}\` also brings refs/gatos/*` });
  }
  const genesis = String(trust.history.repo);
  changed = save(workspace, { genesis }) || changed;
  steps.push({ what: 'settings', made: changed, detail: workspace.settingsPath });
  const publicKey = formatKey(signer.key);
  const trusted = trust.history.state.keys.get(publicKey)?.actor === actor;
  return { steps, actor, key: source, publicKey, genesis, gitDir: workspace.backend.gitDir, trusted };
}

/** Writes what is not set like this yet; true when there was something. */
function save(workspace: Workspace, settings: Settings): boolean {
  const { settings: present } = workspace;
  const names = Object.keys(settings) as (keyof Settings)[];
  if (names.every((name) => present[name] === settings[name])) return false;
  workspace.save(settings);
  return true;
}

async function ensureRepository({ cwd, env, bare, passphrase }: InitRequest): Promise<InitStep> {
  try {
    mkdirSync(cwd, { recursive: true });
  } catch (error) {
    throw settingsError('no-directory', { path: cwd, why: (error as Error).message }, { cause: error });
  }
  try {
    const workspace = await openWorkspace({ cwd, env, passphrase });
    await workspace.close();
    return { what: 'repository', made: false, detail: workspace.backend.gitDir };
  } catch (error) {
    if (!isGatosError(error, 'git/not-a-repository')) throw error;
  }
  await initByGit({ cwd, env }, bare === true ? ['--bare'] : []);
  return { what: 'repository', made: true, detail: cwd };
}

/** Throws `settings/config-locked` for the lock of a git that is at work there, or was killed: only a person can tell which. */
async function initByGit(at: GitAt, options: readonly string[]): Promise<void> {
  try {
    await git(at, ['init', '--quiet', ...options]);
  } catch (error) {
    const lock = [join(at.cwd, '.git', 'config.lock'), join(at.cwd, 'config.lock')].find((path) => existsSync(path));
    if (!isGatosError(error, 'git/git-failed') || lock === undefined) throw error;
    throw settingsError('config-locked', { path: lock }, { cause: error });
  }
}

/** `user:` and what git or the system calls the person, as far as an actor may be called so. */
async function defaultActor(at: GitAt): Promise<string> {
  const [mail, name] = [await gitConfig(at, 'user.email'), await gitConfig(at, 'user.name')];
  for (const candidate of actorCandidates({ mail, name, env: at.env })) if (isActor(candidate)) return candidate;
  return 'user:me';
}

function isActor(text: string): boolean {
  try {
    parseActor(text);
    return true;
  } catch (error) {
    if (error instanceof GatosError) return false;
    throw error;
  }
}

interface ChosenKey {
  readonly source: string;
  readonly signer: Signer;
  readonly step: InitStep;
}

async function ensureKey(workspace: Workspace, request: InitRequest, at: GitAt): Promise<ChosenKey> {
  const { env, cwd } = request;
  const passphrase = () => request.passphrase('passphrase of the key');
  const given = request.key === undefined ? undefined : keptKey(request.key, cwd);
  const known = given ?? workspace.settings.key;
  const chosen =
    known === undefined
      ? await signingKeyOfGit(request, at)
      : { source: known, signer: await loadSigner({ source: known, env, passphrase }) };
  if (chosen !== undefined) {
    const detail = `${chosen.source} (${formatKey(chosen.signer.key)})`;
    return { ...chosen, step: { what: 'key', made: false, detail } };
  }
  const { source, signer, made } = await ownKey(request);
  const detail = `${signer.source} (${formatKey(signer.key)})`;
  return { source, signer, step: { what: 'key', made, detail } };
}

/** The Ed25519 SSH key that git signs with, if it signs with one. */
async function signingKeyOfGit(
  request: InitRequest,
  at: GitAt,
): Promise<{ source: string; signer: Signer } | undefined> {
  if ((await gitConfig(at, 'gpg.format')) !== 'ssh') return undefined;
  const configured = await gitConfig(at, 'user.signingkey');
  if (configured === undefined || configured.length > LIMITS.keyFileBytes) return undefined;
  const source = keptKey(configured, request.cwd);
  try {
    const passphrase = () => request.passphrase(`passphrase of ${source}`);
    return { source, signer: await loadSigner({ source, env: request.env, passphrase }) };
  } catch (error) {
    // Another kind of key, or one that cannot be opened here: git's business. We make our own.
    if (error instanceof GatosError) return undefined;
    throw error;
  }
}

interface TrustRequest {
  readonly request: InitRequest;
  readonly at: GitAt;
  readonly author: { readonly actor: string; readonly signer: Signer };
}

async function ensureTrust(
  workspace: Workspace,
  { request, at, author }: TrustRequest,
): Promise<{ readonly step: InitStep; readonly history: TrustHistory }> {
  const { repository, backend } = workspace;
  const exists = (await backend.refs.read(refOfChain(TRUST_CHAIN))) !== null;
  if (!exists) {
    await refuseLostTrust(workspace);
    await refuseSecondGenesis(workspace, { at, offline: request.offline === true });
  }
  const founded = exists ? null : await foundOnce(workspace, { profile: request.profile, ...author });
  const history = founded ?? (await repository.trust());
  const detail = `${history.repo} (profile ${history.state.profile})`;
  return { step: { what: 'trust', made: founded !== null, detail }, history };
}

/** Null when another process was first. */
async function foundOnce(
  workspace: Workspace,
  founder: Parameters<Workspace['found']>[0],
): Promise<TrustHistory | null> {
  try {
    return await workspace.found(founder);
  } catch (error) {
    if (isGatosError(error, 'trust/exists-already')) return null;
    throw error;
  }
}

/** Chains without the trust they were signed under, or a pin without its genesis: a new genesis would orphan them for good. */
async function refuseLostTrust({ backend, settings }: Workspace): Promise<void> {
  const refs = await backend.refs.list(REF_PREFIX);
  // Where two first runs race, the other one may have founded in between.
  if (refs.some(({ name }) => name === refOfChain(TRUST_CHAIN))) return;
  const chains = refs.filter(({ name }) => !name.startsWith(`${REF_PREFIX}cache/`)).length;
  const genesis = settings.genesis ?? null;
  if (genesis !== null || chains > 0) throw transportError('trust-lost', { genesis, chains });
}

/** A remote that has a genesis already is to be joined, not rivalled: two histories of trust can never be made one. */
async function refuseSecondGenesis(
  { backend }: Workspace,
  { at, offline }: { at: GitAt; offline: boolean },
): Promise<void> {
  for (const remote of await gitRemotes(at)) {
    if ((await backend.refs.read(`${remotePrefix(remote)}${TRUST_CHAIN}`)) !== null) {
      throw transportError('join-instead', { remote });
    }
    if (!offline) await askForGenesis({ ...at, remote, format: backend.format });
  }
}

async function askForGenesis(at: RemoteAt): Promise<void> {
  const { remote } = at;
  try {
    const { heads } = await listRemote(at);
    if (heads.has(TRUST_CHAIN)) throw transportError('join-instead', { remote });
  } catch (error) {
    if (!isGatosError(error, 'git/git-failed')) throw error;
    throw transportError('remote-unknown', { remote, why: String(error.data.why) }, { cause: error });
  }
}
