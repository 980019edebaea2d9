/** The jobs in docs/ci, run as a forge runs them: in a clone made as the forge makes it, with the variables that the forge sets. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Run, type Stage } from './stage.js';

const POLICY = `
deny "frozen" message "{update.ref} is frozen: {path}" because "docs/freeze.md" when {
  update in input.updates
  update.ref == "refs/heads/main"
  commit in update.commits
  change in commit.changes
  path = change.path
  path.within("frozen", path)
}
`;
const ZEROS = '0'.repeat(40);

let stage: Stage;
let genesis: string;
const jobs = { github: readJob('github-actions.yml'), gitlab: readJob('gitlab-ci.yml') };

/** The lines of the last block scalar of a file, without their indentation: the commands of the job. */
function readJob(file: string): { readonly text: string; readonly commands: string } {
  const text = readFileSync(fileURLToPath(new URL(`../../docs/ci/${file}`, import.meta.url)), 'utf8');
  const lines = text.trimEnd().split('\n');
  const start = lines.findLastIndex((line) => line.endsWith('|'));
  const block = lines.slice(start + 1);
  const indent = /^ */.exec(block[0] ?? '')?.[0].length ?? 0;
  return { text, commands: block.map((line) => line.slice(indent)).join('\n') };
}

beforeAll(async () => {
  stage = openStage();
  const { at, git, gatos, run } = stage;
  git(['config', '--global', 'user.name', 'Dev']);
  git(['config', '--global', 'user.email', 'dev@example.org']);
  git(['init', '-q', '--bare', '--initial-branch=main', at('forge.git')]);
  git(['clone', '-q', at('forge.git'), at('work')]);
  const cwd = at('work');
  gatos(['init', '--actor', 'user:dev'], { cwd });
  run(
    [
      'sh',
      '-c',
      'mkdir -p gatos/policies frozen && cat >gatos/policies/freeze.rgs && echo 1 >frozen/a && echo 1 >free',
    ],
    {
      cwd,
      input: POLICY,
    },
  );
  gatos(['policy', 'adopt'], { cwd });
  gatos(['sync'], { cwd });
  git(['add', '--all'], { cwd });
  git(['commit', '-q', '-m', 'first'], { cwd });
  git(['push', '-q', 'origin', 'HEAD:refs/heads/main'], { cwd });
  for (const [branch, file] of [
    ['good', 'free'],
    ['bad', 'frozen/a'],
  ] as const) {
    git(['checkout', '-q', '-b', branch, 'main'], { cwd });
    run(['sh', '-c', `echo 2 >>${file}`], { cwd });
    git(['commit', '-q', '-a', '-m', `change ${file}`], { cwd });
    git(['push', '-q', 'origin', branch], { cwd });
  }
  // Meanwhile, somebody else's work was merged.
  git(['checkout', '-q', 'main'], { cwd });
  run(['sh', '-c', 'echo 3 >other'], { cwd });
  git(['add', '--all'], { cwd });
  git(['commit', '-q', '-m', 'other work'], { cwd });
  git(['push', '-q', 'origin', 'main'], { cwd });
  for (const branch of ['good', 'bad']) {
    git(['checkout', '-q', '-B', `merge-${branch}`, 'main'], { cwd });
    git(['merge', '-q', '--no-ff', '-m', `merge ${branch}`, branch], { cwd });
    git(['push', '-q', 'origin', `merge-${branch}:refs/pull/${branch}/merge`], { cwd });
  }
  ({ genesis } = stage.json(['trust', 'show'], { cwd }) as { genesis: string });
});

afterAll(() => stage.close());

let clones = 0;

/** A clone as a runner makes it: fetched by hand, and HEAD at the commit that the job is for. */
function checkout(ref: string): string {
  const { at, git } = stage;
  clones += 1;
  const cwd = at(`runner-${clones}`);
  git(['init', '-q', cwd]);
  git(['remote', 'add', 'origin', at('forge.git')], { cwd });
  git(['fetch', '-q', 'origin', '+refs/heads/*:refs/remotes/origin/*', `+${ref}:refs/remotes/job`], { cwd });
  git(['checkout', '-q', '--detach', 'refs/remotes/job'], { cwd });
  return cwd;
}

/** `set -e` as runners have it; a home of its own, with nobody's keys. */
function runJob(name: keyof typeof jobs, cwd: string, env: Record<string, string>): Run {
  const home = { HOME: stage.at('nobody'), XDG_CONFIG_HOME: stage.at('nobody', 'config') };
  return stage.run(['bash', '-e', '-o', 'pipefail', '-c', jobs[name].commands], { cwd, env: { ...home, ...env } });
}

const oid = (revision: string): string => stage.git(['rev-parse', revision], { cwd: stage.at('work') });

describe('the job for GitHub Actions', () => {
  const job = (cwd: string, env: { BEFORE: string; TARGET: string }) =>
    runJob('github', cwd, { GENESIS: genesis, ...env });

  it('asks the runner for what the commands use', () => {
    const { text, commands } = jobs.github;
    const used = new Set([...commands.matchAll(/\$([A-Z]+)/g)].map(([, name]) => name));
    expect(used).toEqual(new Set(['GENESIS', 'BEFORE', 'TARGET']));
    for (const name of used) expect(text).toMatch(new RegExp(`^ {10}${name}: \\$\\{\\{ .* \\}\\}$`, 'm'));
    expect(text).toContain('fetch-depth: 0');
  });

  it('judges a pull request as what its target would gain', () => {
    const good = job(checkout('refs/pull/good/merge'), { BEFORE: 'HEAD^1', TARGET: 'main' });
    expect(good, good.stderr).toMatchObject({ status: 0 });
    const bad = job(checkout('refs/pull/bad/merge'), { BEFORE: 'HEAD^1', TARGET: 'main' });
    expect(bad, bad.stderr).toMatchObject({ status: 12 });
    expect(bad.stdout).toContain('refs/heads/main is frozen: frozen/a');
    expect(bad.stdout).toContain('docs/freeze.md');
  });

  it('judges a push, also of a branch that is new', () => {
    const pushed = job(checkout('refs/heads/main'), { BEFORE: oid('main^'), TARGET: 'main' });
    expect(pushed, pushed.stderr).toMatchObject({ status: 0 });
    const fresh = job(checkout('refs/heads/bad'), { BEFORE: ZEROS, TARGET: 'bad' });
    expect(fresh, fresh.stderr).toMatchObject({ status: 0 });
  });

  it('fails where it cannot check', () => {
    const gone = job(checkout('refs/heads/main'), { BEFORE: 'f'.repeat(40), TARGET: 'main' });
    expect(gone.status).not.toBe(0);
    const shallow = stage.at('shallow');
    stage.git(['clone', '-q', '--depth', '1', '--branch', 'main', `file://${stage.at('forge.git')}`, shallow]);
    const cut = job(shallow, { BEFORE: ZEROS, TARGET: 'main' });
    expect(cut.status, `${cut.stdout}${cut.stderr}`).toBe(30);
  });

  it('refuses a repository that is not the one of the variable', () => {
    const other = `bafyrei${'a'.repeat(52)}`;
    const result = runJob('github', checkout('refs/heads/main'), {
      GENESIS: other,
      BEFORE: oid('main^'),
      TARGET: 'main',
    });
    expect(result.status).not.toBe(0);
    expect(`${result.stdout}${result.stderr}`).toContain(other);
  });
});

describe('the job for GitLab CI', () => {
  const job = (cwd: string, env: Record<string, string>) => runJob('gitlab', cwd, { GATOS_GENESIS: genesis, ...env });

  it('judges a merge request by its branch, although its target has moved on', () => {
    const env = { CI_COMMIT_BEFORE_SHA: ZEROS, CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main' };
    const good = job(checkout('refs/heads/good'), env);
    expect(good, good.stderr).toMatchObject({ status: 0 });
    const bad = job(checkout('refs/heads/bad'), env);
    expect(bad, bad.stderr).toMatchObject({ status: 12 });
    expect(bad.stdout).toContain('refs/heads/main is frozen: frozen/a');
    const merged = job(checkout('refs/pull/good/merge'), env);
    expect(merged, merged.stderr).toMatchObject({ status: 0 });
  });

  it('judges a push', () => {
    const env = { CI_COMMIT_BEFORE_SHA: oid('main^'), CI_COMMIT_BRANCH: 'main' };
    const pushed = job(checkout('refs/heads/main'), env);
    expect(pushed, pushed.stderr).toMatchObject({ status: 0 });
  });

  it('takes the whole history', () => {
    expect(jobs.gitlab.text).toMatch(/GIT_DEPTH: ["']0["']/);
  });
});

describe('the commands that the page tells', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/ci/README.md', import.meta.url)), 'utf8');
  const commands = (/```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '').replace('bafyrei…', '"$GENESIS"');

  it.each([
    ['refs/pull/good/merge', 0],
    ['refs/pull/bad/merge', 12],
  ])('judge %s with status %i', (ref, status) => {
    expect(commands.match(/^git gatos /gm)).toHaveLength(3);
    const result = stage.run(['bash', '-e', '-c', commands], { cwd: checkout(ref), env: { GENESIS: genesis } });
    expect(result, result.stderr).toMatchObject({ status });
  });

  it('are told apart by the statuses that it lists', () => {
    const cwd = checkout('refs/heads/main');
    const check = (range: string, ref: string) =>
      stage.run(['git', 'gatos', 'gate', 'check', '--range', range, '--ref', ref], { cwd });
    stage.run(['bash', '-e', '-c', commands.split('\n').slice(0, 2).join('\n')], { cwd, env: { GENESIS: genesis } });
    const law = 'refs/gatos/policies/active';
    expect(check(`${law}..${ZEROS}`, law)).toMatchObject({ status: 14 });
    expect(check(`${law}..HEAD`, law)).toMatchObject({ status: 14 });
    expect(check(`origin/main..${'f'.repeat(40)}`, 'main')).toMatchObject({ status: 1 });
    expect(page).toContain('| 14 | history would be rewritten or deleted |');
  });
});
