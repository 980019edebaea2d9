/** `init`: everything a repository needs before the first event, in one step that can be repeated. */
import { existsSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { formatKey, GatosError, isGatosError, refOfChain, type Signer, TRUST_CHAIN } from 'gatos-core';
import { createOwnKey, listOwnKeys, loadSigner, runGit } from 'gatos-core/node';
import { transportError } from './errors.js';
import { addFetchRefspecs, gitConfig, gitRemotes, remotePrefix } from './git-config.js';
import { checkSetting } from './settings.js';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.js';

export interface InitRequest extends WorkspaceOptions {
  readonly profile: string;
  readonly actor?: string | undefined;
  /** A key's name, a path, `agent:…`; absent: the one set, git's SSH signing key, or a new own key. */
  readonly key?: string | undefined;
  /** Make the new repository bare. */
  readonly bare?: boolean | undefined;
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

const OWN_KEY = 'default';

/** Makes or completes a repository. Throws `identity/*`, `trust/*`, `git/*`; repeating it after a fault goes on where it stopped. */
export async function initRepository(request: InitRequest): Promise<InitResult> {
  const steps: InitStep[] = [await ensureRepository(request)];
  const workspace = await openWorkspace(request);
  try {
    const actor = request.actor ?? workspace.settings.actor ?? (await defaultActor(request));
    checkSetting('actor', actor);
    const { source, signer, step } = await ensureKey(request, workspace);
    steps.push(step);
    const trust = await ensureTrust(request, workspace, { actor, signer });
    steps.push(trust.step);
    const remotes = await gitRemotes(request);
    for (const remote of await addFetchRefspecs(request, remotes)) {
      steps.push({ what: 'refspec', made: true, detail: `\`git fetch ${remote}\` also brings refs/gatos/*` });
    }
    const { genesis } = trust;
    const settings = { actor, key: source, genesis };
    const same = workspace.settings.actor === actor && workspace.settings.key === source && workspace.settings.genesis === genesis;
    if (!same) workspace.save(settings);
    steps.push({ what: 'settings', made: !same, detail: workspace.settingsPath });
    return {
      steps,
      actor,
      key: source,
      publicKey: formatKey(signer.key),
      genesis,
      gitDir: workspace.backend.gitDir,
      trusted: trust.keys.get(formatKey(signer.key)) === actor,
    };
  } finally {
    await workspace.close();
  }
}

async function ensureRepository({ cwd, env, bare, passphrase }: InitRequest): Promise<InitStep> {
  if (!existsSync(cwd)) mkdirSync(cwd, { recursive: true });
  try {
    const workspace = await openWorkspace({ cwd, env, passphrase });
    await workspace.close();
    return { what: 'repository', made: false, detail: workspace.backend.gitDir };
  } catch (error) {
    if (!isGatosError(error, 'git/not-a-repository')) throw error;
  }
  await runGit(['init', '--quiet', ...(bare === true ? ['--bare'] : [])], { cwd, env });
  return { what: 'repository', made: true, detail: cwd };
}

/** `user:` and what git or the system calls the person, as far as an actor may be called so. */
async function defaultActor(at: InitRequest): Promise<string> {
  const mail = (await gitConfig(at, 'user.email'))?.split('@')[0];
  const candidates = [mail, await gitConfig(at, 'user.name'), at.env['USER'], safeUserName()];
  for (const candidate of candidates) {
    const name = (candidate ?? '')
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
      .replace(/\.{2,}/g, '.')
      .slice(0, 48);
    if (name !== '') return `user:${name}`;
  }
  return 'user:me';
}

function safeUserName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    // A user id without an entry in the password file: containers run like that.
    if (error instanceof Error) return '';
    throw error;
  }
}

interface ChosenKey {
  readonly source: string;
  readonly signer: Signer;
  readonly step: InitStep;
}

async function ensureKey(request: InitRequest, workspace: Workspace): Promise<ChosenKey> {
  const { env } = request;
  const passphrase = () => request.passphrase('passphrase of the key');
  const source = request.key ?? workspace.settings.key ?? (await signingKeyOfGit(request));
  if (source !== undefined) {
    const signer = await loadSigner({ source, env, passphrase });
    return { source, signer, step: { what: 'key', made: false, detail: `${source} (${formatKey(signer.key)})` } };
  }
  const known = await listOwnKeys(env);
  const exists = known.keys.some(({ name }) => name === OWN_KEY);
  if (!exists) await createOwnKey({ name: OWN_KEY, passphrase: null, env });
  const signer = await loadSigner({ source: OWN_KEY, env, passphrase });
  return { source: OWN_KEY, signer, step: { what: 'key', made: !exists, detail: `${signer.source} (${formatKey(signer.key)})` } };
}

/** The Ed25519 SSH key that git signs with, if it signs with one. */
async function signingKeyOfGit(at: InitRequest): Promise<string | undefined> {
  if ((await gitConfig(at, 'gpg.format')) !== 'ssh') return undefined;
  const key = await gitConfig(at, 'user.signingkey');
  if (key === undefined) return undefined;
  try {
    await loadSigner({ source: key, env: at.env, passphrase: () => at.passphrase(`passphrase of ${key}`) });
    return key;
  } catch (error) {
    // Another kind of key, or one that cannot be opened here: git's business. We make our own.
    if (error instanceof GatosError) return undefined;
    throw error;
  }
}

interface TrustStep {
  readonly step: InitStep;
  readonly genesis: string;
  /** Actor by key. */
  readonly keys: ReadonlyMap<string, string>;
}

async function ensureTrust(request: InitRequest, workspace: Workspace, author: { actor: string; signer: Signer }): Promise<TrustStep> {
  const { repository, backend } = workspace;
  const exists = (await backend.refs.read(refOfChain(TRUST_CHAIN))) !== null;
  if (!exists) await refuseSecondGenesis(request, workspace);
  const trust = exists
    ? await repository.trust()
    : await workspace.found({ profile: request.profile, ...author });
  const keys = new Map([...trust.state.keys].map(([key, { actor }]) => [key, actor]));
  const detail = `${trust.repo} (profile ${trust.state.profile})`;
  return { step: { what: 'trust', made: !exists, detail }, genesis: String(trust.repo), keys };
}

/** A remote that has a genesis already is to be joined, not rivalled. */
async function refuseSecondGenesis(request: InitRequest, { backend }: Workspace): Promise<void> {
  for (const remote of await gitRemotes(request)) {
    if ((await backend.refs.read(`${remotePrefix(remote)}${TRUST_CHAIN}`)) !== null) throw transportError('join-instead', { remote });
  }
}
