/** Where a history starts: the commits that branches and tags, or given revisions, lead to. */
import { isGatosError, type Oid } from 'gatos-core';
import { type GitRun, type NativeBackend, runGit } from 'gatos-core/node';
import { importError } from '../errors.js';

/** Neither our own refs nor notes, the stash, pull requests and whatever else lies below `refs/`. */
const BRANCHES_AND_TAGS = ['refs/heads', 'refs/remotes', 'refs/tags'] as const;
const REFS_OUTPUT = 1024 * 1024 * 1024;

export interface TipsRequest {
  /** Name of the repository in messages. */
  readonly source: string;
  /** Such as `main`, `v1.0` or `HEAD~3`; none: HEAD, branches and tags. */
  readonly revisions: readonly string[];
}

export interface Tips {
  /** What is, or should be, a commit. */
  readonly oids: readonly Oid[];
  /** What git had to say about refs that it passed over. */
  readonly notices: readonly string[];
}

/** Throws `import/unknown-revision`, `git/git-failed`. */
export async function findTips(backend: NativeBackend, { source, revisions }: TipsRequest): Promise<Tips> {
  const named: Oid[] = [];
  for (const revision of revisions) {
    const oid = await resolve(backend, revision);
    const tip = oid === null ? null : await peel(backend, oid);
    if (tip === null)
      throw importError('unknown-revision', {
        source,
        revision,
        why: oid === null ? 'there is no such revision' : 'it is not a commit',
      });
    named.push(tip);
  }
  return revisions.length > 0 ? { oids: named, notices: [] } : findAll(backend);
}

async function findAll(backend: NativeBackend): Promise<Tips> {
  // Names of refs may be anything, so they are not asked for.
  const { stdout, stderr } = await git(backend, ['for-each-ref', '--format=%(objectname)', ...BRANCHES_AND_TAGS], {
    maxOutput: REFS_OUTPUT,
  });
  const found = new Set(
    Buffer.from(stdout)
      .toString('latin1')
      .split('\n')
      .filter((line) => line !== ''),
  );
  const head = await resolve(backend, 'HEAD');
  if (head !== null) found.add(head);
  const oids: Oid[] = [];
  for (const oid of found) {
    const tip = await peel(backend, oid);
    if (tip !== null) oids.push(tip);
  }
  return { oids, notices: stderr.split('\n').filter((line) => line !== '') };
}

/** The object that a revision names, whether it can be read or not; null when it names none. */
async function resolve(backend: NativeBackend, revision: string): Promise<Oid | null> {
  // Nothing that git could take for an option, a second word or the excluded end of a range.
  if (revision === '' || /^[-^]|[\n\0]/.test(revision)) return null;
  const { status, stdout } = await git(backend, ['rev-parse', '--verify', '--quiet', revision], {
    accept: [0, 1, 128],
  });
  const oid = Buffer.from(stdout).toString('latin1').trim();
  return status === 0 && /^[0-9a-f]+$/.test(oid) ? oid : null;
}

/** Tags of tags that are followed. */
const MOST_TAGS = 64;

/**
 * The commit that an object leads to through tags; null when that is a tree or a blob. What cannot be followed may well be a commit, so it
 * is handed on, and so is what a tag takes for one: the walk says what is wrong with it.
 */
async function peel(backend: NativeBackend, oid: Oid): Promise<Oid | null> {
  let at = oid;
  let claimed: string | undefined;
  for (let depth = 0; depth < MOST_TAGS; depth++) {
    const found = await readTip(backend, at);
    if (found === null) return at;
    if (found.type !== 'tag') return found.type === 'commit' || claimed === 'commit' ? at : null;
    const [, next, type] = /^object ([0-9a-f]+)\ntype ([a-z]+)\n/.exec(found.text) ?? [];
    if (next?.length !== oid.length) return at;
    if (type === 'tree' || type === 'blob') return null;
    claimed = type;
    at = next;
  }
  return at;
}

/** Type and text of an object; null when it cannot be read. */
async function readTip(backend: NativeBackend, oid: Oid): Promise<{ type: string; text: string } | null> {
  try {
    const { type, content } = await backend.objects.read(oid);
    return { type, text: Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1') };
  } catch (error) {
    if (isGatosError(error, 'git/too-large')) {
      const { stdout } = await git(backend, ['cat-file', '-t', oid]);
      const type = Buffer.from(stdout).toString('latin1').trim();
      return type === 'tree' || type === 'blob' ? { type, text: '' } : null;
    }
    if (isGatosError(error, 'git/missing-object') || isGatosError(error, 'git/corrupt-object')) return null;
    throw error;
  }
}

/** Git on that repository alone: it fetches nothing, whatever is missing, and never looks at the repository around us. */
function git({ gitDir, commonDir }: NativeBackend, args: readonly string[], options: GitRun = {}) {
  const env = { ...PLAIN, GIT_COMMON_DIR: commonDir, GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: '' };
  return runGit(args, { ...options, cwd: commonDir, gitDir, env });
}

/** Variables that name a repository, or parts of one: a caller's own, not the one that is read. */
export const PLAIN: Readonly<Record<string, undefined>> = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_NAMESPACE: undefined,
  GIT_QUARANTINE_PATH: undefined,
};
